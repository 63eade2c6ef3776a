"""The operations on sweeps: submit one, read it and its results, delete it, run one binding alone."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session, undefer

from app import audit
from app.audit import Action, Kind
from app.circuits.spec import ExecutionSpec, RunLimits
from app.database import Database
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.executions import service as executions
from app.executions import specs
from app.executions.noise_options import noise_spec
from app.jobs import repository as jobs
from app.jobs.service import Submission
from app.models import TERMINAL_STATUSES, Job, JobStatus
from app.rest.contracts import API
from app.rest.page_request import PageRequest
from app.rest.pagination import fetch_page
from app.sweeps import repository, responses
from app.sweeps.bindings import numbers_of, read_bindings, read_observables
from app.sweeps.repository import Contents
from app.sweeps.responses import AskedSweep, Sweep, SweepList
from app.sweeps.specs import KIND, SweepSpec

Found = TypeVar("Found")

NOT_FOUND = "Sweep not found"
NO_GRAPH = (
    "The sweep has no graph: its bindings have different circuits, or its program was never parsed, or it is "
    "of an older version. POST /api/sweeps/{sweep_id}/executions runs one binding, which has a graph."
)
LEAST_SHOTS = 2
"""The fewest shots with which a standard error can be computed."""


def submission_of(body: Mapping[str, Any], limits: RunLimits) -> Submission:
    """Return the job that the body of ``POST /api/sweeps`` submits.

    Raises:
        NotFoundError: there is no circuit of this name.
        InvalidProgramError, InvalidInputError, LimitExceededError: naming what is wrong.
    """
    run = _run(body, limits)
    bindings = read_bindings(body.get("bindings"), run.program, limits)
    observables = read_observables(body.get("observables"), bindings.number, limits)
    limits.check("max_sweep_shots", bindings.number * run.shots, "{} shots (bindings × shots)")
    spec = SweepSpec(
        msgspec.structs.replace(run, program=None), bindings.inputs, bindings.number, len(observables)
    )
    contents = Contents(run.program, observables, bindings.packed)
    attach = partial(repository.add, contents=contents)
    return Submission(
        KIND, msgspec.to_builtins(spec), body.get("tags", []), attach=attach, circuit_name=run.circuit_name
    )


def list_page(database: Database, query: Mapping[str, Any]) -> SweepList:
    """Return a page of sweeps, newest first."""
    request = PageRequest.of_query("sweeps", query)
    statement = repository.matching(query.get("status", ()), executions.filters_of(query))
    statement = statement.options(undefer(Job.spec), undefer(Job.result))
    with database.reading() as session:
        page = fetch_page(session, statement, request, (Job.created_at, Job.id))
    return SweepList(**page.envelope(request), sweeps=[responses.sweep(row[0]) for row in page.rows])


def read(database: Database, sweep_id: UUID) -> Sweep:
    """Return a sweep, whatever its state.

    Raises:
        NotFoundError: there is none.
    """
    with database.reading() as session:
        return responses.sweep(_job(session, sweep_id))


def asked(database: Database, sweep_id: UUID, query: Mapping[str, int]) -> AskedSweep:
    """Return the request of a sweep, with the numbers of some bindings, whatever its state.

    Raises:
        NotFoundError: there is no such sweep.
        InvalidInputError: there are no such bindings.
    """
    with database.reading() as session:
        spec, _ = _spec_and_status(session, sweep_id)
        first, end = range_of(query, spec)
        stored = _existing(repository.find(session, sweep_id, first, end - first, len(spec.inputs)))
    numbers = numbers_of(stored.contents.bindings)
    return AskedSweep(
        sweep_id=sweep_id,
        num_bindings=spec.bindings,
        program=stored.contents.program,
        bindings={name: list(numbers[at :: len(spec.inputs)]) for at, name in enumerate(spec.inputs)},
        observables=[dict(each) for each in stored.contents.observables],
    )


def render_succeeded(database: Database, sweep_id: UUID) -> bytes:
    """Return a sweep that has succeeded as JSON.

    Raises:
        NotFoundError: it has not.
    """
    found = read(database, sweep_id)
    if found.status is not JobStatus.SUCCEEDED:
        raise NotFoundError(NOT_FOUND)
    return msgspec.json.encode(found)


def delete(session: Session, sweep_id: str) -> None:
    """Delete a sweep that has ended, with its results and its job.

    Raises:
        NotFoundError: there is none.
        ConflictError: it has not ended.
    """
    job = _job(session, parse_id(sweep_id))
    if job.status not in TERMINAL_STATUSES:
        raise _not_finished(job.id, job.status)
    jobs.remove(session, [job.id])
    audit.record(session, Action.DELETED, Kind.SWEEP, str(job.id))


def require_results(database: Database, sweep_id: str, *, of_observables: bool) -> tuple[UUID, SweepSpec]:
    """Return the id and the spec of a sweep that has succeeded.

    Raises:
        NotFoundError: there is none, or it has results of the other form.
        ConflictError: it has not succeeded.
    """
    known_id = parse_id(sweep_id)
    with database.reading() as session:
        spec, status = _spec_and_status(session, known_id)
    if status not in TERMINAL_STATUSES:
        raise _not_finished(known_id, status)
    if status is not JobStatus.SUCCEEDED:
        raise ConflictError(f"The sweep has no results: it is {status}.", code="no_results")
    if of_observables != bool(spec.observables):
        other = "values" if spec.observables else "counts"
        raise NotFoundError(f"This sweep has {other}: read /api/sweeps/{known_id}/{other}")
    return known_id, spec


def events_of(database: Database, sweep_id: UUID) -> str:
    """Return the events of the circuit that the bindings of a sweep share, as JSON.

    Raises:
        NotFoundError: there is no such sweep, or its bindings share no circuit.
        ConflictError: the circuit is not parsed yet.
    """
    with database.reading() as session:
        found = _existing(repository.events_of(session, sweep_id))
    if found.events is not None:
        return found.events
    if not found.is_planned and found.status not in TERMINAL_STATUSES:
        raise _not_finished(sweep_id, found.status)
    raise NotFoundError(NO_GRAPH)


def range_of(query: Mapping[str, int], spec: SweepSpec) -> tuple[int, int]:
    """Return the range of bindings that a query selects: from the first number to before the second.

    Raises:
        InvalidInputError: there are no such bindings.
    """
    first, end = query["from"], query.get("to", spec.bindings)
    if end > spec.bindings:
        raise InvalidInputError(f"the sweep has {spec.bindings} bindings", ("query", "to"))
    if first > end:
        raise InvalidInputError(f"from is {first} and to is {end}; to must not be less", ("query", "from"))
    return first, end


def execution_of(database: Database, sweep_id: str, body: Mapping[str, Any], limits: RunLimits) -> Submission:
    """Return the submission that runs one binding of a sweep as an execution, whatever the sweep's state.

    Raises:
        NotFoundError: there is no such sweep.
        InvalidInputError: there is no such binding, or with this seed the circuit would be another.
        LimitExceededError: too many shots.
    """
    known_id, index = parse_id(sweep_id), body["index"]
    with database.reading() as session:
        spec, _ = _spec_and_status(session, known_id)
        if index >= spec.bindings:
            message = f"the sweep has {spec.bindings} bindings, from 0"
            raise InvalidInputError(message, ("body", "index"))
        stored = _existing(repository.find(session, known_id, index, 1, len(spec.inputs)))
    values = dict(zip(spec.inputs, numbers_of(stored.contents.bindings), strict=True))
    shots = body.get("shots") or spec.run.shots or specs.DEFAULT_SHOTS
    limits.check("max_shots", shots, "{} shots", ("body", "shots"))
    run = msgspec.structs.replace(
        spec.run,
        program=stored.contents.program,
        shots=shots,
        inputs=values,
        measure="all" if spec.observables else spec.run.measure,
    )
    return specs.submission_of(msgspec.structs.replace(run, seed=_execution_seed(run, body)), [])


def _execution_seed(run: ExecutionSpec, body: Mapping[str, Any]) -> int:
    """Return the seed with which one binding of a sweep is executed; ``run`` has that of the sweep."""
    seed: int = body.get("seed", run.seed if run.is_drawn else specs.drawn_seed())
    if run.is_drawn and seed != run.seed:
        message = f"the seed decides the gates of {run.circuit}; leave it out, or give the sweep's {run.seed}"
        raise InvalidInputError(message, ("body", "seed"))
    return seed


def parse_id(text: str) -> UUID:
    """Return the id of a sweep that a path names; raises as ``executions.service.parse_id``."""
    return executions.parse_id(text, NOT_FOUND)


def _run(body: Mapping[str, Any], limits: RunLimits) -> ExecutionSpec:
    """Return how each binding is run."""
    if ("program" in body) == ("circuit_name" in body):
        raise InvalidInputError("give either program or circuit_name", ("body", "program"))
    noise = noise_spec(body["noise"]) if "noise" in body else None
    given = {name: body[name] for name in ("seed", "method") if name in body}
    options = specs.RunOptions("body", _shots(body), noise=noise, member="parameters", **given)
    if "program" in body:
        if "parameters" in body:
            message = "only circuits of the library have parameters; give the inputs of a program in bindings"
            raise InvalidInputError(message, ("body", "parameters"))
        return specs.program_spec(body["program"], body.get("name"), body.get("measure"), options, limits)
    specs.refuse_without_program(body, body["circuit_name"])
    return _library_run(body["circuit_name"], body.get("parameters", {}), options, limits)


def _library_run(
    circuit: str, parameters: Mapping[str, int], options: specs.RunOptions, limits: RunLimits
) -> ExecutionSpec:
    run = specs.library_spec(circuit, parameters, options, limits)
    for name in parameters:
        if name not in run.parameters:  # a gate_count, which the routes of executions ignore
            message = f"the circuit {circuit} has no parameter {name}"
            raise InvalidInputError(message, (*options.parameters_place, name))
    return run


def _shots(body: Mapping[str, Any]) -> int:
    """Return the shots of each binding; 0 for exact values."""
    shots: int = body.get("shots", specs.DEFAULT_SHOTS)
    if "precision" in body:
        if "shots" in body:
            raise InvalidInputError("give either shots or precision", ("body", "precision"))
        if "observables" not in body:
            raise InvalidInputError("a precision needs observables; give shots", ("body", "precision"))
        shots = max(math.ceil(1 / body["precision"] ** 2), LEAST_SHOTS)
    if not shots and "observables" not in body:
        raise InvalidInputError("shots: 0 asks for exact values, which need observables", ("body", "shots"))
    if 0 < shots < LEAST_SHOTS and "observables" in body:
        raise InvalidInputError(
            f"standard errors need {LEAST_SHOTS} shots, or 0 for exact values", ("body", "shots")
        )
    return shots


def _job(session: Session, sweep_id: UUID) -> Job:
    job = jobs.get(session, sweep_id)
    if job is None or job.kind != KIND:
        raise NotFoundError(NOT_FOUND)
    return job


def _spec_and_status(session: Session, sweep_id: UUID) -> tuple[SweepSpec, JobStatus]:
    values, status = _existing(repository.spec_and_status(session, sweep_id))
    return msgspec.convert(values, SweepSpec), status


def _existing(found: Found | None) -> Found:
    if found is None:
        raise NotFoundError(NOT_FOUND)
    return found


def _not_finished(sweep_id: UUID, status: str) -> ConflictError:
    message = f"The sweep has not finished: it is {status}."
    return ConflictError(message, code="not_finished", location=API.job_url(sweep_id))
