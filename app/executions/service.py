"""The operations on executions: submit, read, list, delete."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.circuits.spec import ExecutionSpec, Language, NoiseSpec, RunLimits
from app.database import Database
from app.devices import service as devices
from app.errors import ConflictError, InvalidInputError, NotFoundError
from app.executions import deleted, repository, responses, specs
from app.executions.event_list import EventList, event_list
from app.executions.noise_options import noise_spec
from app.executions.repository import ListFilters
from app.executions.responses import ExecutionList, Program
from app.jobs import repository as jobs
from app.jobs.service import Submission
from app.models import TERMINAL_STATUSES, JobStatus
from app.rest.contracts import API
from app.rest.page_request import PageRequest
from app.rest.pagination import fetch_page

Found = TypeVar("Found")

CANONICAL_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
NOT_FOUND = "Execution not found"
"""The contract's sentence."""


def library_submission(circuit: str, query: Mapping[str, Any], limits: RunLimits) -> Submission:
    """Return what ``POST /api/execute/{circuit_name}`` asks for; raises as ``specs.library_spec``."""
    return specs.submission_of(library_spec(circuit, query, limits), query.get("tag", []))


def library_spec(circuit: str, query: Mapping[str, Any], limits: RunLimits) -> ExecutionSpec:
    """Return the spec of a library circuit and a query; raises as ``specs.library_spec``."""
    noise = NoiseSpec(query["noise_type"], query["noise_level"]) if "noise_type" in query else None
    parameters = {name: query[name] for name in specs.PARAMETERS if name in query}
    return specs.library_spec(circuit, parameters, run_options("query", query, noise), limits)


def program_submission(
    body: Mapping[str, Any], query: Mapping[str, Any], limits: RunLimits, database: Database
) -> Submission:
    """Return what ``POST /api/execute`` asks for; raises as ``program_spec``."""
    spec = program_spec(body, query, limits, database)
    return specs.submission_of(spec, body.get("tags", []))


def program_spec(
    body: Mapping[str, Any], query: Mapping[str, Any], limits: RunLimits, database: Database
) -> ExecutionSpec:
    """Return the spec of a body: of its program, or without one of the circuit ``bell``.

    Raises:
        AppError: as ``specs.program_spec`` and ``specs.library_spec``.
    """
    given = specs.merge_query(body, query)
    noise = noise_of(body["noise"], database) if "noise" in body else None
    place = "body" if given.get("shots") == body.get("shots") else "query"
    options = run_options(place, given, noise)
    if "program" in body:
        return specs.program_spec(body["program"], body.get("name"), body.get("measure"), options, limits)
    specs.refuse_without_program(body)
    return specs.library_spec(specs.DEFAULT_CIRCUIT, {}, options, limits)


def noise_of(given: Mapping[str, Any], database: Database) -> NoiseSpec:
    """Return the noise model that a request describes; raises as ``noise_options.noise_spec``."""
    return noise_spec(given, partial(devices.calibration_of, database))


def list_page(database: Database, query: Mapping[str, Any]) -> ExecutionList:
    """Return a page of executions, or of jobs if another status than SUCCEEDED is asked for."""
    request = PageRequest.of_query("executions", query)
    filters, status = filters_of(query), JobStatus(query["status"])
    with database.reading() as session:
        if status is JobStatus.SUCCEEDED:
            statement, by, render = repository.matching(filters), repository.BY_AGE, responses.summary
            counts = _kept_total if filters.is_empty else None
        else:
            statement, by = repository.matching_jobs(status, filters), repository.JOBS_BY_AGE
            render, counts = responses.job_summary, None
        page = fetch_page(session, statement, request, by, counts)
    return ExecutionList(**page.envelope(request), executions=[render(row) for row in page.rows])


def _kept_total(session: Session, _statement: Select[Any]) -> tuple[int, bool]:
    return repository.total(session), False


def render_execution(database: Database, execution_id: UUID) -> bytes:
    """Return the JSON that answers the POST that made this execution; raises as ``read_existing``."""
    return responses.render_execution(read_existing(database, execution_id, repository.find))


def render_overview(database: Database, execution_id: str) -> bytes:
    """Return the overview of one execution as JSON; raises as ``read_existing``."""
    return responses.render_overview(read_existing(database, parse_id(execution_id), repository.find))


def program(database: Database, execution_id: str, *, transpiled: bool) -> Program:
    """Return the program that was submitted, or the transpiled one; raises as ``read_existing``.

    Raises:
        InvalidInputError: there is no transpiled one.
    """
    known_id = parse_id(execution_id)
    language, text, other = read_existing(database, known_id, repository.find_program)
    if transpiled:
        return Program(known_id, Language.OPENQASM_3, of_device(other))
    return Program(known_id, language, text)


def events_page(
    database: Database, execution_id: str, query: Mapping[str, Any], *, transpiled: bool
) -> EventList:
    """Return a page of the events of an execution; raises as ``program``, and for a wrong cursor."""
    known_id = parse_id(execution_id)
    events = read_existing(database, known_id, partial(repository.find_events, transpiled=transpiled))
    return event_list(known_id, of_device(events or None), query)


def of_device(found: str | None) -> str:
    """Return what only an execution on a device has.

    Raises:
        InvalidInputError: this one did not run on a device.
    """
    if found is None:
        message = "only an execution under the noise of a device has a transpiled circuit"
        raise InvalidInputError(message, ("query", "circuit"))
    return found


def delete(session: Session, execution_id: str) -> None:
    """Delete an execution and its job; a worker removes its graph.

    Raises:
        NotFoundError: there is none.
        ConflictError: its job has not finished.
    """
    known_id = parse_id(execution_id)
    if not deleted.mark_deleted(session, known_id):
        raise _absence(repository.job_status(session, known_id), known_id)
    jobs.remove(session, [known_id])
    audit.record(session, Action.DELETED, Kind.EXECUTION, str(known_id))


def parse_id(text: str, not_found: str = NOT_FOUND) -> UUID:
    """Return the id that a path names.

    Raises:
        NotFoundError: it is no UUID, so that nothing has it.
    """
    if not CANONICAL_UUID.fullmatch(text):
        raise NotFoundError(not_found)
    return UUID(text)


def read_existing(
    database: Database, execution_id: UUID, find: Callable[[Session, UUID], Found | None]
) -> Found:
    """Return what ``find`` finds of an execution.

    Raises:
        NotFoundError: there is none.
        ConflictError: its job has not finished.
    """
    with database.reading() as session:
        found = find(session, execution_id)
        if found is not None:
            return found
        status = repository.job_status(session, execution_id)
        if status is JobStatus.SUCCEEDED:  # it ended between the two statements
            found = find(session, execution_id)
            if found is not None:
                return found
    raise _absence(status, execution_id)


def _absence(status: JobStatus | None, execution_id: UUID) -> NotFoundError | ConflictError:
    """Return why there is no execution of this id, whose job (if there is one) is in ``status``."""
    job_url = API.job_url(execution_id)
    if status is not None and status not in TERMINAL_STATUSES:
        message = f"The execution {execution_id} has not finished: its job is {status}."
        return ConflictError(message, code="not_finished", location=job_url)
    job = {} if status is None else {"job_status": status, "job": job_url}
    return NotFoundError(NOT_FOUND, details={"execution_id": str(execution_id), **job})


def filters_of(query: Mapping[str, Any]) -> ListFilters:
    """Return which executions, or jobs of executions, a list is asked for."""
    circuit, noise = None, None
    if "circuit_name" in query:
        circuit, noise = specs.split_name(query["circuit_name"])
    return ListFilters(
        circuit=circuit,
        noise=noise,
        is_noisy=query.get("is_noisy"),
        tags=tuple(query.get("tag", ())),
        created_after=query.get("created_after"),
        created_before=query.get("created_before"),
    )


def run_options(place: str, given: Mapping[str, Any], noise: NoiseSpec | None) -> specs.RunOptions:
    """Return the options of a run that stand in a query or a body (``place``)."""
    known = {name: given[name] for name in ("shots", "seed", "method", "mitigation") if name in given}
    return specs.RunOptions(place=place, noise=noise, **known)
