"""The answers about the states of an execution, as plain values."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.circuits.event_graph import GraphNode

Vector3 = Annotated[list[float], Meta(min_length=3, max_length=3)]

PURITY = "tr ρ² of the qubit alone: 1 if its state is pure, 0.5 if it is maximally mixed."
KEPT = (
    "The probability of the outcomes that are followed. It is present if it is below 1: then the figures "
    "describe these outcomes only."
)


class Outcome(msgspec.Struct):
    """A value of the classical bits, in the form of the counts."""

    outcome: str
    probability: float


class BasisState(msgspec.Struct):
    """A basis state of all qubits; the last qubit comes first, as in counts."""

    state: str
    probability: float
    phase: Annotated[
        float | None,
        Meta(
            description="In radians, relative to the most probable basis state; null if the state is mixed."
        ),
    ]


class QubitState(msgspec.Struct):
    """The state of one qubit alone, over all outcomes."""

    qubit: int
    bloch: Annotated[Vector3, Meta(description="The expectation values of X, Y and Z.")]
    purity: Annotated[float, Meta(description=PURITY)]


class QubitFigures(QubitState):
    """The state of one qubit alone, and its entropy."""

    entropy: Annotated[float, Meta(description="Von Neumann entropy, in bits.")]


class PairFigures(msgspec.Struct):
    """The correlations of two qubits."""

    qubits: list[int]
    mutual_information: Annotated[
        float, Meta(description="All correlations, including classical ones, in bits; 2 for a Bell pair.")
    ]
    concurrence: Annotated[
        float, Meta(description="The entanglement of the two alone: 0 if there is none, 1 for a Bell pair.")
    ]


class StateStep(msgspec.Struct):
    """One step, and the qubits whose own state it changed; the other qubits are unchanged."""

    step: int
    type: str
    gate: str | None
    on: Annotated[list[int], Meta(description="The qubits that the step acts on.")]
    qubits: Annotated[list[QubitState], Meta(description="The states after the step.")]
    outcomes: Annotated[
        list[Outcome] | UnsetType,
        Meta(description="After a measurement: the most probable values of the classical bits, at most 16."),
    ] = UNSET
    kept: Annotated[float | UnsetType, Meta(description=KEPT)] = UNSET


class StateSteps(msgspec.Struct):
    """The states after each step; before the first step, every qubit is 0."""

    num_qubits: int
    total_steps: int
    steps: list[StateStep]


class StateAfterStep(msgspec.Struct):
    """The whole state after one step: averaged over all outcomes, or for one outcome."""

    step: int
    event: GraphNode
    num_qubits: int
    outcome: Annotated[str | None, Meta(description="The outcome of the request.")]
    outcome_probability: float | None
    purity: Annotated[float, Meta(description="tr ρ² of all qubits: 1 if the state is pure.")]
    is_pure: bool
    basis_states: Annotated[list[BasisState], Meta(description="The most probable basis states.")]
    probability_left: Annotated[float, Meta(description="The probability of all other basis states.")]
    qubits: list[QubitFigures]
    outcomes: Annotated[
        list[Outcome], Meta(description="The most probable values of the classical bits, at most 16.")
    ]
    pairs: list[PairFigures] | UnsetType = UNSET
    kept: Annotated[float | UnsetType, Meta(description=KEPT)] = UNSET


class StepFidelity(msgspec.Struct):
    """The fidelity after one step, and how much the step lost."""

    step: int
    gate: Annotated[str, Meta(description="The gate, or the type of an event that is not a gate.")]
    qubits: list[int]
    fidelity: float
    loss: Annotated[
        float, Meta(description="The fidelity before the step minus that after it; negative for a gain.")
    ]


class GateLoss(msgspec.Struct):
    """The fidelity that all steps with one gate lost together."""

    gate: str
    steps: int
    loss: float


class QubitLoss(msgspec.Struct):
    """The fidelity that the steps on one qubit lost; the loss of a step is shared equally by its qubits."""

    qubit: int
    loss: float


class Losses(msgspec.Struct):
    """The losses of fidelity by step, gate and qubit, the largest first."""

    by_step: Annotated[list[StepFidelity], Meta(description="The steps with a loss, at most 100.")]
    by_gate: list[GateLoss]
    by_qubit: list[QubitLoss]


class Fidelity(msgspec.Struct):
    """The fidelity of the noisy state to the ideal one after each step."""

    num_qubits: int
    total_steps: int
    method: Annotated[
        Literal["exact", "estimate"],
        Meta(
            description="exact: computed from density matrices. estimate: the product of the process "
            "fidelities of the errors so far, which is too low by some hundredths."
        ),
    ]
    fidelity: Annotated[float, Meta(description="After the last step.")]
    steps: list[StepFidelity]
    losses: Losses


class Checked(msgspec.Struct):
    """One assertion, and the value that was found."""

    index: int
    step: int
    kind: str
    qubits: list[int]
    holds: bool
    expected: Annotated[
        list[float] | float | str,
        Meta(description="The Bloch vector, the name of the state, or the bound of the concurrence."),
    ]
    found: Annotated[
        list[float] | float,
        Meta(description="The Bloch vector, the concurrence, or the fidelity to the state."),
    ]
    tolerance: float


class FirstFailure(msgspec.Struct):
    """The first assertion that fails, and the events that can have influenced its qubits up to its step."""

    index: int
    step: int
    event_ids: list[int]
    qubits: Annotated[list[int], Meta(description="The qubits that these events act on.")]
    events: list[GraphNode]


class Assertions(msgspec.Struct):
    """Which assertions hold; the first failure is the one at the earliest step."""

    holds: Annotated[bool, Meta(description="Whether all assertions hold.")]
    assertions: list[Checked]
    first_failure: FirstFailure | None


class Diagram(msgspec.Struct):
    """A circuit as a drawing."""

    text: str


Answer = StateSteps | StateAfterStep | Fidelity | Assertions | Diagram
