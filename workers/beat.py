"""Runs beat, which sends the tasks of the schedule when they are due: ``python -m workers.beat``."""

from app.settings import Settings
from workers.base import celery

if __name__ == "__main__":
    celery.Beat(loglevel=Settings.from_env().log_level, quiet=True).run()
