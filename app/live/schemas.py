"""What comes in at the streams: the options in a replay's URL, and messages."""

import re
from collections.abc import Mapping
from typing import Any, get_args

from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields, validates_schema
from werkzeug.datastructures import MultiDict

from app.circuits.catalog import GATE_COUNT
from app.circuits.spec import NoiseLevel, NoiseType
from app.errors import UnsupportedMediaTypeError
from app.executions.schemas import ProgramBody
from app.executions.specs import MAX_NOISY_GATES, PARAMETERS
from app.live.connection import Message
from app.rest.decoding import decode_body
from app.rest.validation import (
    JsonNumber,
    OneOf,
    Problem,
    QueryInteger,
    Range,
    Schema,
    TypedMessage,
    ValidationFailedError,
    problems_of,
)

DEFAULT_SPEED = 10.0
"""Events a second: slow enough to be watched."""

MIN_SPEED = 0.1
MAX_SPEED = 10_000.0

ACTIONS = ("pause", "resume", "step", "seek", "speed", "ping")
OPERANDS = {"seek": "position", "speed": "speed"}
"""What an action needs beside its name."""

NUMBER_TEXT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)

SPEED = Range(min=MIN_SPEED, max=MAX_SPEED)


TICKET = {"description": "Of POST /v2/tickets, in place of the Authorization header; good once."}


class QueryNumber(fields.Float):
    """A number in a query string: plain ASCII digits, with a decimal point or without."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> float:
        if not (isinstance(value, str) and NUMBER_TEXT.fullmatch(value)):
            raise self.make_error("invalid", input=value)
        return float(super()._deserialize(value, attr, data, **options))


class ReplayQuery(Schema):
    """How fast to replay, and from where."""

    speed = QueryNumber(
        load_default=DEFAULT_SPEED, validate=SPEED, metadata={"description": "Events a second."}
    )
    start = QueryInteger(
        data_key="from",
        load_default=0,
        validate=Range(min=0),
        metadata={"description": "The first position to send: after a break, the last one seen plus 1."},
    )
    ticket = fields.String(metadata=TICKET)


class ExecuteQuery(Schema):
    """Who opens the stream; what is executed, its first message says."""

    ticket = fields.String(metadata=TICKET)


class ControlMessage(Schema):
    """What a client of a replay may say; ``seek`` needs a position, ``speed`` a speed."""

    action = fields.String(required=True, validate=OneOf(ACTIONS))
    position = fields.Integer(strict=True, validate=Range(min=0))
    speed = JsonNumber(validate=SPEED, metadata={"description": "Events a second."})

    @validates_schema
    def check_operand(self, data: dict[str, Any], **_options: Any) -> None:
        """Refuse an action without what it needs, or with what it would ignore."""
        needed = OPERANDS.get(data.get("action", ""))
        if needed is not None and needed not in data:
            raise ValidationError(
                TypedMessage(f"{data['action']} needs {needed}", "value_error.missing"), needed
            )
        for name in OPERANDS.values():
            if name in data and name != needed:
                message = TypedMessage(f"{data.get('action')} has no {name}", "value_error.extra")
                raise ValidationError(message, name)


class NamedCircuit(ProgramBody):
    """The fields of ``POST /api/execute``, with a circuit's name in place of a program."""

    class Meta(Schema.Meta):
        """What only a program has."""

        exclude = ("program", "name", "measure")

    circuit_name = fields.String(required=True)
    noise_type = fields.String(validate=OneOf(get_args(NoiseType)))
    noise_level = fields.String(validate=OneOf(get_args(NoiseLevel)))

    @validates_schema
    def check_noise(self, data: dict[str, Any], **_options: Any) -> None:
        """Refuse noise given in both ways, and more gates than the noisy route runs."""
        by_name = [name for name in ("noise_type", "noise_level") if name in data]
        if by_name and data.get("noise") is not None:
            message = TypedMessage("give noise, or noise_type and noise_level", "value_error.repeated")
            raise ValidationError(message, by_name[0])
        if (by_name or data.get("noise") is not None) and GATE_COUNT in data:
            try:
                Range(min=1, max=MAX_NOISY_GATES)(data[GATE_COUNT])
            except ValidationError as error:
                raise ValidationError(error.messages, GATE_COUNT) from error


# The names of the catalog: a circuit that is added there brings its parameters here.
LibraryMessage = NamedCircuit.from_dict(
    {name: fields.Integer(strict=True, validate=Range(min=0)) for name in PARAMETERS}, name="LibraryMessage"
)
"""What ``/ws/execute`` runs of the library."""


def load_query(given: MultiDict[str, str]) -> dict[str, Any]:
    """The options of a replay.

    Raises:
        ValidationFailedError: one is unknown, given twice or wrong.
    """
    repeated = [name for name, values in given.lists() if len(values) > 1]
    if repeated:
        raise ValidationFailedError(
            Problem(("query", name), "given more than once", "value_error.repeated") for name in repeated
        )
    return _load(ReplayQuery(), given.to_dict(), "query")


def load_message(schema: MarshmallowSchema, message: Message) -> dict[str, Any]:
    """The content of a client's message.

    Raises:
        UnsupportedMediaTypeError: it is binary.
        InvalidInputError: it is not JSON, or does not fit the schema.
    """
    return _load(schema, decode_message(message), "body")


def decode_message(message: Message) -> Any:
    """The JSON of a client's message; raises as ``load_message``."""
    if not message.is_text:
        raise UnsupportedMediaTypeError("Messages are JSON in text frames; this one was binary.")
    return decode_body(message.data)


def load_execution(content: Any) -> tuple[dict[str, Any], bool]:
    """The content of a message to ``/ws/execute``, and whether it names a circuit of the library.

    Raises:
        ValidationFailedError: it fits neither form.
    """
    is_named = isinstance(content, Mapping) and "circuit_name" in content
    return _load(LibraryMessage() if is_named else ProgramBody(), content, "body"), is_named


def _load(schema: MarshmallowSchema, content: Any, place: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(content)
    except ValidationError as error:
        raise ValidationFailedError(problems_of(error.messages, (place,))) from error
    return loaded
