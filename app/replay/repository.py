"""The SQL of replays: a whole trace, or one event of it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from app.circuits.noise import NoiseConfig
from app.direct_sql import Reader, run_plain
from app.models import Execution


@dataclass(frozen=True)
class StoredTrace:
    """The record of a run; ``counts`` and ``events`` are JSON text."""

    id: UUID
    circuit_name: str
    is_noisy: bool
    noise_config: NoiseConfig | None
    counts: str
    events: str


@dataclass(frozen=True)
class StoredStep:
    """One event of an execution as JSON text, ``None`` beyond the last one."""

    id: UUID
    circuit_name: str
    is_noisy: bool
    noise_config: NoiseConfig | None
    num_events: int
    event: str | None


BEGINNING = '{"event_id":'
"""How an event's text begins, before its number from 0; msgspec encoded it, and escapes quotes in texts."""

STEP = b"""
SELECT id, circuit_name, is_noisy, noise_config, num_events,
  split_part(split_part(events::text, %(begin)s, 2), %(next)s, 1)
FROM executions WHERE id = %(id)s AND deleted_at IS NULL
"""

RUN = (Execution.id, Execution.circuit_name, Execution.is_noisy, Execution.noise_config)


def find_trace(session: Session, execution_id: UUID) -> StoredTrace | None:
    """Return the trace of an execution that is not deleted."""
    statement = select(*RUN, cast(Execution.counts, Text), Execution.events).where(
        Execution.id == execution_id, Execution.deleted_at.is_(None)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else StoredTrace(*row)


def find_step(reader: Reader, execution_id: UUID, step: int) -> StoredStep | None:
    """Return one event of an execution that is not deleted.

    PostgreSQL takes it out of the text between two beginnings of events: 2 ms for the 1 MB of 10,000 events,
    of which most is unpacking the text. Parsing it as JSON would take 5 ms, sending all of it 3 ms.
    """
    begin = f"{BEGINNING}{step},"
    found = run_plain(reader, STEP, {"begin": begin, "next": f",{BEGINNING}", "id": execution_id})
    if not found:
        return None
    run_id, circuit_name, is_noisy, noise_config, num_events, rest = found[0]
    event = None
    if rest:
        event = begin + (rest.rstrip().removesuffix("]") if step == num_events - 1 else rest)
    return StoredStep(run_id, circuit_name, is_noisy, noise_config, num_events, event)
