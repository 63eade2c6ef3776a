"""The parameters and bodies of the routes of states."""

import re
from typing import Any, Literal

from marshmallow import ValidationError, fields, validate, validates_schema

from app.circuits.states.limits import MAX_ASSERTIONS, MAX_STATE_QUBITS, MAX_TOP_AMPLITUDES
from app.circuits.states.questions import DEFAULT_TOLERANCE, DEFAULT_TOP, NAMED_STATES, Assertion
from app.errors import InvalidInputError
from app.replay.routes import MAX_STEP
from app.rest.validation import (
    JsonNumber,
    List,
    OneOf,
    QueryBoolean,
    QueryInteger,
    Range,
    Schema,
    TypedMessage,
)

MAX_OUTCOME_CHARACTERS = 1_024
OUTCOME = re.compile("[01 ]+")
STEP = Range(min=0, max=MAX_STEP)
KINDS: tuple[Literal["bloch", "entangled", "separable", "equals"], ...] = (
    "bloch", "entangled", "separable", "equals",
)  # fmt: skip
MAX_QUBIT = 255


class StatesQuery(Schema):
    """The first and the last step of the response."""

    first = QueryInteger(data_key="from", load_default=0, validate=STEP)
    last = QueryInteger(
        data_key="to", validate=STEP, metadata={"description": "The last step of the execution by default."}
    )


class StateQuery(Schema):
    """The options of the state after one step."""

    top = QueryInteger(
        load_default=DEFAULT_TOP,
        validate=Range(min=1, max=MAX_TOP_AMPLITUDES),
        metadata={"description": "How many basis states to return, the most probable first."},
    )
    pairs = QueryBoolean(
        load_default=False,
        metadata={"description": "Also return the mutual information and concurrence of pairs."},
    )
    outcome = fields.String(
        validate=[
            validate.Length(min=1, max=MAX_OUTCOME_CHARACTERS),
            validate.Regexp(OUTCOME, error="an outcome is written as in counts, with 0, 1 and spaces"),
        ],
        metadata={
            "description": "Return the state for this value of the classical bits, written as in counts."
        },
    )


class DiagramQuery(Schema):
    """The form of a diagram."""

    format = fields.String(load_default="svg", validate=OneOf(["svg", "text"]))
    color = fields.String(
        load_default="none",
        validate=OneOf(["none", "states", "fidelity"]),
        metadata={
            "description": "For an SVG: `states` colours gates by the purity of their qubits, "
            "`fidelity` by their losses."
        },
    )


class AssertionSchema(Schema):
    """What should hold after a step: one of `bloch` (with `qubit`), `entangled`, `separable` and `equals`."""

    step = fields.Integer(strict=True, required=True, validate=STEP)
    qubit = fields.Integer(strict=True, validate=Range(min=0, max=MAX_QUBIT))
    bloch = List(JsonNumber(), least=3, most=3, metadata={"description": "The values of X, Y and Z."})
    entangled = List(fields.Integer(strict=True, validate=Range(min=0, max=MAX_QUBIT)), least=2, most=2)
    separable = List(fields.Integer(strict=True, validate=Range(min=0, max=MAX_QUBIT)), least=2, most=2)
    equals = fields.String(
        validate=OneOf(NAMED_STATES), metadata={"description": "The state of `qubits`, up to its phase."}
    )
    qubits = List(
        fields.Integer(strict=True, validate=Range(min=0, max=MAX_QUBIT)), least=1, most=MAX_STATE_QUBITS
    )
    tolerance = JsonNumber(load_default=DEFAULT_TOLERANCE, validate=Range(min=0, max=1))

    @validates_schema
    def check_kind(self, data: dict[str, Any], **_options: Any) -> None:
        """Refuse an assertion with no kind or with several, and members that its kind does not have."""
        kinds = [kind for kind in KINDS if kind in data]
        if len(kinds) != 1:
            message = f"say one of {', '.join(KINDS)}; this says {' and '.join(kinds) or 'none'}"
            raise ValidationError(TypedMessage(message, "value_error.kind"))
        needed = {"bloch": "qubit", "equals": "qubits"}.get(kinds[0])
        for name in ("qubit", "qubits"):
            if name == needed and name not in data:
                raise ValidationError(TypedMessage(f"{kinds[0]} needs {name}", "value_error.missing"), name)
            if name != needed and name in data:
                raise ValidationError(TypedMessage(f"{kinds[0]} has no {name}", "value_error.extra"), name)
        self._check_qubits(data, kinds[0])

    @staticmethod
    def _check_qubits(data: dict[str, Any], kind: str) -> None:
        name = "qubits" if kind == "equals" else kind
        qubits = data[name] if kind != "bloch" else []
        if len(set(qubits)) < len(qubits):
            raise ValidationError(TypedMessage("name each qubit once", "value_error.repeated"), name)
        least, most = {"bell": (2, 2), "ghz": (2, MAX_STATE_QUBITS), "w": (2, MAX_STATE_QUBITS)}.get(
            data.get("equals", ""), (1, MAX_STATE_QUBITS)
        )
        if str(data.get("equals")).startswith(("phi_", "psi_")):
            least, most = 2, 2
        if kind == "equals" and not least <= len(qubits) <= most:
            wanted = str(least) if least == most else f"{least} or more"
            message = f"{data['equals']} is a state of {wanted} qubits; these are {len(qubits)}"
            raise ValidationError(TypedMessage(message, "value_error.qubits"), name)


def assertions_of(body: list[dict[str, Any]]) -> list[Assertion]:
    """Return the assertions of a body that the schema has checked.

    Raises:
        InvalidInputError: there are none, or too many.
    """
    if not 1 <= len(body) <= MAX_ASSERTIONS:
        message = (
            f"the body is a list of 1 to {MAX_ASSERTIONS} assertions (max_assertions); it has {len(body)}"
        )
        raise InvalidInputError(message)
    found = []
    for each in body:
        kind = next(kind for kind in KINDS if kind in each)
        if kind == "bloch":
            qubits = [each["qubit"]]
        else:
            qubits = each["qubits"] if kind == "equals" else each[kind]
        found.append(
            Assertion(
                each["step"],
                kind,
                qubits,
                bloch=each.get("bloch", ()),
                state=each.get("equals", ""),
                tolerance=each["tolerance"],
            )
        )
    return found
