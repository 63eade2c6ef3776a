"""The states of the qubits after each step, and the whole state after one step."""

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from app.circuits import aer
from app.circuits.event_graph import MEASUREMENT, RESET, START, Event, graph_node
from app.circuits.operations import HIDDEN
from app.circuits.states import vectors
from app.circuits.states.branches import Branches, Mixture
from app.circuits.states.documents import (
    BasisState,
    Outcome,
    PairFigures,
    QubitFigures,
    QubitState,
    StateAfterStep,
    StateStep,
    StateSteps,
)
from app.circuits.states.gates import GateMatrices
from app.circuits.states.limits import MAX_STATE_BRANCHES
from app.circuits.states.questions import AboutStep
from app.circuits.states.steps import Step, Stepper
from app.circuits.states.vectors import SMALLEST_PROBABILITY, Vector
from app.errors import AppError, InvalidInputError, LimitExceededError

MOST_OUTCOMES = 16
"""How many outcomes are listed for one step."""

DECIMALS = 12
"""Figures are rounded to so many decimals; further ones are rounding errors of binary fractions."""

OUTCOME_PLACE = ("query", "outcome")
"""The location in errors about an outcome; the details of a job's error have it too."""

CHANGED = 1e-11
"""A smaller change of a Bloch vector is a rounding error."""

PURE = 1e-10
"""A state is pure if its purity is above 1 minus this."""


def rounded(value: float) -> float:
    """Return a figure without the rounding of binary fractions, and without a negative zero."""
    return round(float(value), DECIMALS) + 0.0


def all_steps(circuit: QuantumCircuit, events: Sequence[Event]) -> StateSteps:
    """Return the states of all steps of a flat circuit."""
    branches = Branches(circuit.num_qubits, circuit.num_clbits, GateMatrices())
    blochs = np.tile(np.array([0.0, 0.0, 1.0]), (circuit.num_qubits, 1))
    steps = []
    for step, event in zip(Stepper(circuit).steps(branches), events, strict=True):
        check_order(step, event)
        mixture = branches.mixture()
        may_change_all = step.event_type in (START, MEASUREMENT, RESET)
        looked_at: Iterable[int] = range(circuit.num_qubits) if may_change_all else step.qubits
        changed = []
        for qubit in looked_at:
            bloch = mixture.bloch_vector(qubit)
            is_listed = step.event_type == START or qubit in step.qubits
            if is_listed or np.abs(bloch - blochs[qubit]).max() > CHANGED:
                changed.append(_qubit_state(qubit, bloch))
            blochs[qubit] = bloch
        steps.append(_state_step(circuit, step, event, mixture, changed))
    return StateSteps(circuit.num_qubits, len(steps), steps)


def at_step(circuit: QuantumCircuit, events: Sequence[Event], question: AboutStep) -> StateAfterStep:
    """Return the whole state after one step.

    Raises:
        InvalidInputError: the outcome cannot happen; the message lists the outcomes that can.
        LimitExceededError: the outcome is not followed, and may or may not happen.
    """
    mixture = mixture_at(circuit, question.step)
    probability = None
    outcomes = most_probable(circuit, mixture)
    if question.outcome is not None:
        bits = shown_bits(circuit)
        if len(question.outcome) != len(bits):
            raise _wrong_length(question.outcome, len(bits))
        digits = zip(reversed(question.outcome), bits, strict=True)
        given = mixture.given(sum(int(digit) << place for digit, place in digits), bits)
        if given is None:
            raise _impossible(question, outcomes) if _is_whole(mixture) else _not_followed(question, outcomes)
        probability = sum(branch.weight for branch in given.branches) / mixture.kept
        mixture = given
    purity = mixture.purity()
    is_pure = purity > 1 - PURE
    shown = _basis_states(mixture, question.top, is_pure)
    return StateAfterStep(
        step=question.step,
        event=graph_node(events[question.step]),
        num_qubits=circuit.num_qubits,
        outcome=question.outcome,
        outcome_probability=None if probability is None else rounded(probability),
        purity=rounded(purity),
        is_pure=is_pure,
        basis_states=shown,
        probability_left=max(0.0, rounded(1 - sum(each.probability for each in shown))),
        qubits=[_qubit_figures(mixture, qubit) for qubit in range(circuit.num_qubits)],
        outcomes=outcomes,
        pairs=_pairs(mixture) if question.pairs else UNSET,
        kept=_kept(mixture),
    )


def mixture_at(circuit: QuantumCircuit, last_step: int) -> Mixture:
    """Return the state after a step."""
    branches = Branches(circuit.num_qubits, circuit.num_clbits, GateMatrices())
    for step in Stepper(circuit).steps(branches):
        if step.number == last_step:
            break
    return branches.mixture()


def check_order(step: Step, event: Event) -> None:
    """Check that a step is the event with the same number.

    Raises:
        AppError: it is another event; this is a fault of Qloom.
    """
    if (step.event_type, list(step.qubits)) != (event["event_type"], event.get("qubits", [])):
        raise AppError(f"step {step.number} is not the event {event['event_id']}")


def shown_bits(circuit: QuantumCircuit) -> list[int]:
    """Return the indices of the classical bits that counts show."""
    hidden = {bit for register in circuit.cregs if register.name == HIDDEN for bit in register}
    return [index for index, bit in enumerate(circuit.clbits) if bit not in hidden]


def most_probable(circuit: QuantumCircuit, mixture: Mixture) -> list[Outcome]:
    """Return the most probable values of the classical bits, in the form of the counts."""
    shown = shown_bits(circuit)
    if not shown:
        return []
    found = mixture.outcomes(frozenset(shown), MOST_OUTCOMES)
    values = sorted(found, key=lambda value: (-rounded(found[value]), value))[:MOST_OUTCOMES]
    keys = aer.counts_of(circuit, {hex(value): 1 for value in values}, len(values))
    return [Outcome(key, rounded(found[value])) for key, value in zip(keys, values, strict=True)]


def _state_step(
    circuit: QuantumCircuit, step: Step, event: Event, mixture: Mixture, changed: list[QubitState]
) -> StateStep:
    return StateStep(
        step=step.number,
        type=step.event_type,
        gate=event.get("gate_name"),
        on=list(step.qubits),
        qubits=changed,
        outcomes=most_probable(circuit, mixture) if step.event_type == MEASUREMENT else UNSET,
        kept=_kept(mixture),
    )


def _kept(mixture: Mixture) -> float | UnsetType:
    return UNSET if _is_whole(mixture) else rounded(mixture.kept)


def _is_whole(mixture: Mixture) -> bool:
    """Return whether all outcomes are followed."""
    return mixture.kept >= 1 - PURE


def _qubit_state(qubit: int, bloch: NDArray[np.float64]) -> QubitState:
    return QubitState(qubit, [rounded(each) for each in bloch], rounded((1 + float(bloch @ bloch)) / 2))


def _qubit_figures(mixture: Mixture, qubit: int) -> QubitFigures:
    bloch = mixture.bloch_vector(qubit)
    state = _qubit_state(qubit, bloch)
    return QubitFigures(qubit, state.bloch, state.purity, rounded(vectors.entropy_of_bloch(bloch)))


def _pairs(mixture: Mixture) -> list[PairFigures]:
    size = mixture.num_qubits
    alone = [vectors.entropy_of_bloch(mixture.bloch_vector(qubit)) for qubit in range(size)]
    found = []
    for first in range(size):
        for second in range(first + 1, size):
            density = mixture.density([first, second])
            shared = alone[first] + alone[second] - vectors.entropy(density)
            entanglement = vectors.concurrence(density)
            found.append(PairFigures([first, second], max(0.0, rounded(shared)), rounded(entanglement)))
    return found


def _basis_states(mixture: Mixture, top: int, is_pure: bool) -> list[BasisState]:
    probabilities = np.round(mixture.probabilities(), DECIMALS)
    count = min(top, len(probabilities))
    least = np.partition(probabilities, -count)[-count]
    candidates = np.flatnonzero(probabilities >= max(least, SMALLEST_PROBABILITY))
    order = candidates[np.argsort(-probabilities[candidates], kind="stable")][:count]
    phases = _phases(mixture.branches[0].state, order) if is_pure else [None] * len(order)
    return [
        BasisState(format(index, f"0{mixture.num_qubits}b"), rounded(probabilities[index]), phase)
        for index, phase in zip(order.tolist(), phases, strict=True)
    ]


def _phases(state: Vector, order: NDArray[np.intp]) -> list[float | None]:
    """Return the phases of amplitudes against the first; -π is π."""
    angles = np.angle(state[order] * state[order[0]].conj())
    return [rounded(np.pi if angle < -np.pi + CHANGED else angle) for angle in angles]


def _impossible(question: AboutStep, outcomes: Sequence[Outcome]) -> InvalidInputError:
    possible = [each.outcome for each in outcomes]
    more = " (the most probable)" if len(possible) == MOST_OUTCOMES else ""
    return InvalidInputError(
        f"the outcome {question.outcome} cannot happen up to step {question.step}; "
        f"these can{more}: {', '.join(possible) or 'none, as there are no classical bits'}",
        OUTCOME_PLACE,
    )


def _not_followed(question: AboutStep, outcomes: Sequence[Outcome]) -> LimitExceededError:
    return LimitExceededError(
        f"up to step {question.step}, measurements in the middle have more different outcomes than the limit "
        f"max_state_branches, {MAX_STATE_BRANCHES}; the outcome {question.outcome} is not among those that "
        f"are followed; the most probable of these: {', '.join(each.outcome for each in outcomes)}",
        "max_state_branches",
        OUTCOME_PLACE,
    )


def _wrong_length(outcome: str, num_clbits: int) -> InvalidInputError:
    return InvalidInputError(
        f"an outcome has a digit for each of the {num_clbits} classical bits, as the keys of counts have; "
        f"this one has {len(outcome)}",
        OUTCOME_PLACE,
    )
