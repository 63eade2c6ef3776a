"""The bodies and query parameters of the routes of executions; the responses are in ``responses``."""

import re
from typing import Any, get_args

from marshmallow import ValidationError, fields, post_load, validate

from app.circuits.catalog import GATE_COUNT
from app.circuits.devices import MAX_QUBITS
from app.circuits.event_graph import EVENT_TYPES
from app.circuits.spec import Method, NoiseLevel, NoiseType
from app.executions.specs import (
    DEFAULT_SHOTS,
    MAX_AER_SEED,
    MAX_NAME_CHARACTERS,
    MAX_NOISY_GATES,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    NOISY_NAME,
    PARAMETERS,
)
from app.models import JobStatus
from app.rest.pagination import MAX_NUMBERS_LIMIT
from app.rest.schemas import PageQuery
from app.rest.validation import (
    JsonNumber,
    List,
    OneOf,
    QueryBoolean,
    QueryInteger,
    Range,
    Schema,
    Timestamp,
    TypedMessage,
    pointing_elsewhere,
)

MIN_LIFETIME_US, MAX_LIFETIME_US = 0.001, 1e9
"""Lifetimes of qubits: from a nanosecond to a quarter of an hour, more than any hardware needs."""

MAX_GATE_TIME_US = 1e6
"""A second."""

MIN_DT_US = 1e-9
"""A femtosecond."""

SUBMITTED, TRANSPILED = "submitted", "transpiled"
"""The circuits of an execution; only one on a device has the second."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)

SHOTS = {
    "description": "How often the circuit is run and measured; at most max_shots.",
    "default": DEFAULT_SHOTS,
}
OF_PROGRAMS = (
    "circuits of the library take noise_type and noise_level only; for {} POST a program to the path before "
    "the circuit's name, with noise in the body. GET /api/executions/{{execution_id}}/program gives that "
    "of a library circuit that has run"
)
SEED = "The same seed gives the same counts. One is drawn if none is given; the answer carries it."
TAG = f"A tag to find the execution by; up to {MAX_TAGS} of them."


def check_tag(tag: str) -> None:
    """Refuse a tag that is empty, too long or holds control characters."""
    if not 1 <= len(tag) <= MAX_TAG_CHARACTERS or not tag.isprintable():
        message = f"a tag has 1 to {MAX_TAG_CHARACTERS} printable characters"
        raise ValidationError(TypedMessage(message, "value_error.tag"))


def check_name(name: str) -> None:
    """Refuse a name that would not read well in a URL, or that looks like a noisy circuit's."""
    if len(name) > MAX_NAME_CHARACTERS or not NAME.fullmatch(name):
        message = (
            f"a name has 1 to {MAX_NAME_CHARACTERS} letters, digits, '_', '.' or '-', "
            "and begins with a letter or a digit"
        )
    elif NOISY_NAME.fullmatch(name):
        message = "a name must not end like a noisy circuit's (_noisy_<type>_<level>, _noisy_custom)"
    else:
        return
    raise ValidationError(TypedMessage(message, "value_error.name"))


def _tags(description: str, tag: fields.String) -> List:
    return List(tag, most=MAX_TAGS, metadata={"description": description})


def _tag() -> fields.String:
    return fields.String(validate=check_tag, metadata={"minLength": 1, "maxLength": MAX_TAG_CHARACTERS})


class ShotsAndSeedQuery(Schema):
    """The options that every execution route takes in its query."""

    shots = QueryInteger(validate=Range(min=1), metadata=SHOTS)
    seed = QueryInteger(validate=Range(min=0, max=MAX_AER_SEED), metadata={"description": SEED})


# Made from the catalog, so that the parameters of a circuit that is added there are options here.
LibraryQuery = pointing_elsewhere(
    ShotsAndSeedQuery.from_dict(
        {
            **{
                name: QueryInteger(validate=Range(min=0), metadata={"description": parameter.description})
                for name, parameter in PARAMETERS.items()
            },
            GATE_COUNT: QueryInteger(
                validate=Range(min=1),
                metadata={"description": "Number of gates; ignored by circuits that have none to choose."},
            ),
            "method": fields.String(
                validate=OneOf(get_args(Method)), metadata={"description": "Aer's simulation method."}
            ),
            "tag": _tags(TAG, _tag()),
        },
        name="LibraryQuery",
    ),
    dict.fromkeys(("noise_type", "noise_level"), "noise is for the same path with /noisy behind it"),
)
"""The query of ``POST /api/execute/{circuit_name}``."""


def _rate(description: str) -> JsonNumber:
    return JsonNumber(validate=Range(min=0, max=1), metadata={"description": description})


def _time(minimum: float, maximum: float, description: str) -> JsonNumber:
    return JsonNumber(
        validate=Range(min=minimum, max=maximum), metadata={"description": f"Microseconds. {description}"}
    )


class NoiseSchema(Schema):
    """A noise model: of the level table, by rates and times of its own, both, or that of a device."""

    type = fields.String(
        validate=OneOf(get_args(NoiseType)),
        metadata={"description": "depolarizing, unless rates or times are given without a level."},
    )
    level = fields.String(
        validate=OneOf(get_args(NoiseLevel)),
        metadata={"description": "medium, unless rates or times are given without a type."},
    )
    single_gate_error = _rate("The depolarizing parameter of one-qubit gates.")
    two_gate_error = _rate("The depolarizing parameter of two-qubit gates.")
    measurement_error = _rate("How likely a measured bit is flipped.")
    readout_error = _rate("Another name of measurement_error.")
    t1 = _time(MIN_LIFETIME_US, MAX_LIFETIME_US, "Relaxation time; goes together with t2.")
    t2 = _time(MIN_LIFETIME_US, MAX_LIFETIME_US, "Dephasing time; at most 2 * t1.")
    gate_time = _time(0, MAX_GATE_TIME_US, "How long one-qubit gates last; 0.1 if qubits relax.")
    two_gate_time = _time(0, MAX_GATE_TIME_US, "How long two-qubit gates last; gate_time if not given.")
    dt = _time(
        MIN_DT_US, MAX_GATE_TIME_US, "How long a dt is, the unit of delays that depends on the device."
    )
    device = fields.String(
        validate=validate.Length(max=MAX_NAME_CHARACTERS),
        metadata={
            "description": "The noise of a device of GET /api/devices; the program is transpiled to it. Only "
            "optimization_level and initial_layout may stand beside it."
        },
    )
    optimization_level = fields.Integer(
        strict=True,
        validate=Range(min=0, max=3),
        metadata={"description": "How much the transpiler optimizes for the device; 2 if not given."},
    )
    initial_layout = List(
        fields.Integer(strict=True, validate=Range(min=0, max=MAX_QUBITS - 1)),
        least=1,
        most=MAX_QUBITS,
        metadata={
            "description": "The device qubit of each program qubit; the transpiler chooses without it."
        },
    )


NoisyQuery = pointing_elsewhere(
    LibraryQuery.from_dict(
        {
            "noise_type": fields.String(load_default="depolarizing", validate=OneOf(get_args(NoiseType))),
            "noise_level": fields.String(load_default="medium", validate=OneOf(get_args(NoiseLevel))),
            GATE_COUNT: QueryInteger(validate=Range(min=1, max=MAX_NOISY_GATES)),
        },
        name="NoisyQuery",
    ),
    {name: OF_PROGRAMS.format(name) for name in NoiseSchema().fields.keys() - {"type", "level"}},
)
"""The query of ``POST /api/execute/{circuit_name}/noisy``."""


class ProgramBody(Schema):
    """The body of ``POST /api/execute``: a program and how to run it; without a program, bell is run."""

    program = fields.String(
        allow_none=True, metadata={"description": "OpenQASM 2 or 3; its first statement is the version line."}
    )
    name = fields.String(
        allow_none=True,
        validate=check_name,
        metadata={"pattern": f"^{NAME.pattern}$", "maxLength": MAX_NAME_CHARACTERS},
    )
    shots = fields.Integer(strict=True, validate=Range(min=1), metadata=SHOTS)
    seed = fields.Integer(
        strict=True, allow_none=True, validate=Range(min=0, max=MAX_AER_SEED), metadata={"description": SEED}
    )
    tags = _tags(TAG, _tag())
    noise = fields.Nested(NoiseSchema, allow_none=True)
    method = fields.String(validate=OneOf(get_args(Method)))
    measure = fields.String(
        allow_none=True,
        validate=OneOf(["all"]),
        metadata={"description": "`all` measures every qubit of a program that measures nothing."},
    )

    mitigation = fields.String(
        allow_none=True,
        validate=OneOf(["readout"]),
        metadata={
            "description": "`readout` adds `mitigated`: the counts with the noise's readout errors inverted."
        },
    )

    @post_load
    def drop_nulls(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Take a field that is null as absent."""
        return {name: value for name, value in data.items() if value is not None}


class CircuitQuery(Schema):
    """Which circuit of an execution."""

    circuit = fields.String(
        load_default=SUBMITTED,
        validate=OneOf([SUBMITTED, TRANSPILED]),
        metadata={"description": "transpiled: what ran on the device; its qubits are the device's."},
    )


class EventListQuery(PageQuery, CircuitQuery):
    """Which page of the events of an execution; all filters that are given must hold."""

    limit = QueryInteger(load_default=100, validate=Range(min=1, max=MAX_NUMBERS_LIMIT))
    type = List(
        fields.String(validate=OneOf(EVENT_TYPES)),
        most=len(EVENT_TYPES),
        metadata={"description": "Any of these; repeatable."},
    )
    gate = fields.String(
        metadata={"description": "As events show it: standard gates in upper case, a program's own as is."}
    )
    qubit = QueryInteger(validate=Range(min=0), metadata={"description": "Events that act on this qubit."})


class RunListQuery(PageQuery):
    """Filters that the lists of executions and of sweeps have; all that are given must hold."""

    circuit_name = fields.String(
        metadata={"description": "The base name (bell), or the full one (bell_noisy_thermal_low)."}
    )
    is_noisy = QueryBoolean()
    created_after = Timestamp(metadata={"description": "RFC 3339 with its offset; exclusive."})
    created_before = Timestamp(metadata={"description": "RFC 3339 with its offset; exclusive."})


class ExecutionListQuery(RunListQuery):
    """Filters of the list of executions."""

    status = fields.String(
        load_default=JobStatus.SUCCEEDED,
        validate=OneOf([str(status) for status in JobStatus]),
        metadata={"description": "Others than SUCCEEDED list the jobs in that state."},
    )
    tag = _tags("Executions that have all of these tags.", fields.String())
