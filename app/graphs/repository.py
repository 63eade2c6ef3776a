"""The SQL of event graphs: the events of one execution, and which of some executions there are."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.executions import repository as executions
from app.executions.repository import ListFilters
from app.models import Execution


def find_events(session: Session, execution_id: UUID, *, transpiled: bool) -> tuple[int, str] | None:
    """Return the number of qubits and the events (``events_column``) of an execution that is not deleted."""
    events = executions.events_column(transpiled=transpiled)
    statement = select(Execution.num_qubits, events).where(
        Execution.id == execution_id, Execution.deleted_at.is_(None)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else (row[0], row[1])


def fitting(session: Session, execution_ids: Collection[UUID], filters: ListFilters) -> Sequence[Any]:
    """Return summaries of the executions that are not deleted and match the filters, newest first."""
    return session.execute(executions.matching(filters).where(Execution.id.in_(execution_ids))).all()
