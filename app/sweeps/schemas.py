"""The bodies and query parameters of the routes of sweeps; the responses are in ``responses``."""

from typing import Any

import marshmallow
import msgspec
from marshmallow import ValidationError, fields

from app.executions.schemas import SEED, ProgramBody, RunListQuery
from app.executions.specs import MAX_AER_SEED, MAX_TAGS, PARAMETERS
from app.models import JobStatus
from app.rest.decoding import Place, misfit, named_place
from app.rest.validation import JsonNumber, List, OneOf, QueryInteger, Range, Schema, TypedMessage

BINDINGS = (
    "The values of the program's inputs, by their names. Lists of the same length: the first binding has the "
    'first value of each. Or `{"grid": {...}}`: every combination of the values; the last input changes '
    "fastest. Without it the circuit has no inputs, and there is one binding."
)
OBSERVABLES = (
    "Real coefficients by Pauli strings. The left letter acts on the highest qubit, as in Qiskit. With "
    "observables the sweep has values, without them it has counts."
)
PRECISION = "Instead of shots: the standard error of one Pauli string, at most. ceil(1/precision²) shots do."

Numbers = dict[str, list[float]]


class Typed(fields.Field[Any]):
    """A field that msgspec checks against a type: fast for many numbers, and strict about their types."""

    def __init__(self, kind: Any, **options: Any) -> None:
        super().__init__(**options)
        self._kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> Any:
        try:
            return msgspec.convert(value, self._kind)
        except msgspec.ValidationError as error:
            message, place = misfit(error)
            messages: Any = [TypedMessage(message, "type_error")]
            for step in reversed(named_place(value, place, self._is_wrong) or ()):
                messages = {step: messages}
            raise ValidationError(messages) from error

    def _is_wrong(self, place: Place, value: Any) -> bool:
        """Return whether the value alone does not fit in its place."""
        for step in reversed(place):
            value = {step: value} if isinstance(step, str) else [value]
        try:
            msgspec.convert(value, self._kind)
        except msgspec.ValidationError:
            return True
        return False


NUMBERS_SCHEMA = {"type": "array", "items": {"type": "number"}}


# Made from the catalog, so that the parameters of a circuit that is added there are known here.
LibraryParameters = Schema.from_dict(
    {
        name: fields.Integer(
            strict=True, validate=Range(min=0), metadata={"description": parameter.description}
        )
        for name, parameter in PARAMETERS.items()
    },
    name="LibraryParameters",
)
"""The parameters of all circuits of the library."""


class SweepBody(ProgramBody):
    """The body of ``POST /api/sweeps``."""

    class Meta:
        """Options of marshmallow: what sweeps share with executions, and what they have besides."""

        unknown = marshmallow.RAISE
        fields = (
            "program",
            "circuit_name",
            "parameters",
            "name",
            "bindings",
            "shots",
            "precision",
            "observables",
            "noise",
            "seed",
            "method",
            "measure",
            "tags",
        )

    circuit_name = fields.String(
        allow_none=True, metadata={"description": "Instead of a program: a name of GET /api/circuits."}
    )
    parameters = fields.Nested(
        LibraryParameters,
        allow_none=True,
        metadata={"description": "Those of the library circuit; GET /api/circuits lists them."},
    )
    bindings = Typed(
        dict[str, list[float] | Numbers],
        allow_none=True,
        metadata={
            "type": "object",
            "additionalProperties": {
                "anyOf": [NUMBERS_SCHEMA, {"type": "object", "additionalProperties": NUMBERS_SCHEMA}]
            },
            "description": BINDINGS,
        },
    )
    shots = fields.Integer(
        strict=True,
        validate=Range(min=0),
        metadata={
            "description": "Shots of each binding, 1,024 by default, at most max_shots. 0 asks for "
            "exact values of observables.",
        },
    )
    precision = JsonNumber(
        allow_none=True, validate=Range(min=0.001, max=1), metadata={"description": PRECISION}
    )
    observables = Typed(
        list[dict[str, float]],
        allow_none=True,
        metadata={
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "number"}},
            "description": OBSERVABLES,
        },
    )


class ExecutionBody(Schema):
    """The body of ``POST /api/sweeps/{sweep_id}/executions``."""

    index = fields.Integer(
        strict=True,
        required=True,
        validate=Range(min=0),
        metadata={"description": "The index of the binding, from 0."},
    )
    shots = fields.Integer(
        strict=True, validate=Range(min=1), metadata={"description": "Those of the sweep if not given."}
    )
    seed = fields.Integer(
        strict=True, validate=Range(min=0, max=MAX_AER_SEED), metadata={"description": SEED}
    )


class SweepListQuery(RunListQuery):
    """Filters of the list of sweeps."""

    status = List(
        fields.String(validate=OneOf([str(status) for status in JobStatus])),
        most=len(JobStatus),
        metadata={"description": "Any of these; repeatable."},
    )
    tag = List(
        fields.String(), most=MAX_TAGS, metadata={"description": "Sweeps that have all of these tags."}
    )


RangeQuery = Schema.from_dict(
    {
        "from": QueryInteger(
            load_default=0, validate=Range(min=0), metadata={"description": "The first binding, from 0."}
        ),
        "to": QueryInteger(
            validate=Range(min=0),
            metadata={"description": "Before which binding to end; behind the last one if not given."},
        ),
    },
    name="RangeQuery",
)
"""Which bindings' results are read."""
