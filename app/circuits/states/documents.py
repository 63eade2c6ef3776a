"""What is told about the states of an execution, as plain values."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.circuits.event_graph import GraphNode

Vector3 = Annotated[list[float], Meta(min_length=3, max_length=3)]

PURITY = "tr ρ² of the qubit alone: 1 if nothing else knows about it, 0.5 if it is maximally mixed."
KEPT = "The probability of the outcomes that are followed, if it is below 1: the figures are of these."


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
        Meta(description="In radians, against the most probable basis state; null if the state is mixed."),
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
    """What two qubits have to do with each other."""

    qubits: list[int]
    mutual_information: Annotated[
        float, Meta(description="In bits: all correlations, classical ones too; 2 of a Bell pair.")
    ]
    concurrence: Annotated[
        float, Meta(description="The entanglement of the two alone: 0 if there is none, 1 of a Bell pair.")
    ]


class StateStep(msgspec.Struct):
    """One step, and the qubits whose own state it changed; all others are as before."""

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
    """The states of all steps; before the first, every qubit is 0."""

    num_qubits: int
    total_steps: int
    steps: list[StateStep]


class Picture(msgspec.Struct):
    """The whole state after one step: over all outcomes, or for one."""

    step: int
    event: GraphNode
    num_qubits: int
    outcome: Annotated[str | None, Meta(description="The outcome that was asked for.")]
    outcome_probability: float | None
    purity: Annotated[float, Meta(description="tr ρ² of all qubits: 1 if the state is pure.")]
    is_pure: bool
    basis_states: Annotated[list[BasisState], Meta(description="The most probable ones.")]
    probability_left: Annotated[float, Meta(description="Of the basis states that are not shown.")]
    qubits: list[QubitFigures]
    outcomes: Annotated[
        list[Outcome], Meta(description="The most probable values of the classical bits, at most 16.")
    ]
    pairs: list[PairFigures] | UnsetType = UNSET
    kept: Annotated[float | UnsetType, Meta(description=KEPT)] = UNSET


class StepFidelity(msgspec.Struct):
    """The fidelity after one step, and what the step took from it."""

    step: int
    gate: Annotated[str, Meta(description="The gate, or the type of what is no gate.")]
    qubits: list[int]
    fidelity: float
    loss: Annotated[
        float, Meta(description="The fidelity before the step less the one after it; a gain is negative.")
    ]


class GateLoss(msgspec.Struct):
    """What all steps with one gate took."""

    gate: str
    steps: int
    loss: float


class QubitLoss(msgspec.Struct):
    """What the steps on one qubit took; the loss of a step is shared equally by its qubits."""

    qubit: int
    loss: float


class Losses(msgspec.Struct):
    """Where the fidelity went, the largest loss first."""

    by_step: Annotated[list[StepFidelity], Meta(description="The steps that lose, at most 100.")]
    by_gate: list[GateLoss]
    by_qubit: list[QubitLoss]


class Fidelity(msgspec.Struct):
    """The fidelity of the noisy state to the ideal one after each step."""

    num_qubits: int
    total_steps: int
    method: Annotated[
        Literal["exact", "estimate"],
        Meta(
            description="exact: of density matrices. estimate: the product of the process fidelities of the "
            "errors so far, which is too low by some hundredths."
        ),
    ]
    fidelity: Annotated[float, Meta(description="After the last step.")]
    steps: list[StepFidelity]
    losses: Losses


class Checked(msgspec.Struct):
    """One assertion, and what was found."""

    index: int
    step: int
    kind: str
    qubits: list[int]
    holds: bool
    expected: Annotated[
        list[float] | float | str, Meta(description="The Bloch vector, the state's name, or the bound.")
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
    qubits: Annotated[list[int], Meta(description="The qubits that these events touch.")]
    events: list[GraphNode]


class Assertions(msgspec.Struct):
    """Which assertions hold; the first failure is the one at the earliest step."""

    holds: Annotated[bool, Meta(description="Whether all of them do.")]
    assertions: list[Checked]
    first_failure: FirstFailure | None


class Diagram(msgspec.Struct):
    """A circuit as a drawing."""

    text: str


Answer = StateSteps | Picture | Fidelity | Assertions | Diagram
