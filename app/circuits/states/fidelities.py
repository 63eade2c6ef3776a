"""The fidelity of a noisy run after each step: exact by density matrices, or as an estimate."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction

from app.circuits.event_graph import BARRIER, END, START, Event
from app.circuits.spec import NoiseSpec
from app.circuits.states.branches import Branches
from app.circuits.states.channels import Channels
from app.circuits.states.documents import Fidelity, GateLoss, Losses, QubitLoss, StepFidelity
from app.circuits.states.gates import GateMatrices
from app.circuits.states.limits import MAX_FIDELITY_QUBITS, MAX_STATE_BRANCHES
from app.circuits.states.noisy import NoisyStates, fidelity
from app.circuits.states.step_states import PURE, check_order, rounded
from app.circuits.states.steps import Item, Path, Step, Stepper
from app.errors import LimitExceededError

MOST_STEPS = 100
"""How many steps are listed, those with the largest losses."""

UNCHANGED = frozenset({START, BARRIER, END})


def fidelities(circuit: QuantumCircuit, events: Sequence[Event], noise: NoiseSpec) -> Fidelity:
    """Return the fidelity of the noisy state to the ideal one after each step of a flat circuit.

    Raises:
        LimitExceededError: measurements in the middle have too many outcomes.
    """
    is_exact = circuit.num_qubits <= MAX_FIDELITY_QUBITS
    found = exact(circuit, noise) if is_exact else estimated(circuit, noise)
    steps: list[StepFidelity] = []
    before = 1.0
    for (step, value), event in zip(found, events, strict=True):
        check_order(step, event)
        label = event.get("gate_name") or event["event_type"]
        loss = rounded(before - value)
        steps.append(StepFidelity(step.number, label, list(step.qubits), rounded(value), loss))
        before = value
    return Fidelity(
        num_qubits=circuit.num_qubits,
        total_steps=len(steps),
        method="exact" if is_exact else "estimate",
        fidelity=steps[-1].fidelity,
        steps=steps,
        losses=_losses(steps, circuit.num_qubits),
    )


def exact(circuit: QuantumCircuit, noise: NoiseSpec) -> Iterator[tuple[Step, float]]:
    """Yield each step with the fidelity after it, of the states averaged over all outcomes."""
    stepper = Stepper(circuit)
    ideal = Branches(circuit.num_qubits, circuit.num_clbits, GateMatrices())
    noisy = NoisyStates(circuit.num_qubits, circuit.num_clbits, stepper.bits_read, Channels(noise))
    value = 1.0
    for step in stepper.steps(ideal, noisy):
        if step.event_type not in UNCHANGED:
            mixture = ideal.mixture()
            if mixture.kept < 1 - PURE:
                raise LimitExceededError(
                    f"up to step {step.number}, measurements in the middle have more different outcomes than "
                    f"the limit max_state_branches, {MAX_STATE_BRANCHES}",
                    "max_state_branches",
                )
            value = fidelity(mixture, noisy.density())
        yield step, value


class _Estimate:
    """The product of the process fidelities of all errors so far, as an ``Ensemble`` of a ``Stepper``.

    An operation under a condition is weighted by the probability of the condition in the ideal run.
    """

    def __init__(self, ideal: Branches, channels: Channels) -> None:
        self.value = 1.0
        self._ideal, self._channels = ideal, channels

    def items(self) -> Sequence[Item]:
        """Return nothing: the estimate has no outcomes of its own."""
        return ()

    def gate(self, path: Path, instruction: CircuitInstruction, qubits: Sequence[int]) -> None:
        """Multiply with the fidelity of the errors of an operation."""
        share = sum(item.weight for item in self._ideal.items() if item.path == path)
        self.value *= 1 - min(1.0, share) * (1 - self._channels.process_fidelity(instruction, qubits))

    def measure(self, path: Path, qubit: int, clbit: int, is_last: bool) -> None:
        """Do nothing: a measurement has no error in the state."""

    def reset(self, path: Path, instruction: CircuitInstruction, qubit: int) -> None:
        """Multiply with the fidelity of the errors of a reset."""
        self.gate(path, instruction, [qubit])

    def merge(self) -> None:
        """Do nothing."""


def estimated(circuit: QuantumCircuit, noise: NoiseSpec) -> Iterator[tuple[Step, float]]:
    """Yield each step with an estimate of the fidelity after it."""
    ideal = Branches(circuit.num_qubits, circuit.num_clbits, GateMatrices())
    estimate = _Estimate(ideal, Channels(noise))
    for step in Stepper(circuit).steps(ideal, estimate):
        yield step, estimate.value


def _losses(steps: Sequence[StepFidelity], num_qubits: int) -> Losses:
    by_gate: defaultdict[str, list[float]] = defaultdict(list)
    by_qubit = dict.fromkeys(range(num_qubits), 0.0)
    for step in steps:
        if step.gate not in UNCHANGED:
            by_gate[step.gate].append(step.loss)
        for qubit in step.qubits:
            by_qubit[qubit] += step.loss / len(step.qubits)
    losing = sorted((step for step in steps if step.loss > 0), key=lambda step: (-step.loss, step.step))
    gates = [GateLoss(gate, len(losses), rounded(sum(losses))) for gate, losses in by_gate.items()]
    qubits = [QubitLoss(qubit, rounded(loss)) for qubit, loss in by_qubit.items()]
    return Losses(
        by_step=losing[:MOST_STEPS],
        by_gate=sorted(gates, key=lambda each: (-each.loss, each.gate)),
        by_qubit=sorted(qubits, key=lambda each: (-each.loss, each.qubit)),
    )
