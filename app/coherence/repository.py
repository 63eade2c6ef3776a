"""The SQL that removes the states of vectors that are no longer coherent."""

from typing import Any

from sqlalchemy import Integer, Select, delete, func, literal_column, select
from sqlalchemy.orm import Session

from app.database import locked_batch
from app.vectors.reads import STATES


def remove_expired(session: Session, limit: int) -> tuple[int, int]:
    """Remove up to ``limit`` states whose coherence has ended; those that ended first go first.

    A row that another transaction holds is skipped: it is being removed or, by a write, made coherent again.

    Returns:
        The number of states, and the bytes that their rows took (``pg_column_size``).
    """
    size = func.pg_column_size(literal_column("vector_states"), type_=Integer).label("size")
    expired = (
        select(STATES.c.vector_id, size)
        .where(STATES.c.expires_at <= func.now())
        .order_by(STATES.c.expires_at)
    )
    batch = locked_batch(expired, limit)
    gone = delete(STATES).where(STATES.c.vector_id == batch.c.vector_id).returning(batch.c.size).cte("gone")
    statement: Select[Any] = select(func.count(), func.coalesce(func.sum(gone.c.size), 0)).select_from(gone)
    states, size_bytes = session.execute(statement).one()
    return int(states), int(size_bytes)
