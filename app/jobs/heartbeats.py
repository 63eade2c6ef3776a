"""Heartbeats: which worker processes are alive."""

import time
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Interval, Table, bindparam, func, select, text
from sqlalchemy.orm import Session

from app.database import Database
from app.models import Queue, Worker

BELIEVED_SECONDS = 1.0
"""How long the slots of live workers are kept before they are read again."""

# Built once, since every query runs it, and on the table, since the ORM would add to its time.
WORKERS = cast(Table, Worker.__table__)
LIVE_SLOTS = select(func.coalesce(func.sum(WORKERS.c.slots), 0)).where(
    WORKERS.c.queue == bindparam("queue"),
    WORKERS.c.last_seen_at > func.now() - bindparam("seen_within", type_=Interval),
)


def record_heartbeat(session: Session, name: str, queue: str, slots: int, in_use: int) -> datetime:
    """Note that this worker process is alive; return PostgreSQL's clock at that moment."""
    statement = text(
        "INSERT INTO workers (name, queue, slots, slots_in_use) VALUES (:name, :queue, :slots, :in_use)"
        " ON CONFLICT (name) DO UPDATE SET slots_in_use = excluded.slots_in_use, last_seen_at = now()"
        " RETURNING clock_timestamp()"
    )
    values = {"name": name, "queue": queue, "slots": slots, "in_use": in_use}
    return cast(datetime, session.scalars(statement, values).one())


def live_slots(session: Session, queue: Queue, seen_within: timedelta) -> int:
    """Return how many slots the workers of this queue have that sent a heartbeat within ``seen_within``."""
    return int(session.scalar(LIVE_SLOTS, {"queue": queue, "seen_within": seen_within}) or 0)


def live_workers(session: Session, seen_within: timedelta) -> list[Worker]:
    """Return the worker processes that sent a heartbeat within ``seen_within``, by name."""
    statement = select(Worker).where(Worker.last_seen_at > func.now() - seen_within).order_by(Worker.name)
    return list(session.scalars(statement))


def remove_heartbeat(session: Session, name: str) -> None:
    """Remove the heartbeat of a worker process that stops."""
    session.execute(text("DELETE FROM workers WHERE name = :name"), {"name": name})


def forget_workers(session: Session, unseen: timedelta) -> None:
    """Remove the heartbeats of worker processes that have been silent for ``unseen``."""
    session.execute(text("DELETE FROM workers WHERE last_seen_at < now() - :unseen"), {"unseen": unseen})


class WorkerWatch:
    """Knows how many slots the live workers of a queue have. Thread safe.

    PostgreSQL is asked again after ``BELIEVED_SECONDS``, or at once if there were no slots.
    """

    def __init__(self, database: Database, queue: Queue, lease_seconds: float) -> None:
        self._database = database
        self._queue = queue
        self._seen_within = timedelta(seconds=lease_seconds)
        self._believed_until = 0.0
        self._slots = 0

    def slots(self) -> int:
        """Return how many slots the live workers of the queue have together."""
        now = time.monotonic()
        if now >= self._believed_until:
            with self._database.reading() as session:
                self._slots = live_slots(session, self._queue, self._seen_within)
            if self._slots:
                self._believed_until = now + BELIEVED_SECONDS
        return self._slots
