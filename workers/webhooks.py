"""Tasks of webhooks; what sends them is a thread of the worker (``app.webhooks.sender``)."""

from datetime import timedelta

from app.jobs.notifier import TASK_PREFIX
from app.models import Queue
from app.webhooks import service
from workers.app import celery, runtime

WEBHOOK_RETENTION = TASK_PREFIX + "webhook_retention"
EXPIRES_SECONDS = 600.0


@celery.task(name=WEBHOOK_RETENTION)
def remove_old_events() -> None:
    """Remove a batch of events past their retention, and ask for the next one behind what waits."""
    connections = runtime.current.connections
    kept = timedelta(days=connections.settings.webhook_retention_days)
    if service.remove_old(connections.database, kept):
        celery.send_task(WEBHOOK_RETENTION, queue=Queue.INTERACTIVE, expires=EXPIRES_SECONDS)
