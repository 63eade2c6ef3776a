"""What callers do with executions: ask for one, read one, list, delete."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app import audit
from app.audit import Action, Kind
from app.circuits.spec import NoiseSpec, RunLimits
from app.database import Database
from app.executions import answers, deleted, lookup, repository, specs
from app.executions.noise_options import noise_spec
from app.executions.repository import ListFilters
from app.jobs import repository as jobs
from app.jobs.service import Submission
from app.models import JobStatus
from app.rest.pagination import PageRequest, fetch_page


def library_submission(circuit: str, query: Mapping[str, Any], limits: RunLimits) -> Submission:
    """What ``POST /api/execute/{circuit_name}`` asks for, clean or noisy; see ``specs.library_spec``."""
    noise = NoiseSpec(query["noise_type"], query["noise_level"]) if "noise_type" in query else None
    parameters = {name: query[name] for name in specs.PARAMETERS if name in query}
    spec = specs.library_spec(circuit, parameters, _options("query", query, noise), limits)
    return Submission(specs.KIND, msgspec.to_builtins(spec), _distinct(query.get("tag", [])))


def program_submission(body: Mapping[str, Any], query: Mapping[str, Any], limits: RunLimits) -> Submission:
    """What ``POST /api/execute`` asks for: a program, or without one bell; see ``specs.program_spec``."""
    specs.refuse_twice(body, query)
    noise = noise_spec(body["noise"]) if "noise" in body else None
    options = _options("query" if query else "body", {**body, **query}, noise)
    if "program" in body:
        spec = specs.program_spec(body["program"], body.get("name"), body.get("measure"), options, limits)
    else:
        specs.refuse_without_program(body)
        spec = specs.library_spec(specs.DEFAULT_CIRCUIT, {}, options, limits)
    return Submission(specs.KIND, msgspec.to_builtins(spec), _distinct(body.get("tags", [])))


def list_page(database: Database, query: Mapping[str, Any]) -> dict[str, object]:
    """A page of the list: executions, or jobs in another state than SUCCEEDED."""
    request = PageRequest(query["limit"], query.get("page"), query.get("cursor"))
    filters, status = _filters(query), JobStatus(query["status"])
    with database.reading() as session:
        if status is JobStatus.SUCCEEDED:
            page, render = fetch_page(session, repository.matching(filters), request), answers.summary
        else:
            statement = repository.matching_jobs(status, filters)
            page, render = fetch_page(session, statement, request), answers.job_summary
    return {**page.envelope(request), "executions": [render(row) for row in page.rows]}


def execution_answer(database: Database, execution_id: UUID) -> bytes:
    """The answer to the POST that made this execution.

    Raises:
        NotFoundError: there is none.
        ConflictError: its job has not finished.
    """
    return answers.execution_answer(lookup.read(database, execution_id, repository.find))


def overview(database: Database, execution_id: str) -> bytes:
    """The overview of one execution; raises as ``execution_answer``."""
    return answers.overview_answer(lookup.read(database, lookup.parse_id(execution_id), repository.find))


def graph(database: Database, execution_id: str) -> bytes:
    """The event graph of one execution, derived from its record; raises as ``execution_answer``."""
    return answers.graph_answer(lookup.read(database, lookup.parse_id(execution_id), repository.find))


def program(database: Database, execution_id: str) -> dict[str, object]:
    """The program that was run; raises as ``execution_answer``."""
    known_id = lookup.parse_id(execution_id)
    language, text = lookup.read(database, known_id, repository.find_program)
    return answers.program_answer(known_id, language, text)


def delete(session: Session, execution_id: str) -> None:
    """Delete an execution and its job; its graph goes as soon as Neo4j is asked.

    Raises:
        NotFoundError: there is none.
        ConflictError: its job has not finished.
    """
    known_id = lookup.parse_id(execution_id)
    if not deleted.mark_deleted(session, known_id):
        raise lookup.absence(repository.job_status(session, known_id), known_id)
    jobs.remove(session, [known_id])
    audit.record(session, Action.DELETED, Kind.EXECUTION, str(known_id))


def _filters(query: Mapping[str, Any]) -> ListFilters:
    circuit, noise = None, None
    if "circuit_name" in query:
        circuit, noise = specs.split_name(query["circuit_name"])
    return ListFilters(
        circuit=circuit,
        noise=noise,
        is_noisy=query.get("is_noisy"),
        tags=query.get("tag", []),
        created_after=query.get("created_after"),
        created_before=query.get("created_before"),
    )


def _options(place: str, given: Mapping[str, Any], noise: NoiseSpec | None) -> specs.RunOptions:
    known = {name: given[name] for name in ("shots", "seed", "method") if name in given}
    return specs.RunOptions(place=place, noise=noise, **known)


def _distinct(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))
