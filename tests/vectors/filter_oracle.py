"""What a filter means, in plain Python, to be compared with the SQL."""

import re
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any

MISSING = object()
PATHS = {
    "metadata.a": ["a"],
    "metadata.it's": ["it's"],
    "metadata.a.it's": ["a", "it's"],
    'metadata["a.it\'s"]': ["a.it's"],
    "metadata['a.it\\'s']": ["a.it's"],
    'metadata.a["a.it\'s"]': ["a", "a.it's"],
    'metadata["a"].it\'s': ["a", "it's"],
    r"""metadata["\"]['\\"]""": ["\"]['\\"],
    "metadata['']": [""],
    "metadata.a[0]": ["a[0]"],
}
"""Names of fields, and the names of the members that lead to them."""
ORDERS = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}


def matches(document: dict[str, Any], metadata: dict[str, Any]) -> bool:
    """Return whether metadata pass a filter of ``metadata.…`` fields."""
    return all(_entry(name, value, metadata) for name, value in document.items())


def _entry(name: str, value: Any, metadata: dict[str, Any]) -> bool:
    if name == "$and":
        return all(matches(each, metadata) for each in value)
    if name == "$or":
        return any(matches(each, metadata) for each in value)
    if name == "$not":
        return not matches(value, metadata)
    return _condition(value, _member(metadata, PATHS[name]))


def _member(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            return MISSING
        value = value[step]
    return value


def _condition(condition: Any, found: Any) -> bool:
    if not isinstance(condition, dict):
        return _equal(found, condition)
    return all(_operator(name, operand, found) for name, operand in condition.items())


def _operator(name: str, operand: Any, found: Any) -> bool:
    if name == "$not":
        return not _condition(operand, found)
    if name == "$exists":
        return (found is not MISSING) == operand
    if name in ("$eq", "$ne"):
        return _equal(found, operand) == (name == "$eq")
    if name in ("$in", "$nin"):
        return any(_equal(found, each) for each in operand) == (name == "$in")
    return _ordered(ORDERS[name], found, operand)


def _equal(found: Any, value: Any) -> bool:
    if isinstance(found, list):
        return any(_same(each, value) for each in found)
    return _same(found, value)


def _same(found: Any, value: Any) -> bool:
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    if found is None or value is None:
        return found is value
    if isinstance(found, str) or isinstance(value, str):
        return isinstance(found, str) and isinstance(value, str) and found == value
    return isinstance(found, int | float) and found == value


def _ordered(order: Any, found: Any, bound: Any) -> bool:
    if isinstance(bound, str):
        if not isinstance(found, str):
            return False
        if (instant := _instant(bound)) is None:
            return bool(order(found, bound))
        other = _instant(found)
        return other is not None and bool(order(other, instant))
    return isinstance(found, int | float) and not isinstance(found, bool) and bool(order(found, bound))


def _instant(text: str) -> datetime | None:
    time = r"[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?"
    if not re.fullmatch(rf"\d{{4}}-\d\d-\d\d({time})?", text, re.ASCII):
        return None
    try:
        instant = datetime.fromisoformat(text.replace("z", "Z"))
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
