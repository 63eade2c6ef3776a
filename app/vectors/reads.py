"""The SQL that reads vectors: some by id, or a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Select, Table, Text, any_, case, func, literal, null, or_, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.models import Vector, VectorState

VECTORS = cast(Table, Vector.__table__)
STATES = cast(Table, VectorState.__table__)

SHOWN_WEIGHTS = case(
    (
        func.cardinality(VECTORS.c.sent_weights) == func.cardinality(VECTORS.c.context_names),
        VECTORS.c.sent_weights,
    ),
    else_=VECTORS.c.context_weights,
)
"""The weights as they were sent. A web of a former version, which may still run beside this one, leaves those
of a vector that it replaces as they were: if their number differs, they are not shown."""


@dataclass(frozen=True)
class Selection:
    """The vectors that a list shows: those that fit the condition and stand in the context, if given."""

    condition: ColumnElement[bool] | None = None
    context: str | None = None


def among(ids: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a vector has one of these ids."""
    return VECTORS.c.id == any_(literal(list(ids), ARRAY(Text)))


def find(session: Session, ids: Sequence[str], *, with_numbers: bool) -> Sequence[Row[Any]]:
    """Return the vectors that have one of these ids, in the order of their ids."""
    return session.execute(_columns(with_numbers).where(among(ids)).order_by(VECTORS.c.id)).all()


def page(
    session: Session, selection: Selection, limit: int, *, offset: int, after: str | None, with_numbers: bool
) -> Sequence[Row[Any]]:
    """Return some of the selected vectors in the order of their ids: from an offset, or after an id."""
    statement = _restrict(_columns(with_numbers), selection).order_by(VECTORS.c.id).limit(limit)
    if after is not None:
        statement = statement.where(VECTORS.c.id > after)
    return session.execute(statement.offset(offset) if offset else statement).all()


def selected(selection: Selection) -> Select[Any]:
    """Return the statement of the selected vectors' ids, to be counted."""
    return _restrict(select(VECTORS.c.id).select_from(VECTORS), selection)


def _columns(with_numbers: bool) -> Select[Any]:
    """Select vectors with their states; ``embedding`` (NULL unless asked for) and ``metadata`` as JSON text.

    ``num_qubits`` is NULL once decoherence cleanup has removed the state.
    """
    has_state = STATES.c.vector_id.is_not(None)
    return select(
        VECTORS.c.id,
        VECTORS.c.embedding if with_numbers else null().label("embedding"),
        VECTORS.c.context_names,
        SHOWN_WEIGHTS.label("context_weights"),
        VECTORS.c.coherence_time_ms,
        sql_cast(VECTORS.c.metadata, Text).label("metadata"),
        VECTORS.c.created_at,
        VECTORS.c.updated_at,
        STATES.c.num_qubits,
        STATES.c.expires_at,
        (has_state & or_(STATES.c.expires_at.is_(None), STATES.c.expires_at > func.now())).label(
            "is_coherent"
        ),
    ).select_from(VECTORS.outerjoin(STATES, STATES.c.vector_id == VECTORS.c.id))


def _restrict(statement: Select[Any], selection: Selection) -> Select[Any]:
    if selection.condition is not None:
        statement = statement.where(selection.condition)
    if selection.context is not None:
        statement = statement.where(VECTORS.c.context_names.contains([selection.context]))
    return statement
