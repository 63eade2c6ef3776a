"""Tasks that beat asks for."""

from datetime import timedelta

from celery.schedules import crontab

from app import operations
from app.jobs import housekeeping
from app.jobs.bell import TASK_PREFIX
from app.vectors.imports import uploads
from workers.app import celery, runtime
from workers.webhooks import WEBHOOK_RETENTION

HOUSEKEEPING = TASK_PREFIX + "housekeeping"
RETENTION = TASK_PREFIX + "retention"

PERIOD = timedelta(minutes=10)
OPTIONS = {"queue": "interactive", "expires": PERIOD.total_seconds()}

celery.conf.beat_schedule = {
    "housekeeping": {"task": HOUSEKEEPING, "schedule": crontab(minute="*/10"), "options": OPTIONS},
    "webhook-retention": {"task": WEBHOOK_RETENTION, "schedule": crontab(minute="2"), "options": OPTIONS},
    "retention": {"task": RETENTION, "schedule": crontab(minute="5-59/10"), "options": OPTIONS},
}


@celery.task(name=HOUSEKEEPING)
def clean_up() -> None:
    """Remove idempotency keys past their time, heartbeats of workers long gone, and abandoned uploads."""
    extensions = runtime.current.extensions
    kept = timedelta(hours=extensions.settings.idempotency_hours)
    housekeeping.clean_up(extensions.database, kept)
    uploads.remove_abandoned(extensions.database)


@celery.task(name=RETENTION)
def remove_expired() -> None:
    """Remove a batch of what is older than the retention, and ask for the next one behind what waits."""
    if operations.remove_expired(runtime.current.extensions):
        celery.send_task(RETENTION, **OPTIONS)
