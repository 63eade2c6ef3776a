"""The SQL by which groups come into Neo4j: which are due, and which stand there."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from app.database import locked_batch
from app.entanglement.repository import GROUPS, MEMBERS, is_any
from app.graphstore.entanglement import GroupGraph
from app.graphstore.rebuilding import MAX_TRIES, Left

RETRY_PAUSE = timedelta(seconds=5)
"""The pause between two attempts to write a group to Neo4j; it doubles, and is longer than an attempt."""

MAX_RETRY_DOUBLINGS = 6
"""The pause stops doubling at 5 s × 2^6, about five minutes."""


@dataclass(frozen=True)
class DueGroup:
    """A group that is to be written to Neo4j, or, if it ``is_deleted``, removed from there."""

    graph: GroupGraph
    is_deleted: bool


def take_due(session: Session, limit: int) -> list[DueGroup]:
    """Take groups that are due in Neo4j, and set the time of their next try.

    Rows that another worker holds are skipped. The members are those of the version that is given: whoever
    changes them locks the group's row, which this transaction holds.
    """
    due = select(GROUPS.c.id).where(GROUPS.c.graph_due_at <= func.now()).order_by(GROUPS.c.graph_due_at)
    pause = RETRY_PAUSE * func.power(2, func.least(GROUPS.c.graph_attempts, MAX_RETRY_DOUBLINGS))
    statement = (
        update(GROUPS)
        .where(GROUPS.c.id.in_(select(locked_batch(due, limit))))
        .values(graph_attempts=GROUPS.c.graph_attempts + 1, graph_due_at=func.now() + pause)
        .returning(GROUPS.c.id, GROUPS.c.version, GROUPS.c.correlation_strength, GROUPS.c.deleted_at)
    )
    rows = session.execute(statement).all()
    members = _members(session, [row.id for row in rows]) if rows else {}
    return [
        DueGroup(
            GroupGraph(row.id, row.version, row.correlation_strength, members.get(row.id, [])),
            is_deleted=row.deleted_at is not None,
        )
        for row in rows
    ]


def set_projected(session: Session, group_id: str, version: int) -> bool:
    """Note that this version stands in Neo4j; a newer one stays due. Return False if the group is deleted."""
    statement = (
        update(GROUPS)
        .where(GROUPS.c.id == group_id, GROUPS.c.deleted_at.is_(None))
        .values(
            graph_version=func.greatest(GROUPS.c.graph_version, version),
            graph_due_at=case((GROUPS.c.version == version, None), else_=GROUPS.c.graph_due_at),
        )
        .returning(GROUPS.c.id)
    )
    return session.scalar(statement) is not None


def remove_deleted(session: Session, group_id: str, version: int) -> None:
    """Remove the row of a deleted group that is gone from Neo4j, unless it was made again meanwhile."""
    session.execute(
        delete(GROUPS).where(
            GROUPS.c.id == group_id, GROUPS.c.version == version, GROUPS.c.deleted_at.is_not(None)
        )
    )


def make_due(session: Session, after: str | None, limit: int, *, also_stored: bool) -> tuple[str | None, int]:
    """Make a batch of groups due in Neo4j now, in the order of ids.

    Returns:
        The last id of the batch, from where to go on, ``None`` when there is no more; and how many were made
        due.
    """
    batch = select(GROUPS.c.id).where(GROUPS.c.deleted_at.is_(None)).order_by(GROUPS.c.id).limit(limit)
    if after is not None:
        batch = batch.where(GROUPS.c.id > after)
    if not also_stored:
        batch = batch.where(GROUPS.c.graph_due_at.is_not(None))
    ids = session.scalars(batch).all()
    chosen = update(GROUPS).where(is_any(GROUPS.c.id, ids))
    session.execute(chosen.values(graph_attempts=0, graph_due_at=func.now()))
    return (ids[-1] if ids else None), len(ids)


def count_due(session: Session) -> Left:
    """Count the groups that are not in Neo4j as they are now."""
    statement = select(func.count(), func.count().filter(GROUPS.c.graph_attempts < MAX_TRIES)).where(
        GROUPS.c.graph_due_at.is_not(None), GROUPS.c.deleted_at.is_(None)
    )
    return Left(*session.execute(statement).one())


def _members(session: Session, group_ids: list[str]) -> dict[str, list[str]]:
    statement = select(MEMBERS.c.group_id, MEMBERS.c.vector_id).where(is_any(MEMBERS.c.group_id, group_ids))
    found: dict[str, list[str]] = {}
    for group_id, vector_id in session.execute(statement.order_by(MEMBERS.c.vector_id)):
        found.setdefault(group_id, []).append(vector_id)
    return found
