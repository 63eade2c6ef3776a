"""The Celery application of beat and Flower: the configuration and the schedule, and nothing that runs tasks.

So each of them takes a third of the memory of a worker. ``workers.app`` makes a worker of it.
"""

import os
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging

from app.settings.removed import warn_of_removed
from app.telemetry import logs

TASK_PREFIX = "qloom."
"""The beginning of the names of all tasks."""

HOUSEKEEPING = TASK_PREFIX + "housekeeping"
RETENTION = TASK_PREFIX + "retention"
WEBHOOK_RETENTION = TASK_PREFIX + "webhook_retention"
AUDIT_RETENTION = TASK_PREFIX + "audit_retention"
DECOHERENCE = TASK_PREFIX + "decoherence"

PERIOD = timedelta(minutes=10)
OPTIONS = {"queue": "interactive", "expires": PERIOD.total_seconds()}

celery = Celery("qloom")
celery.config_from_object("celeryconfig", force=True)  # now: a bad setting ends the program with one line
celery.conf.beat_schedule = {
    "housekeeping": {"task": HOUSEKEEPING, "schedule": crontab(minute="*/10"), "options": OPTIONS},
    "webhook-retention": {"task": WEBHOOK_RETENTION, "schedule": crontab(minute="2"), "options": OPTIONS},
    "audit-retention": {"task": AUDIT_RETENTION, "schedule": crontab(minute="7"), "options": OPTIONS},
    "decoherence": {"task": DECOHERENCE, "schedule": crontab(minute="3-59/10"), "options": OPTIONS},
    "retention": {"task": RETENTION, "schedule": crontab(minute="5-59/10"), "options": OPTIONS},
}


@setup_logging.connect
def configure_logs(loglevel: int, **_: Any) -> None:
    """Log as the web does. Celery leaves the logs alone, since this signal has a receiver."""
    logs.configure(logs.format_of(os.environ), loglevel)
    warn_of_removed(os.environ)
