"""The SQL of replays: a whole trace, or one event of it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from app.circuits.noise import NoiseConfig
from app.direct_sql import Reader, run_plain
from app.models import Execution


@dataclass(frozen=True)
class StoredTrace:
    """The record of a run; ``counts`` and ``events`` are JSON text.

    ``events`` is empty if there is no transpiled circuit.
    """

    id: UUID
    circuit_name: str
    is_noisy: bool
    noise_config: NoiseConfig | None
    counts: str
    events: str


@dataclass(frozen=True)
class StoredStep:
    """One event of an execution as JSON text, ``None`` beyond the last one.

    ``num_events`` is 0 if there is no transpiled circuit.
    """

    id: UUID
    circuit_name: str
    is_noisy: bool
    noise_config: NoiseConfig | None
    num_events: int
    event: str | None


BEGINNING = '{"event_id":'
"""How an event's text begins, before its number from 0; msgspec encoded it, and escapes quotes in texts."""

_STEP = """
SELECT id, circuit_name, is_noisy, noise_config, {count},
  split_part(split_part({events}::text, %(begin)s, 2), %(next)s, 1)
FROM executions WHERE id = %(id)s AND deleted_at IS NULL
"""
STEP = _STEP.format(count="num_events", events="events").encode()
TRANSPILED_STEP = _STEP.format(
    count="coalesce(json_array_length(transpiled_events), 0)", events="transpiled_events"
).encode()

RUN = (Execution.id, Execution.circuit_name, Execution.is_noisy, Execution.noise_config)


def find_trace(session: Session, execution_id: UUID, transpiled: bool = False) -> StoredTrace | None:
    """Return the trace of an execution that is not deleted: of its circuit or of the transpiled one."""
    events = func.coalesce(cast(Execution.transpiled_events, Text), "") if transpiled else Execution.events
    statement = select(*RUN, cast(Execution.counts, Text), events).where(
        Execution.id == execution_id, Execution.deleted_at.is_(None)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else StoredTrace(*row)


def find_step(reader: Reader, execution_id: UUID, step: int, transpiled: bool = False) -> StoredStep | None:
    """Return one event of an execution that is not deleted.

    PostgreSQL takes it out of the text between two beginnings of events: 2 ms for the 1 MB of 10,000 events,
    of which most is unpacking the text. Parsing it as JSON would take 5 ms, sending all of it 3 ms.
    """
    begin = f"{BEGINNING}{step},"
    statement = TRANSPILED_STEP if transpiled else STEP
    found = run_plain(reader, statement, {"begin": begin, "next": f",{BEGINNING}", "id": execution_id})
    if not found:
        return None
    run_id, circuit_name, is_noisy, noise_config, num_events, rest = found[0]
    event = None
    if rest:
        event = begin + (rest.rstrip().removesuffix("]") if step == num_events - 1 else rest)
    return StoredStep(run_id, circuit_name, is_noisy, noise_config, num_events, event)
