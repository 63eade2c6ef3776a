"""Questions about the states of executions: their checks, and the stored answers."""

from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from app.circuits.spec import CustomNoise, NoiseSpec
from app.circuits.states.limits import ON_THE_RUN, check_size
from app.circuits.states.questions import (
    AboutAssertions,
    AboutStep,
    Asked,
    StoredRun,
)
from app.database import Database
from app.errors import InvalidInputError, NotFoundError
from app.executions.service import NOT_FOUND, parse_id, read_existing
from app.states import repository
from app.states.repository import AskedRun
from app.states.specs import StatesJob


def ask(database: Database, execution_id: UUID, question: Asked) -> AskedRun:
    """Return an execution after checking that this question can be answered; with the answer if it is stored.

    Raises:
        NotFoundError: there is no such execution.
        ConflictError: its job has not finished.
        InvalidInputError: the question cannot be answered; the message says why.
        LimitExceededError: the execution is too large for it.
    """
    with database.looking_up() as connection:
        run = repository.find_asked(connection, execution_id, question.key)
    if run is None:  # read_existing raises the error that says why
        run = read_existing(database, execution_id, partial(repository.find_asked, question=question.key))
    _check(run, question)
    return run


def answered(database: Database, job: StatesJob) -> tuple[AskedRun, bytes]:
    """Return an execution and the answer that a job has found.

    Raises:
        NotFoundError: there is none, or the execution was deleted.
    """
    with database.looking_up() as connection:
        run = repository.find_asked(connection, job.execution_id, job.question.key)
    if run is None or run.answer is None:
        raise NotFoundError(NOT_FOUND)
    return run, run.answer


def check_range(first: int, last: int | None, run: AskedRun) -> None:
    """Check a range of steps, which may have no end.

    Raises:
        InvalidInputError: the range is beyond the last step, or ends before it begins.
    """
    end = run.num_events - 1
    for name, step in (("from", first), ("to", last)):
        if step is not None and step > end:
            raise InvalidInputError(f"there is no such step; the last one is {end}", ("query", name))
    if last is not None and last < first:
        raise InvalidInputError(f"it is before the first step, {first}", ("query", "to"))


def asked_job(execution_id: str, question: Asked) -> StatesJob:
    """Return a question about the execution that a path names; raises as ``parse_id``."""
    return StatesJob(parse_id(execution_id), question)


def active_job(database: Database, job: StatesJob) -> UUID | None:
    """Return a job that answers the same question and has not ended."""
    with database.reading() as session:
        return repository.find_active_job(session, msgspec.to_builtins(job))


def stored_run(
    question: Asked, program: str, noise_config: dict[str, Any] | None, num_events: int
) -> StoredRun:
    """Return the parts of an execution that decide the answer; raises as ``noise_of``."""
    return StoredRun(program, num_events, noise_of(noise_config) if question.needs_noise else None)


def noise_of(config: dict[str, Any] | None) -> NoiseSpec | None:
    """Return the noise of an execution from its stored configuration.

    Raises:
        InvalidInputError: it is the noise of a device.
    """
    if config is None:
        return None
    if config["noise_type"] == "device":
        raise InvalidInputError(
            f"the run had the noise of the device {config['noise_level']}, on the circuit transpiled for it; "
            "fidelities are told of noise that is the same for all qubits",
            ON_THE_RUN,
        )
    known = {"type": config["noise_type"], "level": config["noise_level"]}
    if known["type"] == "custom":
        names = CustomNoise.__struct_fields__
        known["custom"] = {name: config[name] for name in names if name in config}
    return msgspec.convert(known, NoiseSpec)


def _check(run: AskedRun, question: Asked) -> None:
    if not run.has_program:
        raise InvalidInputError(
            "this execution has no stored program, so its states cannot be computed", ON_THE_RUN
        )
    last = run.num_events - 1
    if question.needs_noise:
        if run.noise_config is None:
            raise InvalidInputError("the run had no noise: its fidelity is 1 after every step", ON_THE_RUN)
        noise_of(run.noise_config)
    if isinstance(question, AboutStep) and question.step > last:
        raise InvalidInputError(f"there is no such step; the last one is {last}", ("path", "step_index"))
    if isinstance(question, AboutAssertions):
        _check_assertions(question, run.num_qubits, last)
    check_size(question, run.num_qubits, run.num_events)


def _check_assertions(question: AboutAssertions, num_qubits: int, last: int) -> None:
    for index, assertion in enumerate(question.assertions):
        place = ("body", index)
        if assertion.step > last:
            raise InvalidInputError(f"there is no such step; the last one is {last}", (*place, "step"))
        for qubit in assertion.qubits:
            if qubit >= num_qubits:
                name = "qubit" if assertion.kind == "bloch" else "qubits"
                name = name if assertion.kind in ("bloch", "equals") else assertion.kind
                message = f"there is no qubit {qubit}; the last one is {num_qubits - 1}"
                raise InvalidInputError(message, (*place, name))
