"""The fields that a filter may name, and what each comparison with one is in SQL."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any, Protocol, TypeAlias

import msgspec
from sqlalchemy import (
    ColumnElement,
    Double,
    Text,
    and_,
    any_,
    cast,
    func,
    literal,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.errors import InvalidInputError
from app.models import Vector
from app.vectors.filter_paths import steps_of
from app.vectors.filter_times import as_time, instant, near_text, zoned_time

Scalar: TypeAlias = str | int | float | bool | None
Location: TypeAlias = tuple[str | int, ...]

KEY_CHARACTERS = 64
"""Of a text in an index for ranges, whose entries are bounded; ``metadata_text`` cuts stored texts so."""

Order: TypeAlias = Callable[[Any, Any], ColumnElement[bool]]

_ORDERS: dict[str, Order] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}
_KEY_ORDERS: dict[str, Order] = {"$gt": ge, "$gte": ge, "$lt": le, "$lte": le}
"""What holds between keys wherever the comparison holds between what they were cut from."""


class Field(Protocol):
    """Something that a filter compares; each condition is true or false, never NULL."""

    is_indexed: bool
    """Whether an index serves ``equals``."""
    is_ordered: bool
    """Whether one serves ``compares``."""

    def equals(self, choices: Sequence[Scalar], location: Location) -> ColumnElement[bool]:
        """Whether the field equals one of at least one value."""

    def compares(self, operator: str, bound: str | int | float, location: Location) -> ColumnElement[bool]:
        """Whether the field is on the asked side of a bound."""

    def exists(self) -> ColumnElement[bool]:
        """Whether the field is there."""


def field_of(name: str, location: Location, ordered: Collection[str] = ()) -> Field:
    """The field of a name such as ``metadata.a.b`` or ``metadata["a.b"]``.

    Args:
        ordered: the members of the metadata, such as ``a.b``, that have an index for ranges.

    Raises:
        InvalidInputError: there is no such field.
    """
    if name.startswith(("metadata.", "metadata[")):
        steps = steps_of(name.removeprefix("metadata"), location)
        return _MetadataField(steps, is_ordered=any(steps == steps_of(each) for each in ordered))
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


def order_keys(path: str) -> tuple[ColumnElement[float], ColumnElement[str]]:
    """What indexes for ranges of a member of the metadata hold: its numbers, and its texts.

    Raises:
        InvalidInputError: this is no path.
    """
    field = _MetadataField(steps_of(path), is_ordered=True)
    return field.number_key, field.text_key


class _MetadataField:
    """A member of the metadata, at any depth."""

    is_indexed = True

    def __init__(self, steps: tuple[str, ...], *, is_ordered: bool) -> None:
        self._steps = steps
        self.is_ordered = is_ordered

    def equals(self, choices: Sequence[Scalar], location: Location) -> ColumnElement[bool]:
        """By containment, which the GIN index on the metadata serves: of the value, or of a list with it.

        Lists come last: each row found is held against one condition after the other, and few hold lists.
        """
        del location  # every value may be asked for
        documents = [self._document(each) for each in (*choices, *([choice] for choice in choices))]
        if len(choices) == 1:
            return or_(*[Vector.__table__.c.metadata.contains(_json(each)) for each in documents])
        # one parameter for all of them: SQLAlchemy takes a third of a millisecond for each of its own
        texts = [msgspec.json.encode(each).decode() for each in documents]
        return Vector.__table__.c.metadata.contains(any_(cast(literal(texts, ARRAY(Text)), ARRAY(JSONB))))

    def compares(self, operator: str, bound: str | int | float, location: Location) -> ColumnElement[bool]:
        """With a number as jsonb, whose numbers are of any precision; with a text as text or as time."""
        del location
        order, key_order = _ORDERS[operator], _KEY_ORDERS[operator]
        if not isinstance(bound, str):
            value = _json(bound)
            in_range = key_order(self.number_key, func.metadata_number(value))
            return self._is_a("number", order(self._member(), value), in_range)
        text, zoned = self._text(), zoned_time(bound)
        near = bound if zoned is None else near_text(operator, zoned)
        in_range = key_order(self.text_key, literal(near[:KEY_CHARACTERS], Text))
        if zoned is None:
            return self._is_a("string", order(text.collate("C"), literal(bound, Text)), in_range)
        is_near = key_order(text.collate("C"), literal(near, Text))
        return self._is_a("string", and_(is_near, order(as_time(text), instant(zoned))), in_range)

    def exists(self) -> ColumnElement[bool]:
        """Whether there is a member of the last name; null is one."""
        return self._member().is_not(None)

    @property
    def number_key(self) -> ColumnElement[float]:
        """A number as a double, NULL for what is none: in the order of the numbers, but for rounding."""
        return func.metadata_number(self._member(), type_=Double())

    @property
    def text_key(self) -> ColumnElement[str]:
        """The beginning of a text, NULL for what is none."""
        return func.metadata_text(self._member(), type_=Text()).collate("C")

    def _is_a(
        self, kind: str, comparison: ColumnElement[bool], in_range: ColumnElement[bool]
    ) -> ColumnElement[bool]:
        """The comparison, which never fails, comes first: it drops most rows for half the cost.

        Where there is an index for ranges, ``in_range``, which follows from it, names the rows to look at.
        """
        exact = func.coalesce(and_(comparison, func.jsonb_typeof(self._member()) == kind), False)
        return and_(in_range, exact) if self.is_ordered else exact

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
    is_ordered = True

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
    is_ordered = False

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
    return instant(zoned)
