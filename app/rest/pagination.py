"""Pages of a list: by number, as the contract has them, and by cursor (keyset), for depth.

Pages by number cost more the deeper they are, so they end at ``MAX_COUNTED_ROWS``. Pages by cursor cost the
same everywhere, and rows that are inserted meanwhile neither repeat others nor make them skipped.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import ClauseElement, ColumnElement, Executable, Row, Select, func, literal, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler

from app.rest.page_request import MAX_COUNTED_ROWS, NEXT, PREVIOUS, PageRequest, no_cursor
from app.rest.struct_schemas import described

MAX_LIMIT = 50
"""Rows of the contract's largest page."""

MAX_NUMBERS_LIMIT = 1_000
"""Of the largest page of ``page_of_numbers``, which reads everything anyway."""

PLACE = re.compile(r"(?P<direction>[<>])dt:(?P<moment>[0-9: .+-]{20,40})~uuid:(?P<row_id>[0-9a-f-]{36})")
"""What a cursor says: rows after this one, or before it."""

NUMBER_PLACE = re.compile(r"(?P<direction>[<>])number:(?P<number>[0-9]{1,9})")
"""The same of a cursor of ``page_of_numbers``."""

MOMENT, ROW_ID = "page_moment", "page_row_id"
"""Columns that ``fetch_page`` adds for the cursors."""

Keyset: TypeAlias = tuple[
    ColumnElement[Any] | InstrumentedAttribute[Any], ColumnElement[Any] | InstrumentedAttribute[Any]
]

Counts: TypeAlias = Callable[[Session, Select[Any]], tuple[int, bool]]
"""Counts the rows of a statement; returns their number, and whether it is an estimate."""


class Page(msgspec.Struct, kw_only=True):
    """The members of a page beside its rows."""

    page: int | None
    limit: int
    total: int | None
    total_is_estimate: Annotated[bool, described("Above 100,000 the total may be PostgreSQL's estimate.")]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True)
class RowPage:
    """One page of rows, in the statement's order.

    ``total`` is ``None`` when reading by cursor; above ``MAX_COUNTED_ROWS`` it may be the planner's estimate.
    """

    rows: Sequence[Any]
    total: int | None
    total_is_estimate: bool
    next_cursor: str | None
    previous_cursor: str | None

    def pagination(self, request: PageRequest) -> dict[str, object]:
        """Return the member ``pagination`` of the lists under ``/v2``."""
        return {
            "page": request.number,
            "size": request.limit,
            "total": self.total,
            "pages": None if self.total is None else -(-self.total // request.limit),
            "total_is_estimate": self.total_is_estimate,
            "next_cursor": self.next_cursor,
            "previous_cursor": self.previous_cursor,
        }

    def envelope(self, request: PageRequest) -> dict[str, Any]:
        """Return the members of ``Page``."""
        return {
            "page": request.number,
            "limit": request.limit,
            "total": self.total,
            "total_is_estimate": self.total_is_estimate,
            "next_cursor": self.next_cursor,
            "previous_cursor": self.previous_cursor,
        }


def fetch_page(
    session: Session, statement: Select[Any], request: PageRequest, by: Keyset, counts: "Counts | None" = None
) -> RowPage:
    """Read one page of ``statement``, newest first; the order is added here.

    Args:
        by: the timestamp and the UUID by which rows are ordered.
        counts: counts the rows of the statement, for a page by number; ``count`` by default.
    """
    keyed = statement.add_columns(by[0].label(MOMENT), by[1].label(ROW_ID)).order_by(None)
    if request.cursor is not None:
        return _page_at(session, keyed, request, by)
    keyed = keyed.order_by(by[0].desc(), by[1].desc()).limit(request.limit + 1)
    rows = session.execute(keyed.offset(request.offset) if request.offset else keyed).all()
    shown = rows[: request.limit]
    total, is_estimate = (counts or count)(session, statement)
    return RowPage(
        rows=shown,
        total=total,
        total_is_estimate=is_estimate,
        next_cursor=_cursor(request, NEXT, shown[-1]) if len(rows) > len(shown) else None,
        previous_cursor=_cursor(request, PREVIOUS, shown[0]) if shown and request.offset else None,
    )


def _page_at(session: Session, keyed: Select[Any], request: PageRequest, by: Keyset) -> RowPage:
    """Read the page after a row, or before it: backward, and turned around."""
    place, limit = _place(request), request.limit
    here = tuple_(literal(place.moment), literal(place.row_id))
    if place.is_backward:
        keyed = keyed.where(tuple_(*by) > here).order_by(*by)
    else:
        keyed = keyed.where(tuple_(*by) < here).order_by(by[0].desc(), by[1].desc())
    rows = session.execute(keyed.limit(limit + 1)).all()
    shown, has_further = rows[:limit], len(rows) > limit
    if place.is_backward:
        shown = shown[::-1]
    next_cursor = None
    if shown and (has_further or place.is_backward):
        next_cursor = _cursor(request, NEXT, shown[-1])
    elif place.is_backward:
        next_cursor = request.cursor_of(f"{NEXT}dt:{place.moment}~uuid:{place.row_id}")
    return RowPage(
        rows=shown,
        total=None,
        total_is_estimate=False,
        next_cursor=next_cursor,
        previous_cursor=(
            _cursor(request, PREVIOUS, shown[0]) if shown and (has_further or not place.is_backward) else None
        ),
    )


def page_of_numbers(numbers: Sequence[int], request: PageRequest) -> RowPage:
    """Return one page of ascending numbers that are all known, such as those of some events.

    The total costs nothing here, so that pages by cursor have it too.
    """
    start, end = request.offset, request.offset + request.limit
    if request.cursor is not None:
        found = request.place(NUMBER_PLACE)
        if found["direction"] == PREVIOUS:
            end = bisect_left(numbers, int(found["number"]))
            start = max(end - request.limit, 0)
        else:
            start = bisect_right(numbers, int(found["number"]))
            end = start + request.limit
    shown = numbers[start:end]
    next_cursor = previous_cursor = None
    if end < len(numbers):
        next_cursor = request.cursor_of(f"{NEXT}number:{numbers[end] - 1}")
    if start and numbers:
        previous_cursor = request.cursor_of(f"{PREVIOUS}number:{shown[0] if shown else numbers[-1] + 1}")
    return RowPage(shown, len(numbers), False, next_cursor, previous_cursor)


def count(session: Session, statement: Select[Any]) -> tuple[int, bool]:
    """Return how many rows there are, and whether that is an estimate (above ``MAX_COUNTED_ROWS``)."""
    rows = statement.with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    counted = (
        session.scalar(select(func.count()).select_from(rows.limit(MAX_COUNTED_ROWS + 1).subquery())) or 0
    )
    if counted <= MAX_COUNTED_ROWS:
        return counted, False
    return max(_planned_rows(session, rows), MAX_COUNTED_ROWS), True


class _Explain(Executable, ClauseElement):
    """``EXPLAIN`` of a statement; its parameters stay bound."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(_Explain, "postgresql")
def _compile_explain(element: _Explain, compiler: SQLCompiler, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"


def _planned_rows(session: Session, statement: Select[Any]) -> int:
    """Estimate as https://www.postgresql.org/docs/current/row-estimation-examples.html says."""
    plan = session.execute(_Explain(statement)).scalar_one()
    return int(plan[0]["Plan"]["Plan Rows"])


def _cursor(request: PageRequest, direction: str, row: Row[Any]) -> str:
    return request.cursor_of(f"{direction}dt:{getattr(row, MOMENT)}~uuid:{getattr(row, ROW_ID)}")


class _Place(NamedTuple):
    """Where a page begins: after this row, or before it."""

    is_backward: bool
    moment: datetime
    row_id: UUID


def _place(request: PageRequest) -> _Place:
    """Return the place that a cursor names; only what ``_cursor`` makes may get to the database."""
    found = request.place(PLACE)
    try:
        moment, row_id = datetime.fromisoformat(found["moment"]), UUID(found["row_id"])
    except ValueError as error:
        raise no_cursor() from error
    if moment.tzinfo is None:
        raise no_cursor()
    return _Place(found["direction"] == PREVIOUS, moment, row_id)
