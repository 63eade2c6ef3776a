"""The SQL of groups and of who belongs to them.

Locks are always taken in one order: vectors by id, then groups by id. So no two transactions wait for each
other.
"""

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import Row, Select, Table, any_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from app.entanglement.documents import GroupSummary, Partner
from app.models import EntanglementGroup, EntanglementMember
from app.models.entanglement import VERSIONS
from app.timestamps import iso8601
from app.vectors.reads import VECTORS

GROUPS = cast(Table, EntanglementGroup.__table__)
MEMBERS = cast(Table, EntanglementMember.__table__)

SIZE = (
    select(func.count()).where(MEMBERS.c.group_id == GROUPS.c.id).correlate(GROUPS).scalar_subquery()
).label("entities")
SHOWN = select(
    GROUPS.c.id,
    GROUPS.c.correlation_strength,
    GROUPS.c.measured_correlation,
    GROUPS.c.shots,
    GROUPS.c.seed,
    GROUPS.c.created_at,
    (GROUPS.c.graph_version == GROUPS.c.version).label("in_graph"),
    SIZE,
).where(GROUPS.c.deleted_at.is_(None))

MADE_ANEW = {
    "version": VERSIONS.next_value(),
    "deleted_at": None,
    "created_at": func.now(),
    "graph_attempts": 0,
    "graph_due_at": func.now(),
}
"""The values of a group that is made under the id of a deleted one whose row still stands."""

CHANGED = {"version": VERSIONS.next_value(), "graph_attempts": 0}

DELETED: dict[str, Any] = {
    **CHANGED,
    "deleted_at": func.now(),
    # a projection may be on its way to Neo4j until then: the group is removed from there after that
    "graph_due_at": func.greatest(func.now(), GROUPS.c.graph_due_at),
}


def is_any(column: Any, ids: Collection[str]) -> Any:
    """Return ``column = ANY(ids)``: one statement, however many there are."""
    return column == any_(bindparam(None, list(ids), type_=ARRAY(Text), unique=True))


def lock_vectors(session: Session, ids: Collection[str]) -> set[str]:
    """Keep others from changing or deleting these vectors; return the ids of those that exist."""
    statement = select(VECTORS.c.id).where(is_any(VECTORS.c.id, ids)).order_by(VECTORS.c.id)
    return set(session.scalars(statement.with_for_update(key_share=True)))


def existing_vectors(session: Session, ids: Collection[str]) -> set[str]:
    """Return those of these ids that a vector has."""
    return set(session.scalars(select(VECTORS.c.id).where(is_any(VECTORS.c.id, ids))))


def full_vectors(session: Session, ids: Collection[str], most_groups: int) -> list[str]:
    """Return those of these vectors that belong to ``most_groups`` or more, in order."""
    statement = (
        select(MEMBERS.c.vector_id)
        .where(is_any(MEMBERS.c.vector_id, ids))
        .group_by(MEMBERS.c.vector_id)
        .having(func.count() >= most_groups)
        .order_by(MEMBERS.c.vector_id)
    )
    return list(session.scalars(statement))


def exists(session: Session, group_id: str) -> bool:
    """Return whether there is a group with this id."""
    statement = select(GROUPS.c.id).where(GROUPS.c.id == group_id, GROUPS.c.deleted_at.is_(None))
    return session.scalar(statement) is not None


def add(session: Session, values: dict[str, Any], members: Sequence[str]) -> bool:
    """Add a group with its members, whose vectors are locked; return False if its id is taken."""
    statement = insert(GROUPS).values(version=VERSIONS.next_value(), **values)
    statement = statement.on_conflict_do_update(
        index_elements=[GROUPS.c.id], set_=values | MADE_ANEW, where=GROUPS.c.deleted_at.is_not(None)
    )
    if session.scalar(statement.returning(GROUPS.c.id)) is None:
        return False
    rows = [{"group_id": values["id"], "vector_id": each} for each in members]
    session.execute(insert(MEMBERS), rows)
    return True


def find(session: Session, group_id: str) -> GroupSummary | None:
    """Return the group with this id."""
    row = session.execute(SHOWN.where(GROUPS.c.id == group_id)).one_or_none()
    return None if row is None else _summary(row)


def listed() -> Select[Any]:
    """Select all groups, newest first."""
    return SHOWN.order_by(GROUPS.c.created_at.desc(), GROUPS.c.id)


def page(session: Session, limit: int, offset: int) -> list[GroupSummary]:
    """Return some of the groups, newest first."""
    return [_summary(row) for row in session.execute(listed().limit(limit).offset(offset))]


def members_of(session: Session, group_id: str) -> list[str]:
    """Return the members of a group, in order."""
    statement = select(MEMBERS.c.vector_id).where(MEMBERS.c.group_id == group_id)
    return list(session.scalars(statement.order_by(MEMBERS.c.vector_id)))


def partners_of(session: Session, vector_id: str) -> list[Partner]:
    """Return who shares a group with a vector, once for each group, the strongest first."""
    other = MEMBERS.alias("other")
    statement = (
        select(other.c.vector_id, GROUPS.c.correlation_strength, GROUPS.c.id)
        .select_from(MEMBERS)
        .join(other, (other.c.group_id == MEMBERS.c.group_id) & (other.c.vector_id != MEMBERS.c.vector_id))
        .join(GROUPS, GROUPS.c.id == MEMBERS.c.group_id)
        .where(MEMBERS.c.vector_id == vector_id)
        .order_by(GROUPS.c.correlation_strength.desc(), GROUPS.c.id, other.c.vector_id)
    )
    return [Partner(*row) for row in session.execute(statement)]


def groups_of(session: Session, vector_ids: Collection[str]) -> list[str]:
    """Return the groups that any of these vectors belongs to."""
    statement = select(MEMBERS.c.group_id).where(is_any(MEMBERS.c.vector_id, vector_ids)).distinct()
    return list(session.scalars(statement))


def lock_groups(session: Session, group_ids: Collection[str]) -> None:
    """Keep others from changing these groups."""
    statement = select(GROUPS.c.id).where(is_any(GROUPS.c.id, group_ids)).order_by(GROUPS.c.id)
    session.execute(statement.with_for_update())


def remove_memberships(session: Session, vector_ids: Collection[str]) -> list[str]:
    """Take vectors out of all groups, which are locked; return the group of each membership."""
    statement = delete(MEMBERS).where(is_any(MEMBERS.c.vector_id, vector_ids))
    return list(session.scalars(statement.returning(MEMBERS.c.group_id)))


def sizes(session: Session, group_ids: Collection[str]) -> dict[str, int]:
    """Return how many members each of these groups has; those without any are left out."""
    statement = select(MEMBERS.c.group_id, func.count()).where(is_any(MEMBERS.c.group_id, group_ids))
    return {group_id: size for group_id, size in session.execute(statement.group_by(MEMBERS.c.group_id))}


def mark_changed(session: Session, group_ids: Collection[str]) -> None:
    """Give groups, which are locked, a new version, which is due in Neo4j at once."""
    session.execute(
        update(GROUPS).where(is_any(GROUPS.c.id, group_ids)).values(**CHANGED, graph_due_at=func.now())
    )


def mark_deleted(session: Session, group_ids: Collection[str]) -> list[str]:
    """Hide groups and take their members out; return the ids of those that were there."""
    deleted = list(
        session.scalars(
            update(GROUPS)
            .where(is_any(GROUPS.c.id, group_ids), GROUPS.c.deleted_at.is_(None))
            .values(DELETED)
            .returning(GROUPS.c.id)
        )
    )
    session.execute(delete(MEMBERS).where(is_any(MEMBERS.c.group_id, deleted)))
    return deleted


def _summary(row: Row[Any]) -> GroupSummary:
    return GroupSummary(
        group_id=row.id,
        entities=row.entities,
        correlation_strength=row.correlation_strength,
        quantum_state_created=True,  # without its circuit a group is not made
        measured_correlation=row.measured_correlation,
        shots=row.shots,
        seed=row.seed,
        graph_status="stored" if row.in_graph else "pending",
        created_at=iso8601(row.created_at),
    )
