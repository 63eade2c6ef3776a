"""Pages of a list: by number, as the contract has them, and by cursor (keyset), for depth.

Pages by number cost more the deeper they are, so they end at ``MAX_COUNTED_ROWS``. Pages by cursor cost the
same everywhere, and rows that are inserted meanwhile neither repeat others nor make them skipped.
"""

import csv
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from sqlakeyset import select_page, serialize_bookmark, unserialize_bookmark
from sqlakeyset.types import Marker
from sqlalchemy import ClauseElement, Executable, Row, Select, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from app.errors import InvalidInputError
from app.rest.struct_schemas import described

MAX_COUNTED_ROWS = 100_000
"""Lists are counted exactly up to here, and pages by number end here."""

MAX_LIMIT = 50
"""Rows of the contract's largest page."""

MAX_CURSOR_CHARACTERS = 512


@dataclass(frozen=True)
class PageRequest:
    """Which page is asked for: a number, or the place that a cursor names.

    The number's default, 1, may stand beside a cursor: clients made from the OpenAPI document send it always.

    Raises:
        InvalidInputError: both are given, the cursor is not one of ours, or the number is too deep.
    """

    limit: int
    page: int | None = None
    cursor: str | None = None

    def __post_init__(self) -> None:
        if self.cursor is not None and self.page not in (None, 1):
            raise InvalidInputError("give either page or cursor, not both", ("query", "cursor"))
        if self.offset >= MAX_COUNTED_ROWS:
            raise InvalidInputError(
                f"pages by number end at row {MAX_COUNTED_ROWS}; to read further, follow next_cursor with "
                "the parameter cursor",
                ("query", "page"),
            )

    @property
    def number(self) -> int | None:
        """Return the page's number, from 1; ``None`` when reading by cursor."""
        return None if self.cursor is not None else self.page or 1

    @property
    def offset(self) -> int:
        """Return how many rows come before the page; 0 when reading by cursor."""
        return ((self.page or 1) - 1) * self.limit


class Page(msgspec.Struct, kw_only=True):
    """What stands around the rows of one page."""

    page: int | None
    limit: int
    total: int | None
    total_is_estimate: Annotated[bool, described("Above 100,000 the total is PostgreSQL's estimate.")]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True)
class RowPage:
    """One page of rows, in the statement's order.

    ``total`` is ``None`` when reading by cursor, and the planner's estimate above ``MAX_COUNTED_ROWS``.
    """

    rows: Sequence[Row[Any]]
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


def fetch_page(session: Session, statement: Select[Any], request: PageRequest) -> RowPage:
    """Read one page of ``statement``, which must be ordered by a timestamp and then by a UUID."""
    if request.cursor is not None:
        page = select_page(session, statement, request.limit, page=_place(request.cursor))
        total, is_estimate = None, False
    else:
        page = select_page(session, statement.offset(request.offset), request.limit)
        total, is_estimate = count(session, statement)
    paging = page.paging
    has_previous = request.offset > 0 or (request.cursor is not None and paging.has_previous)
    return RowPage(
        rows=list(page),
        total=total,
        total_is_estimate=is_estimate,
        next_cursor=_cursor(paging.next) if paging.has_next else None,
        previous_cursor=_cursor(paging.previous) if has_previous and len(page) else None,
    )


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


def _cursor(marker: Marker) -> str:
    return urlsafe_b64encode(serialize_bookmark(marker).encode()).decode().rstrip("=")


def _place(cursor: str) -> Marker:
    """Return the place that a cursor names; only what ``_cursor`` makes may get to the database."""
    refusal = InvalidInputError(
        "not a cursor of this list; use next_cursor or previous_cursor of an answer as it is",
        ("query", "cursor"),
    )
    if len(cursor) > MAX_CURSOR_CHARACTERS:
        raise refusal
    try:
        marker = unserialize_bookmark(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii"))
    except (ValueError, OverflowError, StopIteration, csv.Error) as error:  # BadBookmark is a ValueError
        raise refusal from error
    match marker.place:
        case (datetime() as moment, UUID()) if moment.tzinfo is not None:
            return marker
    raise refusal
