"""Filters of metadata: from the document that a client sends to one SQL condition on ``vectors``.

A filter is an object of conditions that must all hold, in the manner of MongoDB's query language::

    {"metadata.source": "arxiv", "metadata.year": {"$gte": 2020}, "$not": {"metadata.draft": true}}

Fields are ``metadata.NAME[.NAME…]``, ``id``, ``created_at`` and ``updated_at``. A name with a dot in it
stands in brackets, as in JSONPath: ``metadata["a.b"]``. A path steps into objects only, not into lists.
Comparisons follow these rules:

1. A bare value, ``$eq`` and ``$in`` hold between the same JSON values: 5 equals 5.0 but not "5", and null
   equals a null that is there. A list equals a value if one of its elements does.
2. ``$ne`` and ``$nin`` are the negations of ``$eq`` and ``$in``, so they hold where the field is missing.
3. ``$gt $gte $lt $lte`` compare a number with numbers only, and a text with texts only, by code points.
4. An ISO 8601 date or an RFC 3339 time is compared as a point in time, and only with such texts. A date is
   its midnight, and UTC is meant without an offset. The offset may be written ``+01:00``, ``+0100`` or
   ``+01``, and a space may stand before the time.
5. ``$exists`` tells whether the field is there, be it null.

Every condition is true or false and never unknown, so that ``$not`` selects exactly the rest. Every value and
every name in a path is a bound parameter, and no cast can fail.
"""

import math
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from app.errors import InvalidInputError, Location
from app.vectors.filter_fields import Field, Scalar, field_of

MAX_DEPTH = 8
"""How deep ``$and``, ``$or`` and ``$not`` may be nested."""

MAX_CONDITIONS = 100
"""Comparisons and empty parts in one filter."""

MAX_CHOICES = 100
"""Values in one ``$in`` or ``$nin``; the index is searched for each."""

MAX_NUMBER = sys.float_info.max
"""Larger numbers are out of the range of a double."""

OPERATORS = "$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $not"


@dataclass(frozen=True)
class Filter:
    """A condition on the table ``vectors``, and whether an index finds the rows that it may hold for."""

    clause: ColumnElement[bool]
    uses_index: bool


def compile_filter(document: object, location: Location, ordered: Collection[str] = ()) -> Filter:
    """Return the condition that a filter document asks for; an empty document lets every vector pass.

    ``ordered`` names the members of the metadata that have an index for ranges (``field_indexes``).

    Raises:
        InvalidInputError: there is no such operator or field, or an operand has the wrong type, or the filter
            is too large.
    """
    return _Compiler(ordered).filter(document, location, depth=1)


class _Compiler:
    """Compiles one document, and counts its conditions."""

    def __init__(self, ordered: Collection[str]) -> None:
        self._ordered = ordered
        self._conditions = 0

    def filter(self, document: object, location: Location, depth: int) -> Filter:
        """Compile an object of conditions."""
        if not isinstance(document, dict):
            raise InvalidInputError(f"a filter is an object of conditions, not {_shown(document)}", location)
        if depth > MAX_DEPTH:
            raise InvalidInputError(f"filters may be nested {MAX_DEPTH} deep at most", location)
        if not document:
            self._count(location)  # an empty filter costs as much as one with a condition
        return _all([self._entry(name, value, (*location, name), depth) for name, value in document.items()])

    def _entry(self, name: str, value: object, location: Location, depth: int) -> Filter:
        if name in ("$and", "$or"):
            parts = [
                self.filter(each, (*location, index), depth + 1)
                for index, each in enumerate(_list_of(name, value, location))
            ]
            return _all(parts) if name == "$and" else _any(parts)
        if name == "$not":
            return _negated(self.filter(value, location, depth + 1))
        if name.startswith("$"):
            raise InvalidInputError(
                f"there is no operator {_shown(name)} here; there are $and, $or and $not", location
            )
        return self._condition(field_of(name, location, self._ordered), value, location, depth)

    def _condition(self, field: Field, value: object, location: Location, depth: int) -> Filter:
        """Compile what one field is compared with: a bare value, or an object of operators."""
        if not isinstance(value, dict):
            return self._comparison(field, "$eq", value, location)
        if not value:
            raise InvalidInputError(f"names no operator; there are {OPERATORS}", location)
        return _all([self._operator(field, name, each, location, depth) for name, each in value.items()])

    def _operator(self, field: Field, name: str, value: object, location: Location, depth: int) -> Filter:
        location = (*location, name)
        if name != "$not":
            return self._comparison(field, name, value, location)
        if depth >= MAX_DEPTH:
            raise InvalidInputError(f"filters may be nested {MAX_DEPTH} deep at most", location)
        if not isinstance(value, dict):
            raise InvalidInputError(
                f"$not takes an object of operators here, not {_shown(value)}; $ne takes a value", location
            )
        return _negated(self._condition(field, value, location, depth + 1))

    def _comparison(self, field: Field, operator: str, value: object, location: Location) -> Filter:
        self._count(location)
        compiler = _COMPARISONS.get(operator)
        if compiler is None:
            raise InvalidInputError(
                f"there is no operator {_shown(operator)}; there are {OPERATORS} "
                "(to look inside an object, name the path: metadata.a.b)",
                location,
            )
        return compiler(field, operator, value, location)

    def _count(self, location: Location) -> None:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise InvalidInputError(f"a filter has {MAX_CONDITIONS} conditions at most", location)


def _equal(field: Field, _operator: str, value: object, location: Location) -> Filter:
    return Filter(field.equals([_scalar(value, location)], location), uses_index=field.is_indexed)


def _is_in(field: Field, operator: str, value: object, location: Location) -> Filter:
    if not isinstance(value, list):
        raise InvalidInputError(f"{operator} takes a list of values, not {_shown(value)}", location)
    if len(value) > MAX_CHOICES:
        raise InvalidInputError(
            f"{operator} takes {MAX_CHOICES} values at most; this list has {len(value)}", location
        )
    choices = [_scalar(each, (*location, index)) for index, each in enumerate(value)]
    if not choices:
        return Filter(false(), uses_index=True)
    return Filter(field.equals(choices, location), uses_index=field.is_indexed)


def _not_equal(field: Field, operator: str, value: object, location: Location) -> Filter:
    return _negated(_equal(field, operator, value, location))


def _is_not_in(field: Field, operator: str, value: object, location: Location) -> Filter:
    return _negated(_is_in(field, operator, value, location))


def _ordered(field: Field, operator: str, value: object, location: Location) -> Filter:
    scalar = _scalar(value, location)
    if scalar is None or isinstance(scalar, bool):
        raise InvalidInputError(f"{operator} takes a number or a text, not {_shown(value)}", location)
    return Filter(field.compares(operator, scalar, location), uses_index=field.is_ordered)


def _exists(field: Field, _operator: str, value: object, location: Location) -> Filter:
    if not isinstance(value, bool):
        raise InvalidInputError(f"$exists takes true or false, not {_shown(value)}", location)
    exists = Filter(field.exists(), uses_index=False)
    return exists if value else _negated(exists)


_COMPARISONS: dict[str, Callable[[Field, str, object, Location], Filter]] = {
    "$eq": _equal,
    "$ne": _not_equal,
    "$in": _is_in,
    "$nin": _is_not_in,
    "$gt": _ordered,
    "$gte": _ordered,
    "$lt": _ordered,
    "$lte": _ordered,
    "$exists": _exists,
}


def _all(parts: Sequence[Filter]) -> Filter:
    return Filter(and_(true(), *[each.clause for each in parts]), any(each.uses_index for each in parts))


def _any(parts: Sequence[Filter]) -> Filter:
    return Filter(or_(false(), *[each.clause for each in parts]), all(each.uses_index for each in parts))


def _negated(part: Filter) -> Filter:
    return Filter(not_(part.clause), uses_index=False)


def _list_of(name: str, value: object, location: Location) -> list[object]:
    if not isinstance(value, list) or not value:
        raise InvalidInputError(f"{name} takes a list of at least one filter, not {_shown(value)}", location)
    return cast(list[object], value)


def _scalar(value: object, location: Location) -> Scalar:
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise InvalidInputError("a text must not hold NUL or half of a surrogate pair", location)
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInputError("a number must be finite", location)
    if isinstance(value, int | float) and abs(value) > MAX_NUMBER:
        raise InvalidInputError("a number must be within the range of a double", location)
    if value is None or isinstance(value, bool | int | float):
        return value
    hint = "; $in takes a list" if isinstance(value, list) else ""
    raise InvalidInputError(
        f"must be a text, a number, true, false or null, not {_shown(value)}{hint}", location
    )


def _shown(value: object) -> str:
    """Return a value as messages name it: short, and objects and lists by their kind."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
