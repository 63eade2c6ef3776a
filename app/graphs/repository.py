"""The SQL of event graphs: the events of one execution, and which of some executions there are."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.executions import repository as executions
from app.executions.repository import ListFilters
from app.models import Execution


def find_events(session: Session, execution_id: UUID) -> tuple[int, str] | None:
    """Return the number of qubits and the events, as JSON text, of an execution that is not deleted."""
    statement = select(Execution.num_qubits, Execution.events).where(
        Execution.id == execution_id, Execution.deleted_at.is_(None)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else (row.num_qubits, row.events)


def find_transpiled_events(session: Session, execution_id: UUID) -> tuple[str | None] | None:
    """Return the events of the transpiled circuit, if there is one, of an execution that is not deleted."""
    statement = select(Execution.transpiled_events).where(
        Execution.id == execution_id, Execution.deleted_at.is_(None)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else (row[0],)


def fitting(session: Session, execution_ids: Collection[UUID], filters: ListFilters) -> Sequence[Any]:
    """Return summaries of the executions that are not deleted and match the filters, newest first."""
    return session.execute(executions.matching(filters).where(Execution.id.in_(execution_ids))).all()
