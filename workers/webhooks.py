"""Tasks of webhooks; what sends them is a thread of the worker (``app.webhooks.sender``)."""

from datetime import timedelta

from app.jobs.bell import TASK_PREFIX
from app.webhooks import service
from workers.app import celery, runtime

WEBHOOK_RETENTION = TASK_PREFIX + "webhook_retention"


@celery.task(name=WEBHOOK_RETENTION)
def remove_old_events() -> None:
    """Remove events past their retention with their deliveries."""
    extensions = runtime.current.extensions
    kept = timedelta(days=extensions.settings.webhooks.retention_days)
    service.remove_old(extensions.database, kept)
