"""Which page of a list a request asks for, by number or by cursor.

A cursor names a place in one list with its filters. Callers give it back as it is, and do not look inside.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from app.errors import InvalidInputError

MAX_COUNTED_ROWS = 100_000
"""Rows are counted up to here, and pages by number end here. The list of all executions keeps its total."""

MAX_CURSOR_CHARACTERS = 2_048

DIGEST_CHARACTERS = 12
"""Of the digest of a list and its filters, with which each of its cursors begins."""

PAGING = frozenset({"page", "limit", "size", "cursor"})
"""Parameters that say which page of a list is asked for; the others say of which list."""

NEXT, PREVIOUS = ">", "<"


@dataclass(frozen=True)
class PageRequest:
    """Which page is asked for: a number, or the place that a cursor names.

    The number's default, 1, may stand beside a cursor: clients made from the OpenAPI document send it always.

    Attributes:
        digest: of the list and its filters; a cursor with another one is refused.

    Raises:
        InvalidInputError: both are given, or the number is too deep.
    """

    limit: int
    page: int | None = None
    cursor: str | None = None
    digest: str = ""

    @classmethod
    def of_query(cls, list_name: str, query: Mapping[str, Any]) -> "PageRequest":
        """Return which page of a list the parameters of a query ask for; the others filter it."""
        filters = {name: value for name, value in query.items() if name not in PAGING}
        limit = query["limit"] if "limit" in query else query["size"]
        return cls(limit, query.get("page"), query.get("cursor"), digest_of(list_name, filters))

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

    def cursor_of(self, place: str) -> str:
        """Return the cursor of a place in this list."""
        return urlsafe_b64encode((self.digest + place).encode()).decode().rstrip("=")

    def place(self, form: re.Pattern[str]) -> re.Match[str]:
        """Return the place that the cursor names.

        Raises:
            InvalidInputError: it names none of this form, or is of another list or of other filters.
        """
        cursor, text = self.cursor or "", ""
        if len(cursor) <= MAX_CURSOR_CHARACTERS:
            with suppress(ValueError):
                text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        found = form.fullmatch(text, len(self.digest))
        if found is None or not text.startswith(self.digest):
            raise no_cursor()
        return found


def no_cursor() -> InvalidInputError:
    """Return the error of a cursor that names no place in a list."""
    return InvalidInputError(
        "not a cursor of this list with these filters; use next_cursor or previous_cursor of an answer as it "
        "is, with the filters of that answer's request",
        ("query", "cursor"),
    )


def digest_of(list_name: str, filters: Mapping[str, Any]) -> str:
    """Return the digest of a list and its filters."""
    text = msgspec.json.encode([list_name, filters], order="sorted")
    return sha256(text).hexdigest()[:DIGEST_CHARACTERS]
