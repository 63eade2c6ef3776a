"""What comes in at the routes of sweeps; what goes out is in ``responses``."""

from typing import Any

import marshmallow
import msgspec
from marshmallow import ValidationError, fields

from app.executions.schemas import SEED, ProgramBody
from app.executions.specs import MAX_AER_SEED
from app.models import JobStatus
from app.rest.decoding import PLACED
from app.rest.schemas import PageQuery
from app.rest.validation import JsonNumber, OneOf, QueryInteger, Range, Schema, TypedMessage

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
    """A field that msgspec checks against a type: many numbers at once, and nothing but JSON's numbers."""

    def __init__(self, kind: Any, **options: Any) -> None:
        super().__init__(**options)
        self._kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_options: Any) -> Any:
        try:
            return msgspec.convert(value, self._kind)
        except msgspec.ValidationError as error:
            placed = PLACED.fullmatch(str(error))
            text = f"{placed['message']}, at {attr}{placed['path']}" if placed else str(error)
            raise ValidationError(TypedMessage(text[:1].lower() + text[1:], "type_error")) from error


NUMBERS_SCHEMA = {"type": "array", "items": {"type": "number"}}


class SweepBody(ProgramBody):
    """The body of ``POST /api/sweeps``."""

    class Meta:
        """Options of marshmallow: what sweeps share with executions, and what they have besides."""

        unknown = marshmallow.RAISE
        fields = (
            "program",
            "circuit_name",
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
            "description": "Shots of each binding, 1,024 if nothing is given; at most max_shots. 0 asks for "
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
        strict=True, required=True, validate=Range(min=0), metadata={"description": "Of the binding, from 0."}
    )
    shots = fields.Integer(
        strict=True, validate=Range(min=1), metadata={"description": "Those of the sweep if not given."}
    )
    seed = fields.Integer(
        strict=True, validate=Range(min=0, max=MAX_AER_SEED), metadata={"description": SEED}
    )


class SweepListQuery(PageQuery):
    """Filters of the list of sweeps; all that are given must hold."""

    status = fields.List(
        fields.String(validate=OneOf([str(status) for status in JobStatus])),
        metadata={"description": "Any of these; repeatable."},
    )
    tag = fields.List(fields.String(), metadata={"description": "Sweeps that have all of these tags."})


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
