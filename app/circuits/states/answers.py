"""Answers questions about the states of an execution, in a simulator process."""

import msgspec

from app.circuits import events, runner
from app.circuits.event_graph import collector_paused
from app.circuits.spec import ExecutionSpec, RunLimits
from app.circuits.states import assertions, fidelities, pictures
from app.circuits.states.documents import Answer
from app.circuits.states.questions import (
    AboutAssertions,
    AboutFidelity,
    AboutStep,
    AboutSteps,
    Asked,
    StoredRun,
)
from app.errors import AppError, InvalidInputError


def answer(run: StoredRun, question: Asked, limits: RunLimits) -> bytes:
    """Return the answer as JSON.

    Raises:
        InvalidInputError: the run or the question is one that cannot be answered; the message names why.
        LimitExceededError: too many outcomes of measurements.
    """
    with collector_paused():
        return msgspec.json.encode(_answer(run, question, limits))


def _answer(run: StoredRun, question: Asked, limits: RunLimits) -> Answer:
    spec = ExecutionSpec("stored", shots=1, seed=0, program=run.program, measure="all")
    circuit = runner.circuit_of(spec, limits)
    happened = events.extract(circuit)
    if len(happened) != run.num_events:
        raise InvalidInputError(
            f"the stored program has {len(happened)} steps and the run had {run.num_events}: "
            "it was run in another form, whose states are not known"
        )
    match question:
        case AboutSteps():
            return pictures.all_steps(circuit, happened)
        case AboutStep():
            return pictures.at_step(circuit, happened, question)
        case AboutFidelity():
            if run.noise is None:
                raise InvalidInputError("the run had no noise, so that its fidelity is 1 after every step")
            return fidelities.fidelities(circuit, happened, run.noise)
        case AboutAssertions():
            return assertions.check(circuit, happened, question.assertions)
    raise AppError("the question is unknown")
