"""Answers questions about the states of an execution, in a simulator process."""

from collections.abc import Sequence

import msgspec
from qiskit import QuantumCircuit

from app.circuits import events, runner
from app.circuits.event_graph import Event, collector_paused
from app.circuits.spec import ExecutionSpec, RunLimits
from app.circuits.states import assertions, diagram, fidelities, step_states
from app.circuits.states.diagram import Shade
from app.circuits.states.documents import Answer, Diagram, StateStep
from app.circuits.states.limits import ON_THE_RUN
from app.circuits.states.questions import (
    AboutAssertions,
    AboutDiagram,
    AboutFidelity,
    AboutStep,
    AboutSteps,
    Asked,
    StoredRun,
)
from app.errors import AppError, InvalidInputError, errors_at

PURITY_LEGEND = "purity of the qubits after the step: white is 1, the darkest colour 0.5"


def answer(run: StoredRun, question: Asked, limits: RunLimits) -> bytes:
    """Return the answer as JSON.

    Raises:
        InvalidInputError: this question about this run cannot be answered; the message says why.
        LimitExceededError: measurements have too many outcomes.
    """
    with collector_paused(), errors_at(ON_THE_RUN):
        return msgspec.json.encode(_answer(run, question, limits))


def _answer(run: StoredRun, question: Asked, limits: RunLimits) -> Answer:
    spec = ExecutionSpec("stored", shots=1, seed=0, program=run.program, measure="all")
    circuit = runner.circuit_of(spec, limits)
    happened = events.extract(circuit)
    if len(happened) != run.num_events:
        raise InvalidInputError(
            f"the stored program has {len(happened)} steps, but the run had {run.num_events}: "
            "another circuit was run, whose states are not known"
        )
    match question:
        case AboutSteps():
            return step_states.all_steps(circuit, happened)
        case AboutStep():
            return step_states.at_step(circuit, happened, question)
        case AboutFidelity():
            if run.noise is None:
                raise InvalidInputError("the run had no noise, so its fidelity is 1 after every step")
            return fidelities.fidelities(circuit, happened, run.noise)
        case AboutAssertions():
            return assertions.check(circuit, happened, question.assertions)
        case AboutDiagram():
            return Diagram(_drawn(circuit, happened, run, question))
    raise AppError("the question is unknown")


def _drawn(circuit: QuantumCircuit, happened: Sequence[Event], run: StoredRun, question: AboutDiagram) -> str:
    if question.format == "text":
        return diagram.text(circuit)
    if question.color == "fidelity" and run.noise is not None:
        found = fidelities.fidelities(circuit, happened, run.noise)
        most = max((step.loss for step in found.steps), default=0.0) or 1.0
        losses = [
            Shade(step.loss / most, f"fidelity {step.fidelity:.6f}, loss {step.loss:.6f}")
            for step in found.steps
        ]
        name = "fidelity" if found.method == "exact" else "estimated fidelity"
        legend = (
            f"loss of {name}: white is 0, the darkest colour {most:.4f}; "
            f"{found.fidelity:.4f} is left after all steps"
        )
        return diagram.svg(circuit, happened, losses, legend)
    if question.color == "states":
        steps = step_states.all_steps(circuit, happened).steps
        return diagram.svg(circuit, happened, [_shade(step) for step in steps], PURITY_LEGEND)
    return diagram.svg(circuit, happened, [], "")


def _shade(step: StateStep) -> Shade:
    """Return how mixed the qubits of a step are after it: 0 if all are pure, 1 if one is maximally mixed."""
    own = [qubit for qubit in step.qubits if qubit.qubit in step.on]
    lowest = min((qubit.purity for qubit in own), default=1.0)
    texts = [
        f"q{qubit.qubit} ({', '.join(f'{each:.3f}' for each in qubit.bloch)}), purity {qubit.purity:.3f}"
        for qubit in own
    ]
    return Shade(2 * (1 - lowest), "; ".join(texts))
