"""The routes of states: what is answered from the table, what is submitted, and what is refused."""

import zlib
from typing import Any
from uuid import UUID

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from app.circuits.spec import NoiseSpec
from app.circuits.states.limits import MAX_STATE_QUBITS
from app.circuits.states.questions import AboutFidelity, AboutSteps, Question
from app.database import Database
from app.executions import deleted
from app.models import Execution, ExecutionStates, Job, JobStatus
from app.states import repository
from app.states.specs import KIND
from tests.executions.factories import execution_values, store_executions

ASYNC = {"Prefer": "respond-async"}
ASSERTION = {"step": 1, "qubit": 0, "bloch": [1, 0, 0]}
STEPS = [{"step": step, "qubits": []} for step in range(6)]


def stored(database: Database, **values: Any) -> str:
    [execution_id] = store_executions(database, execution_values(**values))
    return str(execution_id)


def keep(database: Database, execution_id: str, question: Question, document: dict[str, Any]) -> None:
    with database.unit_of_work() as unit:
        packed = zlib.compress(msgspec.json.encode(document))
        repository.keep(unit.session, UUID(execution_id), question.key, packed)


def jobs(database: Database) -> list[Job]:
    with database.reading() as session:
        return list(session.scalars(select(Job).where(Job.kind == KIND).options(undefer(Job.spec))))


def test_the_first_ask_makes_a_job_and_a_second_one_joins_it(client: FlaskClient, database: Database) -> None:
    execution_id = stored(database)
    first = client.get(f"/api/replay/{execution_id}/states", headers=ASYNC)
    second = client.get(f"/api/replay/{execution_id}/states", headers=ASYNC)
    other = client.get(f"/api/replay/{execution_id}/step/2/state", headers=ASYNC)
    assert [each.status_code for each in (first, second, other)] == [202] * 3
    assert first.json["job_id"] == second.json["job_id"] != other.json["job_id"]
    assert first.headers["Location"] == f"/api/jobs/{first.json['job_id']}"
    assert (first.json["kind"], len(jobs(database))) == ("states", 2)


def test_what_is_known_is_answered_without_a_job(client: FlaskClient, database: Database) -> None:
    execution_id = stored(database)
    keep(database, execution_id, AboutSteps(), {"num_qubits": 2, "total_steps": 6, "steps": STEPS})
    answer = client.get(f"/api/replay/{execution_id}/states?from=2&to=3")
    assert answer.json == {
        "execution_id": execution_id,
        "circuit_name": "bell",
        "num_qubits": 2,
        "total_steps": 6,
        "first": 2,
        "last": 3,
        "steps": STEPS[2:4],
    }
    assert len(client.get(f"/api/replay/{execution_id}/states").json["steps"]) == 6
    assert jobs(database) == []


def test_the_fidelity_that_is_known_has_the_noise_of_the_run(client: FlaskClient, database: Database) -> None:
    execution_id = stored(database, noise=NoiseSpec("thermal", "low"))
    keep(database, execution_id, AboutFidelity(), {"fidelity": 0.99})
    answer = client.get(f"/api/replay/{execution_id}/fidelity").json
    assert (answer["fidelity"], answer["noise_config"]["noise_level"]) == (0.99, "low")


@pytest.mark.parametrize(
    ("path", "loc", "message"),
    [
        ("states?from=6", ["query", "from"], "there is no such step; the last one is 5"),
        ("states?to=6", ["query", "to"], "there is no such step; the last one is 5"),
        ("states?from=3&to=2", ["query", "to"], "it is before the first step, 3"),
        ("step/6/state", ["path", "step_index"], "there is no such step; the last one is 5"),
        ("fidelity", ["path", "execution_id"], "the run had no noise: its fidelity is 1 after every step"),
        (
            "step/2/state?outcome=2",
            ["query", "outcome"],
            "an outcome is written as in counts, with 0, 1 and spaces",
        ),
        ("step/2/state?top=0", ["query", "top"], "ensure this value is greater than or equal to 1"),
        ("step/2/state?pairs=yes", ["query", "pairs"], "must be true or false"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_stored(
    client: FlaskClient, database: Database, path: str, loc: list[str], message: str
) -> None:
    answer = client.get(f"/api/replay/{stored(database)}/{path}")
    assert answer.status_code == 422
    assert [(each["loc"], each["msg"]) for each in answer.json["detail"]] == [(loc, message)]
    assert jobs(database) == []


@pytest.mark.parametrize(
    ("values", "loc", "message"),
    [
        ({}, ["body", 0], "say one of bloch, entangled, separable, equals; this says none"),
        (
            {"entangled": [0, 1], "separable": [0, 1]},
            ["body", 0],
            "say one of bloch, entangled, separable, equals; this says entangled and separable",
        ),
        ({"bloch": [1, 0, 0]}, ["body", 0, "qubit"], "bloch needs qubit"),
        ({"bloch": [1, 0], "qubit": 0}, ["body", 0, "bloch"], "must have 3 to 3 items; it has 2"),
        ({"entangled": [0, 1], "qubit": 0}, ["body", 0, "qubit"], "entangled has no qubit"),
        ({"entangled": [0, 0]}, ["body", 0, "entangled"], "name each qubit once"),
        ({"entangled": [0, 2]}, ["body", 0, "entangled"], "there is no qubit 2; the last one is 1"),
        ({"bloch": [1, 0, 0], "qubit": 9}, ["body", 0, "qubit"], "there is no qubit 9; the last one is 1"),
        ({"equals": "ghz"}, ["body", 0, "qubits"], "equals needs qubits"),
        (
            {"equals": "w", "qubits": [0]},
            ["body", 0, "qubits"],
            "w is a state of 2 or more qubits; these are 1",
        ),
        (
            {"equals": "bell", "qubits": [0, 1, 2]},
            ["body", 0, "qubits"],
            "bell is a state of 2 qubits; these are 3",
        ),
        ({"step": 6, "separable": [0, 1]}, ["body", 0, "step"], "there is no such step; the last one is 5"),
        ({"pure": True}, ["body", 0, "pure"], None),
    ],
)
def test_assertions_that_make_no_sense_are_refused(
    client: FlaskClient, database: Database, values: dict[str, Any], loc: list[Any], message: str | None
) -> None:
    body = [{"step": 1, **values}]
    answer = client.post(f"/api/replay/{stored(database)}/assertions", json=body)
    assert answer.status_code == 422
    assert loc in [each["loc"] for each in answer.json["detail"]]
    if message is not None:
        assert message in [each["msg"] for each in answer.json["detail"]]
    assert jobs(database) == []


@pytest.mark.parametrize("body", [[], [ASSERTION] * 101, {}, None, "x", [1]])
def test_what_is_no_list_of_assertions_is_refused(client: FlaskClient, database: Database, body: Any) -> None:
    answer = client.post(f"/api/replay/{stored(database)}/assertions", json=body)
    assert answer.status_code == 422
    assert jobs(database) == []


def test_too_large_executions_are_refused_by_the_limits_name(client: FlaskClient, database: Database) -> None:
    wide = stored(database, num_qubits=MAX_STATE_QUBITS + 1)
    long = stored(database, num_qubits=MAX_STATE_QUBITS, num_events=5_000)
    deep = stored(database, noise=NoiseSpec(), num_qubits=10, num_events=2_000)
    for path, limit in (
        (f"{wide}/states", "max_state_qubits"),
        (f"{wide}/step/1/state", "max_state_qubits"),
        (f"{long}/states", "max_state_amplitudes"),
        (f"{deep}/fidelity", "max_fidelity_entries"),
    ):
        answer = client.get(f"/api/replay/{path}")
        assert (answer.status_code, answer.json["limit"]) == (422, limit)
        assert limit in client.get("/api/limits").json


def test_what_cannot_be_shown_says_why(client: FlaskClient, database: Database) -> None:
    without = client.get(f"/api/replay/{stored(database, program='')}/states")
    assert (without.status_code, without.json["detail"][0]["msg"]) == (
        422,
        "this execution has no stored program, so its states cannot be computed",
    )
    config = {"noise_type": "device", "noise_level": "fake_manila"}
    device = stored(database, is_noisy=True, noise_config=config)
    assert client.get(f"/api/replay/{device}/states", headers=ASYNC).status_code == 202
    refused = client.get(f"/api/replay/{device}/fidelity")
    assert refused.status_code == 422
    assert (
        "the run had the noise of the device fake_manila, on the circuit transpiled for it"
        in refused.json["detail"][0]["msg"]
    )


@pytest.mark.parametrize("path", ["states", "step/1/state", "fidelity"])
def test_what_is_no_execution_is_not_found(client: FlaskClient, path: str) -> None:
    for execution_id in ("nonsense", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"):
        answer = client.get(f"/api/replay/{execution_id}/{path}")
        assert (answer.status_code, answer.json["detail"]) == (404, "Execution not found")


def test_a_deleted_execution_leaves_no_answers(client: FlaskClient, database: Database) -> None:
    execution_id = stored(database)
    keep(database, execution_id, AboutSteps(), {"steps": STEPS})
    assert client.delete(f"/api/executions/{execution_id}").status_code == 204
    keep(database, execution_id, AboutSteps(), {"steps": STEPS})  # a worker that was still computing
    assert client.get(f"/api/replay/{execution_id}/states").status_code == 404
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ExecutionStates)) == 0


def test_removing_old_executions_removes_their_answers(database: Database) -> None:
    execution_id = stored(database)
    keep(database, execution_id, AboutSteps(), {"steps": STEPS})
    with database.unit_of_work() as unit:
        created_at = unit.session.scalar(select(Execution.created_at))
        assert created_at is not None
        deleted.mark_older_deleted(unit.session, created_at.replace(year=2100), 10)
        assert unit.session.scalar(select(func.count()).select_from(ExecutionStates)) == 0


def test_of_too_many_answers_the_oldest_go(database: Database) -> None:
    execution_id = UUID(stored(database))
    for number in range(repository.MOST_ANSWERS + 3):
        with database.unit_of_work() as unit:
            repository.keep(unit.session, execution_id, f"step:{number}", b"")
    with database.reading() as session:
        kept = set(session.scalars(select(ExecutionStates.question)))
    assert kept == {f"step:{number}" for number in range(3, repository.MOST_ANSWERS + 3)}


def test_a_failed_job_tells_its_error_to_who_waited(client: FlaskClient, database: Database) -> None:
    execution_id = stored(database)
    assert client.get(f"/api/replay/{execution_id}/step/2/state?outcome=01", headers=ASYNC).status_code == 202
    [job] = jobs(database)
    assert job.status == JobStatus.QUEUED
    assert job.spec == {
        "execution_id": execution_id,
        "question": {"about": "step", "step": 2, "top": 16, "pairs": False, "outcome": "01"},
    }
