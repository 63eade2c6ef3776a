"""The fields that a filter may name, and what each comparison with one is in SQL."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from operator import ge, gt, le, lt
from typing import Any, Protocol, TypeAlias

import msgspec
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from app.errors import InvalidInputError
from app.models import Vector

MAX_STEPS = 16
"""Names in one path."""

Scalar: TypeAlias = str | int | float | bool | None
Location: TypeAlias = tuple[str | int, ...]

_ORDERS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}

_LOCAL = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?)?"
_OFFSET = r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
_ZONED = _LOCAL.removesuffix("?") + _OFFSET
"""Dates, and times with and without an offset: what both Python and PostgreSQL read in the same way."""


class Field(Protocol):
    """Something that a filter compares; each condition is true or false, never NULL."""

    is_indexed: bool

    def equals(self, choices: Sequence[Scalar], location: Location) -> ColumnElement[bool]:
        """Whether the field equals one of at least one value."""

    def compares(self, operator: str, bound: str | int | float, location: Location) -> ColumnElement[bool]:
        """Whether the field is on the asked side of a bound."""

    def exists(self) -> ColumnElement[bool]:
        """Whether the field is there."""


def field_of(name: str, location: Location) -> Field:
    """The field of a name such as ``metadata.a.b``.

    Raises:
        InvalidInputError: there is no such field.
    """
    head, _, rest = name.partition(".")
    if head == "metadata" and rest:
        return _MetadataField(_steps(name, rest, location))
    columns: dict[str, Field] = {
        "id": _IdField(),
        "created_at": _TimeField(Vector.__table__.c.created_at),
        "updated_at": _TimeField(Vector.__table__.c.updated_at),
    }
    if name not in columns:
        raise InvalidInputError(
            "there is no such field; there are metadata.NAME, id, created_at and updated_at", location
        )
    return columns[name]


def _steps(name: str, path: str, location: Location) -> tuple[str, ...]:
    steps = tuple(path.split("."))
    if not all(steps):
        raise InvalidInputError("a path has a name between its dots, as in metadata.a.b", location)
    if len(steps) > MAX_STEPS:
        raise InvalidInputError(f"a path has {MAX_STEPS} names at most; this has {len(steps)}", location)
    if "\0" in name or any("\ud800" <= character <= "\udfff" for character in name):
        raise InvalidInputError("a path must not hold NUL or half of a surrogate pair", location)
    return steps


class _MetadataField:
    """A member of the metadata, at any depth."""

    is_indexed = True

    def __init__(self, steps: tuple[str, ...]) -> None:
        self._steps = steps

    def equals(self, choices: Sequence[Scalar], location: Location) -> ColumnElement[bool]:
        """By containment, which the GIN index on the metadata serves: of the value, or of a list with it.

        Lists come last: each row found is held against one condition after the other, and few hold lists.
        """
        del location  # every value may be asked for
        documents = [self._document(each) for each in (*choices, *([choice] for choice in choices))]
        return or_(*[Vector.__table__.c.metadata.contains(_json(each)) for each in documents])

    def compares(self, operator: str, bound: str | int | float, location: Location) -> ColumnElement[bool]:
        """With a number as jsonb, whose numbers are of any precision; with a text as text or as time."""
        del location
        order = _ORDERS[operator]
        if not isinstance(bound, str):
            return self._is_a("number", order(self._member(), _json(bound)))
        text = self._text()
        zoned = zoned_time(bound)
        if zoned is None:
            return self._is_a("string", order(text.collate("C"), literal(bound, Text)))
        near = _near(operator, text.collate("C"), zoned)
        return self._is_a("string", and_(near, order(_as_time(text), _instant(zoned))))

    def exists(self) -> ColumnElement[bool]:
        """Whether there is a member of the last name; null is one."""
        return self._member().is_not(None)

    def _is_a(self, kind: str, comparison: ColumnElement[bool]) -> ColumnElement[bool]:
        """The comparison, which never fails, comes first: it drops most rows for half the cost."""
        return func.coalesce(and_(comparison, func.jsonb_typeof(self._member()) == kind), False)

    def _document(self, value: object) -> dict[str, object]:
        """The smallest metadata that have the value at this path."""
        document = {self._steps[-1]: value}
        for step in reversed(self._steps[:-1]):
            document = {step: document}
        return document

    def _parent(self) -> ColumnElement[Any]:
        member: ColumnElement[Any] = Vector.__table__.c.metadata
        for step in self._steps[:-1]:
            member = member.op("->", return_type=JSONB())(literal(step, Text))
        return member

    def _member(self) -> ColumnElement[Any]:
        """The value as jsonb; ``->`` with a text steps into objects only, as containment does."""
        return self._parent().op("->", return_type=JSONB(none_as_null=True))(literal(self._steps[-1], Text))

    def _text(self) -> ColumnElement[str]:
        return self._parent().op("->>", return_type=Text())(literal(self._steps[-1], Text))


class _IdField:
    """The vector's id: texts only, always there, in the order of code points."""

    is_indexed = True

    def equals(self, choices: Sequence[Scalar], location: Location) -> ColumnElement[bool]:
        """Whether it is one of the ids."""
        return Vector.__table__.c.id.in_([_text_of(each, location) for each in choices])

    def compares(self, operator: str, bound: str | int | float, location: Location) -> ColumnElement[bool]:
        """By code points."""
        return _ORDERS[operator](Vector.__table__.c.id, _text_of(bound, location))

    def exists(self) -> ColumnElement[bool]:
        """Always."""
        return Vector.__table__.c.id.is_not(None)


class _TimeField:
    """When a row was made or changed: compared with dates and times only."""

    is_indexed = False

    def __init__(self, column: ColumnElement[datetime]) -> None:
        self._column = column

    def equals(self, choices: Sequence[Scalar], location: Location) -> ColumnElement[bool]:
        """Whether it is one of the points in time."""
        return self._column.in_([_time_of(each, location) for each in choices])

    def compares(self, operator: str, bound: str | int | float, location: Location) -> ColumnElement[bool]:
        """Earlier or later."""
        return _ORDERS[operator](self._column, _time_of(bound, location))

    def exists(self) -> ColumnElement[bool]:
        """Always."""
        return self._column.is_not(None)


def _json(value: object) -> ColumnElement[Any]:
    """A value as jsonb, sent as text."""
    return cast(literal(msgspec.json.encode(value).decode(), Text), JSONB)


def zoned_time(text: str) -> str | None:
    """A date or time with its offset, as PostgreSQL reads it; ``None`` if the text is neither.

    Dates are ISO 8601's, times RFC 3339's with capital ``T`` and ``Z``. A date is its midnight; what names
    no offset is UTC.
    """
    is_zoned = re.fullmatch(_ZONED, text)
    if not is_zoned and not re.fullmatch(_LOCAL, text):
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None  # such as the 30th of February
    if is_zoned:
        return text
    return f"{text}Z" if "T" in text else f"{text}T00:00Z"


def _instant(zoned: str) -> ColumnElement[datetime]:
    """PostgreSQL reads the text, so that it rounds fractions as it does those of stored texts."""
    return cast(literal(zoned, Text), DateTime(timezone=True))


def _near(operator: str, text: ColumnElement[str], zoned: str) -> ColumnElement[bool]:
    """A cheap comparison as texts that drops most of what is on the wrong side of a point in time.

    A text begins with its local date, which is a day before or after the date in UTC at most.
    """
    day = datetime.fromisoformat(zoned).date()
    try:
        first, last = day - timedelta(days=2), day + timedelta(days=3)
    except OverflowError:
        return true()
    if operator in ("$gt", "$gte"):
        return text >= literal(first.isoformat(), Text)
    return text < literal(last.isoformat(), Text)


def _as_time(text: ColumnElement[str]) -> ColumnElement[datetime]:
    """A stored text as ``zoned_time`` reads one; NULL where the text is neither a date nor a time."""
    zoned, local = DateTime(timezone=True), TIMESTAMP(timezone=False)
    return case(
        (
            and_(text.op("~")(f"^{_LOCAL}$"), func.pg_input_is_valid(text, "timestamp")),
            func.timezone("UTC", cast(text, local), type_=zoned),
        ),
        (
            and_(text.op("~")(f"^{_ZONED}$"), func.pg_input_is_valid(text, "timestamptz")),
            cast(text, zoned),
        ),
    )


def _text_of(value: Scalar, location: Location) -> str:
    if not isinstance(value, str):
        raise InvalidInputError("an id is compared with a text", location)
    return value


def _time_of(value: Scalar, location: Location) -> ColumnElement[datetime]:
    zoned = zoned_time(value) if isinstance(value, str) else None
    if zoned is None:
        raise InvalidInputError(
            'is compared with a date or a time, as "2025-12-13" or "2025-12-13T10:30:00Z"', location
        )
    return _instant(zoned)
