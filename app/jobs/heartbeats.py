"""The SQL of worker processes: that they are alive, and who they are."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Interval, Table, bindparam, func, select, text
from sqlalchemy.orm import Session

from app.models import Queue, Worker

# Built once, since every query runs it, and on the table, which spares the ORM's part.
WORKERS = cast(Table, Worker.__table__)
LIVE_SLOTS = select(func.coalesce(func.sum(WORKERS.c.slots), 0)).where(
    WORKERS.c.queue == bindparam("queue"),
    WORKERS.c.last_seen_at > func.now() - bindparam("seen_within", type_=Interval),
)


def record_heartbeat(session: Session, name: str, queue: str, slots: int, in_use: int) -> datetime:
    """Say that this worker process is alive; PostgreSQL's clock at that moment."""
    statement = text(
        "INSERT INTO workers (name, queue, slots, slots_in_use) VALUES (:name, :queue, :slots, :in_use)"
        " ON CONFLICT (name) DO UPDATE SET slots_in_use = excluded.slots_in_use, last_seen_at = now()"
        " RETURNING clock_timestamp()"
    )
    values = {"name": name, "queue": queue, "slots": slots, "in_use": in_use}
    return cast(datetime, session.scalars(statement, values).one())


def live_slots(session: Session, queue: Queue, seen_within: timedelta) -> int:
    """Slots of the workers of this queue that sent a heartbeat lately."""
    return int(session.scalar(LIVE_SLOTS, {"queue": queue, "seen_within": seen_within}) or 0)


def live_workers(session: Session, seen_within: timedelta) -> list[Worker]:
    """The worker processes that were seen lately, by name."""
    statement = select(Worker).where(Worker.last_seen_at > func.now() - seen_within).order_by(Worker.name)
    return list(session.scalars(statement))


def remove_heartbeat(session: Session, name: str) -> None:
    """Say that this worker process has stopped."""
    session.execute(text("DELETE FROM workers WHERE name = :name"), {"name": name})


def forget_workers(session: Session, unseen: timedelta) -> None:
    """Remove the heartbeats of worker processes that have been silent for ``unseen``."""
    session.execute(text("DELETE FROM workers WHERE last_seen_at < now() - :unseen"), {"unseen": unseen})
