"""Reads JSON into dataclasses. Members that a class does not know are left out: servers may be newer."""

import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from qloom.errors import UnexpectedAnswerError

T = TypeVar("T")

Reader = Callable[[Any], Any]


def parse(content: bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        UnexpectedAnswerError: the text is not JSON.
    """
    try:
        return json.loads(content)
    except ValueError as error:
        raise UnexpectedAnswerError(f"the answer is not JSON: {content[:200]!r}") from error


def read(kind: type[T], value: Any) -> T:
    """Return a JSON value as a dataclass, a list, or another type that the dataclasses use.

    Raises:
        UnexpectedAnswerError: the value does not have this form.
    """
    try:
        return cast(T, _reader(cast(Any, kind))(value))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnexpectedAnswerError(
            f"the answer is not a {getattr(kind, '__name__', kind)}: {error!r}"
        ) from error


@cache
def _reader(kind: Any) -> Reader:
    """Return the function that reads values of one type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        kinds = [each for each in arguments if each is not NoneType]
        return _optional(_reader(kinds[0])) if len(kinds) == 1 else lambda value: value
    if origin is list:
        item = _reader(arguments[0])
        return lambda value: [item(each) for each in value]
    if origin is dict:
        member = _reader(arguments[1])
        return lambda value: {name: member(each) for name, each in value.items()}
    if is_dataclass(kind):
        return _dataclass_reader(cast(type, kind))
    if kind is datetime:
        return datetime.fromisoformat
    if kind is float:
        return float
    if isinstance(kind, type) and issubclass(kind, dict):
        return kind  # a dict with methods of its own, such as Counts
    return lambda value: value


def _optional(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def _dataclass_reader(kind: type) -> Reader:
    """Return a reader of one dataclass. Members with a default may be missing."""
    hints = get_type_hints(kind)
    known = [
        (
            field.name,
            _reader(hints[field.name]),
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(kind)
    ]

    def read_members(document: Any) -> Any:
        members = {
            name: reader(document[name]) for name, reader, needed in known if needed or name in document
        }
        return kind(**members)

    return read_members
