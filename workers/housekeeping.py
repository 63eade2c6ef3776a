"""Tasks that beat asks for."""

from datetime import timedelta

from celery.schedules import crontab

from app.jobs import housekeeping
from app.jobs.bell import TASK_PREFIX
from workers.app import celery, runtime

HOUSEKEEPING = TASK_PREFIX + "housekeeping"

celery.conf.beat_schedule = {
    "housekeeping": {
        "task": HOUSEKEEPING,
        "schedule": crontab(minute="*/10"),
        "options": {"queue": "interactive", "expires": timedelta(minutes=10).total_seconds()},
    }
}


@celery.task(name=HOUSEKEEPING)
def clean_up() -> None:
    """Remove idempotency keys past their time and the heartbeats of workers long gone."""
    extensions = runtime.current.extensions
    kept = timedelta(hours=extensions.settings.idempotency_hours)
    housekeeping.clean_up(extensions.database, kept)
