"""The SQL of streams: what an execution did and gave."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from app.models import Execution


@dataclass(frozen=True)
class Recording:
    """One execution as it is streamed; ``counts`` and ``events`` are still JSON text."""

    id: UUID
    circuit_name: str
    num_events: int
    shots: int
    seed: int
    counts: str
    events: str


def find(session: Session, execution_id: UUID) -> Recording | None:
    """The execution with this id, unless it is deleted."""
    statement = select(
        Execution.id,
        Execution.circuit_name,
        Execution.num_events,
        Execution.shots,
        Execution.seed,
        cast(Execution.counts, Text),
        Execution.events,
    ).where(Execution.id == execution_id, Execution.deleted_at.is_(None))
    row = session.execute(statement).one_or_none()
    return None if row is None else Recording(*row)
