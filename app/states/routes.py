"""The states of an execution after its steps, its fidelity, assertions about it, and its diagram."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Response

from app.circuits.states.questions import (
    AboutAssertions,
    AboutDiagram,
    AboutFidelity,
    AboutStep,
    AboutSteps,
    Asked,
)
from app.executions.routes import EXECUTION_ID, MISSING, PLAIN_TEXT
from app.jobs.responses import result_response
from app.jobs.schemas import Job
from app.models import Role
from app.replay.routes import StepPath
from app.rest.blueprint import Blueprint
from app.rest.headers import ACCEPTED_HEADERS, PREFER, PREFERENCE_APPLIED
from app.rest.json import json_response
from app.rest.wiring import current_connections
from app.states import responses, schemas, service
from app.states.repository import AskedRun
from app.states.specs import submission_of

blueprint = Blueprint(
    "states",
    __name__,
    url_prefix="/api",
    description="The quantum states after each step, fidelities and assertions.",
)

SVG = "image/svg+xml"

DRAWS_ONLY = "default-src 'none'; style-src 'unsafe-inline'"
"""The content security policy of diagrams: a browser that opens one runs and loads nothing."""

Render = Callable[[AskedRun, bytes], bytes]
Check = Callable[[AskedRun], None]


@blueprint.route("/replay/<execution_id>/states", parameters=[EXECUTION_ID, PREFER])
@blueprint.arguments(schemas.StatesQuery, location="query")
@blueprint.response(200, responses.States, headers=PREFERENCE_APPLIED)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_states(query: dict[str, Any], execution_id: str) -> Response:
    """Read the state of each qubit after each step that changes it.

    A gate changes only the states of its own qubits; before the first step, every qubit is 0.
    """

    first, last = query["first"], query.get("last")

    def render(run: AskedRun, answer: bytes) -> bytes:
        end = run.num_events - 1 if last is None else last
        return responses.some_steps(
            answer, first, end, execution_id=execution_id, circuit_name=run.circuit_name
        )

    return _answer(execution_id, AboutSteps(), render, partial(service.check_range, first, last))


@blueprint.route("/replay/<execution_id>/step/<step_index>/state", parameters=[PREFER])
@blueprint.arguments(StepPath, location="path")
@blueprint.arguments(schemas.StateQuery, location="query")
@blueprint.response(200, responses.StateAfterStep, headers=PREFERENCE_APPLIED)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_state(path: dict[str, Any], query: dict[str, Any], **_: str) -> Response:
    """Read the whole state after one step: over all outcomes of measurements, or for one of them."""
    outcome = query.get("outcome")
    question = AboutStep(
        path["step_index"],
        query["top"],
        query["pairs"],
        None if outcome is None else outcome.replace(" ", ""),
    )
    return _answer(path["execution_id"], question, partial(_with_run, path["execution_id"]))


@blueprint.route("/replay/<execution_id>/fidelity", parameters=[EXECUTION_ID, PREFER])
@blueprint.response(200, responses.Fidelity, headers=PREFERENCE_APPLIED)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_fidelity(execution_id: str) -> Response:
    """Read the fidelity of a noisy execution to the ideal state after each step, and the losses."""

    def render(run: AskedRun, answer: bytes) -> bytes:
        return responses.with_run(
            answer, execution_id=execution_id, circuit_name=run.circuit_name, noise_config=run.noise_config
        )

    return _answer(execution_id, AboutFidelity(), render)


@blueprint.route("/replay/<execution_id>/assertions", methods=["POST"], parameters=[EXECUTION_ID, PREFER])
@blueprint.requires(Role.READER)
@blueprint.arguments(schemas.AssertionSchema(many=True), location="json")
@blueprint.response(200, responses.Assertions, headers=PREFERENCE_APPLIED)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409, 413, 415)
def check_assertions(body: list[dict[str, Any]], execution_id: str) -> Response:
    """Check assertions about the states; the first failure comes with the events that can have caused it."""
    return _answer(
        execution_id, AboutAssertions(schemas.assertions_of(body)), partial(_with_run, execution_id)
    )


@blueprint.route("/executions/<execution_id>/diagram", parameters=[EXECUTION_ID, PREFER])
@blueprint.arguments(schemas.DiagramQuery, location="query")
@blueprint.response(200, {"type": "string"}, content_type=SVG, headers=PREFERENCE_APPLIED)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=PLAIN_TEXT, success=True)
@blueprint.alt_response(202, schema=Job, headers=ACCEPTED_HEADERS, success=True)
@blueprint.alt_response(404, **MISSING)
@blueprint.errors(409)
def read_diagram(query: dict[str, Any], execution_id: str) -> Response:
    """Read the diagram of the circuit, as SVG or as text; an SVG may be coloured."""
    question = AboutDiagram(query["format"], query["color"])
    response = _answer(execution_id, question, lambda _run, answer: responses.diagram(answer))
    if response.status_code == HTTPStatus.OK:
        response.mimetype = SVG if query["format"] == "svg" else PLAIN_TEXT
        response.headers["Content-Security-Policy"] = DRAWS_ONLY
    return response


def _with_run(execution_id: str, run: AskedRun, answer: bytes) -> bytes:
    return responses.with_run(answer, execution_id=execution_id, circuit_name=run.circuit_name)


def _answer(execution_id: str, question: Asked, render: Render, check: Check = lambda _run: None) -> Response:
    """Respond with the stored answer, or submit a job that computes it."""
    database = current_connections().database
    job = service.asked_job(execution_id, question)
    run = service.ask(database, job.execution_id, question)
    check(run)
    if run.answer is not None:
        return json_response(render(run, run.answer))
    found = partial(service.answered, database, job)
    return result_response(
        submission_of(job), lambda _job_id: render(*found()), service.active_job(database, job)
    )
