"""The quantum states of a run, its fidelities, and assertions about it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from qloom.models.graphs import GraphNode
from qloom.models.noise import NoiseConfig


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value of the classical bits."""

    outcome: str
    probability: float


@dataclass(frozen=True, slots=True)
class QubitState:
    """The state of one qubit alone.

    Attributes:
        bloch: The expectation values of X, Y and Z.
        purity: tr ρ² of the qubit alone: 1 if its state is pure, 0.5 if it is maximally mixed.
    """

    qubit: int
    bloch: list[float]
    purity: float


@dataclass(frozen=True, slots=True)
class StateStep:
    """The states of the qubits that a step acts on, after it.

    Attributes:
        on: The qubits that the step acts on.
        qubits: The states after the step.
        outcomes: After a measurement: the most probable values of the classical bits, at most 16.
        kept: The probability of the outcomes that are followed, if it is below 1: the figures are
            of these.
    """

    step: int
    type: str
    gate: str | None
    on: list[int]
    qubits: list[QubitState]
    outcomes: list[Outcome] | None = None
    kept: float | None = None


@dataclass(frozen=True, slots=True)
class States:
    """The states of the qubits after each step that changes them.

    Attributes:
        first: The number of the first step in ``steps``.
    """

    execution_id: str
    circuit_name: str
    num_qubits: int
    total_steps: int
    first: int
    last: int
    steps: list[StateStep] = field(repr=False)

    def __iter__(self) -> Iterator[StateStep]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class BasisState:
    """A basis state of all qubits; the rightmost character is qubit 0.

    Attributes:
        phase: In radians, relative to the most probable basis state; null if the state is mixed.
    """

    state: str
    probability: float
    phase: float | None


@dataclass(frozen=True, slots=True)
class QubitFigures:
    """Figures of one qubit alone.

    Attributes:
        bloch: The expectation values of X, Y and Z.
        purity: tr ρ² of the qubit alone: 1 if its state is pure, 0.5 if it is maximally mixed.
        entropy: Von Neumann entropy, in bits.
    """

    qubit: int
    bloch: list[float]
    purity: float
    entropy: float


@dataclass(frozen=True, slots=True)
class PairFigures:
    """Figures of two qubits.

    Attributes:
        mutual_information: All correlations, including classical ones, in bits; 2 for a Bell pair.
        concurrence: The entanglement of the two alone: 0 if there is none, 1 for a Bell pair.
    """

    qubits: list[int]
    mutual_information: float
    concurrence: float


@dataclass(frozen=True, slots=True)
class StateAfterStep:
    """The whole state after one step.

    Attributes:
        outcome: The outcome of the request.
        purity: tr ρ² of all qubits: 1 if the state is pure.
        basis_states: The most probable basis states.
        probability_left: The probability of all other basis states.
        outcomes: The most probable values of the classical bits, at most 16.
        kept: The probability of the outcomes that are followed, if it is below 1: the figures are
            of these.
    """

    step: int
    event: GraphNode
    num_qubits: int
    outcome: str | None
    outcome_probability: float | None
    purity: float
    is_pure: bool
    basis_states: list[BasisState]
    probability_left: float
    qubits: list[QubitFigures]
    outcomes: list[Outcome]
    execution_id: str
    circuit_name: str
    pairs: list[PairFigures] | None = None
    kept: float | None = None


@dataclass(frozen=True, slots=True)
class StepFidelity:
    """The fidelity to the ideal state after one step.

    Attributes:
        gate: The gate, or the type of an event that is not a gate.
        loss: The fidelity before the step minus that after it; negative for a gain.
    """

    step: int
    gate: str
    qubits: list[int]
    fidelity: float
    loss: float


@dataclass(frozen=True, slots=True)
class GateLoss:
    """The fidelity that steps of one gate lost."""

    gate: str
    steps: int
    loss: float


@dataclass(frozen=True, slots=True)
class QubitLoss:
    """The fidelity that steps on one qubit lost."""

    qubit: int
    loss: float


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of fidelity by step, gate and qubit.

    Attributes:
        by_step: The steps with a loss, at most 100.
    """

    by_step: list[StepFidelity]
    by_gate: list[GateLoss]
    by_qubit: list[QubitLoss]


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How far a noisy execution stays from the ideal one.

    Attributes:
        method: exact: of density matrices. estimate: the product of the process fidelities of the
            errors so far, which is too low by some hundredths.
        fidelity: After the last step.
    """

    num_qubits: int
    total_steps: int
    method: str
    fidelity: float
    steps: list[StepFidelity] = field(repr=False)
    losses: Losses = field(repr=False)
    execution_id: str
    circuit_name: str
    noise_config: NoiseConfig = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckedAssertion:
    """An assertion, and what was found.

    Attributes:
        expected: The Bloch vector, the state's name, or the bound.
        found: The Bloch vector, the concurrence, or the fidelity to the state.
    """

    index: int
    step: int
    kind: str
    qubits: list[int]
    holds: bool
    expected: list[float] | float | str
    found: list[float] | float
    tolerance: float


@dataclass(frozen=True, slots=True)
class FirstFailure:
    """The first assertion that fails, and the events that can have caused it.

    Attributes:
        qubits: The qubits that these events act on.
    """

    index: int
    step: int
    event_ids: list[int]
    qubits: list[int]
    events: list[GraphNode]


@dataclass(frozen=True, slots=True)
class CheckedAssertions:
    """Assertions about the states of an execution.

    Attributes:
        holds: Whether all assertions hold.
    """

    holds: bool
    assertions: list[CheckedAssertion]
    first_failure: FirstFailure | None
    execution_id: str
    circuit_name: str
