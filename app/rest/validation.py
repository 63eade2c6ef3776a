"""Marshmallow schemas, fields and validators whose messages say what would be right.

Each problem has a stable type (``type_error.enum``), as in the contract's validation errors.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import marshmallow
from marshmallow import ValidationError, fields, validate

from app.errors import InvalidInputError
from app.timestamps import iso8601

DEFAULT_TYPE = "value_error"

MAX_PROBLEMS = 20
"""A response describes so many problems, and counts the others."""

NO_OBJECT = "must be an object"

TYPES_OF_MARSHMALLOW_MESSAGES = {
    "Missing data for required field.": "value_error.missing",
    "Field may not be null.": "type_error.none",
    "Not a valid integer.": "type_error.integer",
    "Not a valid number.": "type_error.float",
    "Not a valid string.": "type_error.string",
    "Not a valid list.": "type_error.list",
    "Not a valid mapping type.": "type_error.dict",
    NO_OBJECT: "type_error.dict",
}

INTEGER_TEXT = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
RFC3339_WITHOUT_OFFSET = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One entry of the contract's list of validation errors."""

    loc: tuple[str | int, ...]
    msg: str
    type: str


class ValidationFailedError(InvalidInputError):
    """A request does not fit its schema; ``problems`` are described, ``more`` are only counted."""

    code = "validation_error"
    title = "Validation error"

    def __init__(self, problems: Iterable[Problem], more: int = 0) -> None:
        found = tuple(problems)
        self.problems = found[:MAX_PROBLEMS]
        self.more = more + len(found) - len(self.problems)
        first = self.problems[0]
        super().__init__(f"{'.'.join(map(str, first.loc))}: {first.msg}", first.loc)


class TypedMessage(str):
    """A validation message with its stable type."""

    type: str

    def __new__(cls, message: str, type_name: str) -> "TypedMessage":
        """Make a message of this type."""
        made = super().__new__(cls, message)
        made.type = type_name
        return made


def problems_of(messages: object, location: tuple[str | int, ...]) -> Iterator[Problem]:
    """Flatten marshmallow's nested messages into the contract's list."""
    if isinstance(messages, Mapping):
        for name, nested in messages.items():
            # marshmallow's name for errors of the whole object
            place = location if name == "_schema" else (*location, name)
            yield from problems_of(nested, place)
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield from problems_of(message, location)
    else:
        message = str(messages)
        known = TYPES_OF_MARSHMALLOW_MESSAGES.get(message, DEFAULT_TYPE)
        yield Problem(location, message, getattr(messages, "type", known))


class Schema(marshmallow.Schema):
    """A schema that refuses fields it does not know, and names those it does.

    ``elsewhere`` says of query parameters that callers may expect here where they belong.
    """

    elsewhere: ClassVar[Mapping[str, str]] = {}
    error_messages = {"type": NO_OBJECT}  # noqa: RUF012 a constant of the class, as marshmallow declares it

    class Meta:
        """Options of marshmallow."""

        unknown = marshmallow.RAISE

    def load(self, data: Any, **options: Any) -> Any:
        """Load an object; refuse one with far too many fields at once, as a message for each takes long."""
        if self.many and not isinstance(data, list):
            raise ValidationError([TypedMessage("must be a list of objects", "type_error.list")])
        if isinstance(data, dict) and len(data) > len(self.load_fields) + MAX_PROBLEMS:
            text = f"has {len(data)} fields; allowed: {self._allowed()}"
            raise ValidationError([TypedMessage(text, "value_error.extra")])
        return super().load(data, **options)

    def handle_error(self, error: ValidationError, data: Any, **_options: Any) -> None:
        """Name the allowed fields where marshmallow only says that a field is unknown."""
        if not isinstance(error.messages, dict):
            return
        for name, messages in error.messages.items():
            if messages == ["Unknown field."]:
                text = f"unknown field; allowed: {self._allowed()}"
                error.messages[name] = [TypedMessage(text, "value_error.extra")]

    def _allowed(self) -> str:
        return ", ".join(sorted(field.data_key or name for name, field in self.load_fields.items()))


def pointing_elsewhere(
    schema: type[marshmallow.Schema], elsewhere: Mapping[str, str]
) -> type[marshmallow.Schema]:
    """Return the schema with ``Schema.elsewhere``."""
    return type(schema.__name__, (schema,), {"elsewhere": elsewhere})


class List(fields.List[Any]):
    """A list whose length is checked before its items.

    marshmallow checks the length last: many small wrong items would take seconds and megabytes of messages.
    """

    def __init__(self, item: fields.Field[Any], *, most: int, least: int = 0, **options: Any) -> None:
        # the validator gives minItems and maxItems to OpenAPI
        super().__init__(item, validate=validate.Length(min=least or None, max=most), **options)
        self._least, self._most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if isinstance(value, list) and not self._least <= len(value) <= self._most:
            message = f"must have {self._least} to {self._most} items; it has {len(value)}"
            kind = "max_items" if len(value) > self._most else "min_items"
            raise ValidationError(TypedMessage(message, f"value_error.list.{kind}"))
        return super()._deserialize(value, attr, data, **options)


class OneOf(validate.OneOf):
    """One of some names, with the contract's message."""

    def __call__(self, value: Any) -> Any:
        """Refuse what is not one of the choices."""
        if value not in self.choices:
            permitted = ", ".join(f"'{choice}'" for choice in self.choices)
            message = f"value is not a valid enumeration member; permitted: {permitted}"
            raise ValidationError(TypedMessage(message, "type_error.enum"))
        return value


class Range(validate.Range):
    """An inclusive range; messages name the bounds."""

    def __call__(self, value: Any) -> Any:
        """Refuse what is outside the range."""
        if self.min is not None and value < self.min:
            message = f"ensure this value is greater than or equal to {self.min}"
            raise ValidationError(TypedMessage(message, "value_error.number.not_ge"))
        if self.max is not None and value > self.max:
            message = f"ensure this value is less than or equal to {self.max}"
            raise ValidationError(TypedMessage(message, "value_error.number.not_le"))
        return value


class QueryInteger(fields.Integer):
    """An integer in a query string: plain ASCII digits, unlike Python's ``int("1_0")``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        if not (isinstance(value, str) and INTEGER_TEXT.fullmatch(value)):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **options)


class JsonNumber(fields.Float):
    """A number in a body: JSON's own, unlike Python's ``float("1")`` and ``float(True)``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **options)


class JsonBoolean(fields.Boolean):
    """A boolean in a body: JSON's own. marshmallow's also takes 1, which Python finds equal to True."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(TypedMessage("must be true or false", "type_error.bool"))
        return value


class QueryBoolean(fields.Boolean):
    """A boolean in a query string: ``true`` or ``false``, also as Python writes them."""

    VALUES = {"true": True, "True": True, "false": False, "False": False}  # noqa: RUF012 a constant of the class

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        if value not in self.VALUES:
            raise ValidationError(TypedMessage("must be true or false", "type_error.bool"))
        return self.VALUES[value]


class Timestamp(fields.AwareDateTime):
    """An RFC 3339 date and time, read with its required offset from UTC, and written as in all of ``/v2``."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **_options: Any) -> str | None:
        return None if value is None else iso8601(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        text = str(value)
        if not RFC3339.fullmatch(text):
            lacks_offset = RFC3339_WITHOUT_OFFSET.fullmatch(text)
            raise self._refusal("needs its offset from UTC" if lacks_offset else "is not RFC 3339")
        try:
            return datetime.fromisoformat(text.upper())
        except ValueError as error:
            raise self._refusal("is not a moment of the calendar") from error

    @staticmethod
    def _refusal(what: str) -> ValidationError:
        example = "2026-02-01T14:30:00Z or 2026-02-01T14:30:00+02:00 (in a URL, + is written %2B)"
        message = TypedMessage(f"the time {what}; write it as {example}", "value_error.datetime")
        return ValidationError(message)
