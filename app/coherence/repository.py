"""The SQL that removes the states of vectors that are no longer coherent."""

from typing import Any

from sqlalchemy import Integer, Select, delete, func, literal_column, select
from sqlalchemy.orm import Session

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
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("expired")
        .prefix_with("MATERIALIZED")
    )
    chosen = STATES.c.vector_id == expired.c.vector_id
    gone = delete(STATES).where(chosen).returning(expired.c.size).cte("gone")
    statement: Select[Any] = select(func.count(), func.coalesce(func.sum(gone.c.size), 0)).select_from(gone)
    states, size_bytes = session.execute(statement).one()
    return int(states), int(size_bytes)
