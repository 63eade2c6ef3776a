"""The SQL of deleted executions: hidden at once, removed once their graphs are gone from Neo4j."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, func, select, update
from sqlalchemy.orm import Session

from app.models import Execution, ExecutionStates, GraphStatus

DELETED_VALUES: dict[str, Any] = {
    "deleted_at": func.now(),
    # a worker may write a pending graph at this moment: it is removed after that
    "graph_due_at": case(
        (Execution.graph_status == GraphStatus.PENDING, func.greatest(func.now(), Execution.graph_due_at)),
        else_=func.now(),
    ),
    "graph_attempts": 0,
    "program": "",
    "events": "[]",
    "transpiled_program": None,
    "transpiled_events": None,
    "mitigated": None,
    "layout": None,
    "notes": None,
    "counts": {},
}
"""A deleted execution has empty heavy columns, and a time when its graph is to be removed."""


def mark_deleted(session: Session, execution_id: UUID) -> bool:
    """Hide an execution and empty its heavy columns; return False if there is none."""
    return bool(_mark(session, Execution.id == execution_id))


def mark_older_deleted(session: Session, before: datetime, limit: int) -> list[UUID]:
    """Mark a batch of the executions from before a time as deleted; return their ids."""
    older = (
        select(Execution.id)
        .where(Execution.deleted_at.is_(None), Execution.created_at < before)
        .order_by(Execution.created_at)
        .limit(limit)
    )
    return _mark(session, Execution.id.in_(older))


def remove(session: Session, execution_ids: Collection[UUID]) -> None:
    """Remove the rows of deleted executions whose graphs are gone."""
    session.execute(
        delete(Execution)
        .where(Execution.id.in_(execution_ids), Execution.deleted_at.is_not(None))
        .execution_options(synchronize_session=False)
    )


def _mark(session: Session, chosen: ColumnElement[bool]) -> list[UUID]:
    statement = (
        update(Execution)
        .where(chosen, Execution.deleted_at.is_(None))
        .values(DELETED_VALUES)
        .returning(Execution.id)
        .execution_options(synchronize_session=False)
    )
    marked = list(session.scalars(statement))
    if marked:
        gone = ExecutionStates.execution_id.in_(marked)
        session.execute(delete(ExecutionStates).where(gone).execution_options(synchronize_session=False))
    return marked
