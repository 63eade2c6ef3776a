"""Filters of vectors from Python expressions: ``(F("year") >= 2020) & F("source").isin(["arxiv"])``."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

Value: TypeAlias = str | int | float | bool | date | datetime | None


class Filter:
    """A condition. ``&``, ``|`` and ``~`` combine conditions; ``and``, ``or`` and ``not`` cannot."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = dict(document)

    def to_dict(self) -> dict[str, Any]:
        """Return the filter as the API takes it."""
        return dict(self._document)

    def __and__(self, other: "FilterLike") -> "Filter":
        return _joined("$and", self, other)

    def __or__(self, other: "FilterLike") -> "Filter":
        return _joined("$or", self, other)

    def __invert__(self) -> "Filter":
        return Filter({"$not": self.to_dict()})

    def __bool__(self) -> bool:
        raise TypeError("a filter has no truth value: combine filters with &, | and ~, each in parentheses")

    def __repr__(self) -> str:
        return f"Filter({self._document!r})"


class F:
    """A member of the metadata; a comparison with it makes a filter.

    Args:
        name: the name after ``metadata.`` in a filter: ``"year"``, ``"author.name"`` for the member
            ``name`` of the member ``author``, ``'["a.b"]'`` for a member whose name has a dot.

    ``F.id``, ``F.created_at`` and ``F.updated_at`` are the vector's own.
    """

    id: "F"
    created_at: "F"
    updated_at: "F"

    __hash__ = None  # type: ignore[assignment]  # == makes a filter

    def __init__(self, name: str) -> None:
        self._name = f"metadata{name}" if name.startswith("[") else f"metadata.{name}"

    @classmethod
    def _own(cls, name: str) -> "F":
        field = cls("")
        field._name = name
        return field

    def _compare(self, operator: str, value: Any) -> Filter:
        return Filter({self._name: {operator: _plain(value)}})

    def __eq__(self, value: Value) -> Filter:  # type: ignore[override]
        return self._compare("$eq", value)

    def __ne__(self, value: Value) -> Filter:  # type: ignore[override]
        return self._compare("$ne", value)

    def __gt__(self, value: Value) -> Filter:
        return self._compare("$gt", value)

    def __ge__(self, value: Value) -> Filter:
        return self._compare("$gte", value)

    def __lt__(self, value: Value) -> Filter:
        return self._compare("$lt", value)

    def __le__(self, value: Value) -> Filter:
        return self._compare("$lte", value)

    def isin(self, values: Iterable[Value]) -> Filter:
        """Return the filter of vectors whose member is one of ``values``."""
        return self._compare("$in", [_plain(each) for each in _listed(values)])

    def notin(self, values: Iterable[Value]) -> Filter:
        """Return the filter of vectors whose member is none of ``values``."""
        return self._compare("$nin", [_plain(each) for each in _listed(values)])

    def exists(self, present: bool = True) -> Filter:
        """Return the filter of vectors that have the member, or that do not."""
        return self._compare("$exists", present)

    def __rand__(self, other: object) -> Filter:
        raise TypeError("each comparison stands in parentheses: (F('a') > 1) & (F('b') > 2)")

    __ror__ = __and__ = __or__ = __rand__

    def __repr__(self) -> str:
        return f"F({self._name!r})"


F.id, F.created_at, F.updated_at = F._own("id"), F._own("created_at"), F._own("updated_at")

FilterLike: TypeAlias = Filter | Mapping[str, Any]


def filter_document(given: FilterLike | None) -> dict[str, Any] | None:
    """Return a filter, or a dict, as the API takes it.

    Raises:
        TypeError: it is neither.
    """
    if given is None:
        return None
    if not isinstance(given, Filter | Mapping):
        raise TypeError(
            f'a filter is a condition, such as F("year") >= 2020, or a dict; {given!r} is neither'
        )
    return given.to_dict() if isinstance(given, Filter) else dict(given)


def _joined(operator: str, *filters: FilterLike) -> Filter:
    """Return filters as the parts of one: those of a chain such as ``a & b & c`` stand beside each other."""
    parts: list[Any] = []
    for each in filters:
        document = filter_document(each)
        if document is None:
            raise TypeError("a filter is combined with another filter, not with None")
        parts += document[operator] if set(document) == {operator} else [document]
    return Filter({operator: parts})


def _listed(values: Iterable[Value]) -> Iterable[Value]:
    if isinstance(values, str):
        raise TypeError(f"a list of values is compared with: [{values!r}]")
    return values


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
