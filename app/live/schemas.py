"""The input of streams: the options in a replay's URL, and the messages of clients."""

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
"""Events per second; slow enough for people to watch."""

MIN_SPEED = 0.1
MAX_SPEED = 10_000.0

ACTIONS = ("pause", "resume", "step", "seek", "speed", "ping")
OPERANDS = {"seek": "position", "speed": "speed"}
"""What an action needs in addition to its name."""

NUMBER_TEXT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)

SPEED = Range(min=MIN_SPEED, max=MAX_SPEED)

TICKET = {"description": "Of POST /v2/tickets, in place of the Authorization header; good once."}


class QueryNumber(fields.Float):
    """A number in a query string: ASCII digits, with or without a decimal point."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> float:
        if not (isinstance(value, str) and NUMBER_TEXT.fullmatch(value)):
            raise self.make_error("invalid", input=value)
        return float(super()._deserialize(value, attr, data, **options))


class ReplayQuery(Schema):
    speed = QueryNumber(
        load_default=DEFAULT_SPEED, validate=SPEED, metadata={"description": "Events a second."}
    )
    start = QueryInteger(
        data_key="from",
        load_default=0,
        validate=Range(min=0),
        metadata={"description": "The first position to send: after a break, the last one seen plus 1."},
    )
    state = fields.String(
        validate=OneOf(["bloch"]),
        metadata={"description": "`bloch`: each event has the states of the qubits that it changed."},
    )
    ticket = fields.String(metadata=TICKET)


class ExecuteQuery(Schema):
    ticket = fields.String(metadata=TICKET)


class ControlMessage(Schema):
    """A message of a replay's client; ``seek`` needs a position, ``speed`` a speed."""

    action = fields.String(required=True, validate=OneOf(ACTIONS))
    position = fields.Integer(strict=True, validate=Range(min=0))
    speed = JsonNumber(validate=SPEED, metadata={"description": "Events a second."})

    @validates_schema
    def check_operand(self, data: dict[str, Any], **_options: Any) -> None:
        """Refuse an action without its operand, or with one that it would ignore."""
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
        exclude = ("program", "name", "measure")

    circuit_name = fields.String(required=True)
    noise_type = fields.String(validate=OneOf(get_args(NoiseType)))
    noise_level = fields.String(validate=OneOf(get_args(NoiseLevel)))

    @validates_schema
    def check_noise(self, data: dict[str, Any], **_options: Any) -> None:
        """Refuse noise that is given in both ways, and more gates than a noisy run may have."""
        by_name = [name for name in ("noise_type", "noise_level") if name in data]
        if by_name and data.get("noise") is not None:
            message = TypedMessage("give noise, or noise_type and noise_level", "value_error.repeated")
            raise ValidationError(message, by_name[0])
        if (by_name or data.get("noise") is not None) and GATE_COUNT in data:
            try:
                Range(min=1, max=MAX_NOISY_GATES)(data[GATE_COUNT])
            except ValidationError as error:
                raise ValidationError(error.messages, GATE_COUNT) from error


# The parameters are those of the catalog: a circuit that is added there needs no change here.
LibraryMessage = NamedCircuit.from_dict(
    {name: fields.Integer(strict=True, validate=Range(min=0)) for name in PARAMETERS}, name="LibraryMessage"
)
"""The message that asks ``/ws/execute`` for a circuit of the library."""


def load_query(given: MultiDict[str, str]) -> dict[str, Any]:
    """Return the options of a replay.

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
    """Return the content of a client's message.

    Raises:
        UnsupportedMediaTypeError: it is binary.
        InvalidInputError: it is not JSON, or does not fit the schema.
    """
    return _load(schema, decode_message(message), "body")


def decode_message(message: Message) -> Any:
    """Return the JSON value of a client's message; raises as ``load_message``."""
    if not message.is_text:
        raise UnsupportedMediaTypeError("Messages are JSON in text frames; this one was binary.")
    return decode_body(message.data)


def load_execution(content: Any) -> dict[str, Any]:
    """Return the content of a message to ``/ws/execute``: a program, or a circuit's name (``circuit_name``).

    Raises:
        ValidationFailedError: it fits neither form.
    """
    is_named = isinstance(content, Mapping) and "circuit_name" in content
    return _load(LibraryMessage() if is_named else ProgramBody(), content, "body")


def _load(schema: MarshmallowSchema, content: Any, place: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(content)
    except ValidationError as error:
        raise ValidationFailedError(problems_of(error.messages, (place,))) from error
    return loaded
