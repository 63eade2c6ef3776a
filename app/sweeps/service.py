"""What callers do with sweeps: ask for one, read it and its results, delete it, run one binding alone."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any
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
from app.rest.pagination import PageRequest, fetch_page
from app.sweeps import repository, responses
from app.sweeps.bindings import numbers_of, read_bindings, read_observables
from app.sweeps.repository import Contents
from app.sweeps.responses import Sweep, SweepList
from app.sweeps.specs import KIND, SweepSpec

NOT_FOUND = "Sweep not found"
LEAST_SHOTS = 2
"""The fewest shots from which a standard error follows."""


def submission_of(body: Mapping[str, Any], limits: RunLimits) -> Submission:
    """Return what ``POST /api/sweeps`` asks for.

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
    tags = list(dict.fromkeys(body.get("tags", [])))
    return Submission(KIND, msgspec.to_builtins(spec), tags, attach=attach)


def list_page(database: Database, query: Mapping[str, Any]) -> SweepList:
    """Return a page of sweeps, newest first."""
    request = PageRequest(query["limit"], query.get("page"), query.get("cursor"))
    statement = jobs.matching(kind=KIND, status=query.get("status", ()), tags=query.get("tag", ()))
    statement = statement.options(undefer(Job.result))
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
        found = repository.spec_and_status(session, known_id)
    if found is None:
        raise NotFoundError(NOT_FOUND)
    values, status = found
    spec = msgspec.convert(values, SweepSpec)
    if status not in TERMINAL_STATUSES:
        raise _not_finished(known_id, status)
    if status is not JobStatus.SUCCEEDED:
        raise ConflictError(f"The sweep has no results: it is {status}.", code="no_results")
    if of_observables != bool(spec.observables):
        other = "values" if spec.observables else "counts"
        raise NotFoundError(f"This sweep has {other}: read /api/sweeps/{known_id}/{other}")
    return known_id, spec


def range_of(query: Mapping[str, int], spec: SweepSpec) -> tuple[int, int]:
    """Return which bindings are asked for: from the first one to before the second.

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
        InvalidInputError: there is no such binding.
        LimitExceededError: too many shots.
    """
    known_id, index = parse_id(sweep_id), body["index"]
    with database.reading() as session:
        found = repository.spec_and_status(session, known_id)
        if found is None:
            raise NotFoundError(NOT_FOUND)
        spec = msgspec.convert(found[0], SweepSpec)
        if index >= spec.bindings:
            message = f"the sweep has {spec.bindings} bindings, from 0"
            raise InvalidInputError(message, ("body", "index"))
        stored = repository.find(session, known_id, index, 1, len(spec.inputs))
    if stored is None:
        raise NotFoundError(NOT_FOUND)
    values = dict(zip(spec.inputs, numbers_of(stored.contents.bindings), strict=True))
    shots = body.get("shots") or spec.run.shots or specs.DEFAULT_SHOTS
    limits.check("max_shots", shots, "{} shots", ("body", "shots"))
    run = msgspec.structs.replace(
        spec.run,
        program=stored.contents.program,
        shots=shots,
        seed=body["seed"] if "seed" in body else specs.drawn_seed(),
        inputs=values,
        measure="all" if spec.observables else spec.run.measure,
    )
    return specs.submission_of(run, [])


def parse_id(text: str) -> UUID:
    """Return the id of a sweep that a path names; raises as ``executions.service.parse_id``."""
    return executions.parse_id(text, NOT_FOUND)


def _run(body: Mapping[str, Any], limits: RunLimits) -> ExecutionSpec:
    """Return how each binding is run."""
    if ("program" in body) == ("circuit_name" in body):
        raise InvalidInputError("give either program or circuit_name", ("body", "program"))
    noise = noise_spec(body["noise"]) if "noise" in body else None
    given = {name: body[name] for name in ("seed", "method") if name in body}
    options = specs.RunOptions(place="body", noise=noise, shots=_shots(body), **given)
    if "program" in body:
        return specs.program_spec(body["program"], body.get("name"), body.get("measure"), options, limits)
    specs.refuse_without_program(body)
    return specs.library_spec(body["circuit_name"], {}, options, limits)


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
        raise InvalidInputError("0 shots ask for exact values and need observables", ("body", "shots"))
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


def _not_finished(sweep_id: UUID, status: str) -> ConflictError:
    message = f"The sweep has not finished: it is {status}."
    return ConflictError(message, code="not_finished", location=API.job_url(sweep_id))
