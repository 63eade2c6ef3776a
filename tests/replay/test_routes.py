"""The replay routes, over HTTP and a real PostgreSQL; the contract's examples as assertions."""

from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from app.circuits.spec import NoiseSpec
from app.database import Database
from app.models import JobStatus
from tests.bell import BELL
from tests.executions.factories import store_execution, store_job

UNKNOWN_ID = "c0ffee00-0000-4000-8000-000000000000"
UNFINISHED = [JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.CANCELLING]
FAILED = [JobStatus.FAILED, JobStatus.CANCELLED]
PATHS = ["/api/replay/{id}", "/api/replay/{id}/step/0", "/api/replay/compare/{id}/{id}"]
BELL_STEPS = [
    {"id": 0, "type": "EXECUTION_START", "gate": None, "qubits": None, "timestamp": 0},
    {"id": 1, "type": "GATE", "gate": "H", "qubits": [0], "timestamp": 1},
    {"id": 2, "type": "GATE", "gate": "CX", "qubits": [0, 1], "timestamp": 2},
    {"id": 3, "type": "MEASUREMENT", "gate": None, "qubits": [0], "timestamp": 3},
    {"id": 4, "type": "MEASUREMENT", "gate": None, "qubits": [1], "timestamp": 4},
    {"id": 5, "type": "EXECUTION_END", "gate": None, "qubits": None, "timestamp": 5},
]


def events_text(*operations: dict[str, Any]) -> str:
    """The stored events of gates between a start and an end."""
    listed = [{"event_type": "EXECUTION_START"}, *operations, {"event_type": "EXECUTION_END"}]
    numbered = [{"event_id": step, "timestamp": step, **each} for step, each in enumerate(listed)]
    return msgspec.json.encode(numbered).decode()


def store_bell_with_a_z(database: Database, **values: Any) -> str:
    """A bell with one more gate between H and CX."""
    inserted = {"event_type": "GATE", "gate_name": "Z", "qubits": [1]}
    operations = [
        {name: value for name, value in each.items() if name not in ("event_id", "timestamp")}
        for each in BELL[1:5]
    ]
    events = events_text(operations[0], inserted, *operations[1:])
    return str(store_execution(database, events=events, num_events=7, num_gates=3, **values))


def test_a_replay_has_exactly_the_contracts_form(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    answer = client.get(f"/api/replay/{execution_id}")
    graph = client.get(f"/api/executions/{execution_id}/graph").get_json()
    assert answer.status_code == 200
    assert answer.get_json() == {
        "execution_id": str(execution_id),
        "circuit_name": "bell",
        "total_steps": 6,
        "steps": BELL_STEPS,
        "edges": graph["edges"],
        "is_noisy": False,
        "noise_config": None,
    }
    assert graph["edges"][0] == {"source": 0, "target": 1, "relation": "NEXT"}


def test_a_noisy_replay_carries_its_noise(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database, NoiseSpec("thermal", "low"))
    replay = client.get(f"/api/replay/{execution_id}").get_json()
    assert replay["circuit_name"] == "bell_noisy_thermal_low"
    assert replay["is_noisy"] is True
    assert replay["noise_config"]["t1"] == 500.0


def test_a_step_has_exactly_the_contracts_form(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    assert client.get(f"/api/replay/{execution_id}/step/2").get_json() == {
        "execution_id": str(execution_id),
        "circuit_name": "bell",
        "step_index": 2,
        "total_steps": 6,
        "has_next": True,
        "has_previous": True,
        "event": BELL_STEPS[2],
        "is_noisy": False,
        "noise_type": None,
        "noise_level": None,
    }


def test_the_first_and_the_last_step_say_so(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database, NoiseSpec("depolarizing", "high"))
    first = client.get(f"/api/replay/{execution_id}/step/0").get_json()
    last = client.get(f"/api/replay/{execution_id}/step/5").get_json()
    assert (first["has_previous"], first["has_next"]) == (False, True)
    assert (last["has_previous"], last["has_next"]) == (True, False)
    assert last["event"] == BELL_STEPS[5]
    assert (last["noise_type"], last["noise_level"]) == ("depolarizing", "high")


@pytest.mark.parametrize("step", [6, 9_999, 10_000])
def test_a_step_beyond_the_end_is_the_contracts_400(
    client: FlaskClient, database: Database, step: int
) -> None:
    answer = client.get(f"/api/replay/{store_execution(database)}/step/{step}")
    assert answer.status_code == 400
    assert answer.get_json()["detail"] == "Invalid step index. Max index is 5"


@pytest.mark.parametrize("step", ["10001", "-1", "9" * 30, "x", "1.0", "1_0", "%00"])
def test_a_step_outside_the_contracts_range_is_a_422(
    client: FlaskClient, database: Database, step: str
) -> None:
    answer = client.get(f"/api/replay/{store_execution(database)}/step/{step}")
    assert answer.status_code == 422
    [entry] = answer.get_json()["detail"]
    assert entry["loc"] == ["path", "step_index"]


def test_the_bounds_of_the_range_are_named_as_the_contracts_validation_does(
    client: FlaskClient, database: Database
) -> None:
    answer = client.get(f"/api/replay/{store_execution(database)}/step/10001")
    [entry] = answer.get_json()["detail"]
    assert entry["msg"] == "ensure this value is less than or equal to 10000"
    assert entry["type"] == "value_error.number.not_le"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("execution_id", [UNKNOWN_ID, "1", "x" * 500, "%00"])
def test_what_is_no_execution_is_not_found(client: FlaskClient, path: str, execution_id: str) -> None:
    answer = client.get(path.format(id=execution_id))
    assert (answer.status_code, answer.get_json()["detail"]) == (404, "Execution not found")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", UNFINISHED)
def test_what_has_not_finished_is_a_conflict_that_names_its_job(
    client: FlaskClient, database: Database, path: str, status: JobStatus
) -> None:
    job_id = store_job(database, status)
    answer = client.get(path.format(id=job_id))
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_finished")
    assert answer.headers["Location"] == f"/api/jobs/{job_id}"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", FAILED)
def test_what_failed_is_not_found_and_its_job_is_named(
    client: FlaskClient, database: Database, path: str, status: JobStatus
) -> None:
    job_id = store_job(database, status)
    answer = client.get(path.format(id=job_id))
    body = answer.get_json()
    assert (answer.status_code, body["detail"]) == (404, "Execution not found")
    assert (body["execution_id"], body["job_status"]) == (str(job_id), status)
    assert body["job"] == f"/api/jobs/{job_id}"


def test_a_deleted_execution_is_replayed_no_more(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    client.delete(f"/api/executions/{execution_id}")
    for path in PATHS:
        assert client.get(path.format(id=execution_id)).status_code == 404


def test_noise_changes_no_event_as_the_contract_notes(client: FlaskClient, database: Database) -> None:
    noisy = store_execution(database, NoiseSpec("thermal", "low"), counts={"00": 450, "11": 480, "01": 94})
    clean = store_execution(database)
    found = client.get(f"/api/replay/compare/{noisy}/{clean}").get_json()
    assert found["execution_a"] == {
        "execution_id": str(noisy),
        "circuit_name": "bell_noisy_thermal_low",
        "is_noisy": True,
        "noise_type": "thermal",
        "noise_level": "low",
        "total_steps": 6,
        "steps": BELL_STEPS,
    }
    assert found["execution_b"]["noise_type"] is None
    assert (found["divergence_count"], found["divergence_steps"]) == (0, [])
    assert (found["extra_events_a"], found["extra_events_b"]) == ([], [])
    assert found["alignment"] == {"distance": 0, "insertions": [], "deletions": [], "replacements": []}
    assert found["counts"]["p_value"] < 1e-9
    assert found["counts"]["largest_differences"][0]["outcome"] == "01"


def test_an_inserted_gate_shifts_the_positions_and_is_one_insertion(
    client: FlaskClient, database: Database
) -> None:
    bell, longer = store_execution(database), store_bell_with_a_z(database)
    found = client.get(f"/api/replay/compare/{bell}/{longer}").get_json()
    z_step = {"id": 2, "type": "GATE", "gate": "Z", "qubits": [1], "timestamp": 2}
    assert found["divergence_count"] == len(found["divergence_steps"]) == 4
    assert found["divergence_steps"][0] == {
        "step": 2,
        "difference": {"type": False, "gate": True, "qubits": True},
        "exec_a": BELL_STEPS[2],
        "exec_b": z_step,
    }
    assert found["extra_events_a"] == []
    assert [each["type"] for each in found["extra_events_b"]] == ["EXECUTION_END"]
    assert found["alignment"] == {
        "distance": 1,
        "insertions": [{"step_a": 2, "step_b": 2, "exec_b": z_step}],
        "deletions": [],
        "replacements": [],
    }
    back = client.get(f"/api/replay/compare/{longer}/{bell}").get_json()
    assert back["alignment"]["deletions"] == [{"step_a": 2, "step_b": 2, "exec_a": z_step}]
    assert [each["type"] for each in back["extra_events_a"]] == ["EXECUTION_END"]


def test_an_execution_is_equal_to_itself(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    found = client.get(f"/api/replay/compare/{execution_id}/{execution_id}").get_json()
    assert (found["divergence_count"], found["alignment"]["distance"]) == (0, 0)
    counts = found["counts"]
    assert (counts["hellinger_fidelity"], counts["total_variation_distance"], counts["p_value"]) == (1, 0, 1)
    assert counts["largest_differences"] == []


def test_different_numbers_of_qubits_are_aligned_and_their_counts_not_compared(
    client: FlaskClient, database: Database
) -> None:
    bell = store_execution(database)
    ghz = store_execution(database, circuit="ghz", num_qubits=3, counts={"000": 512, "111": 512})
    found = client.get(f"/api/replay/compare/{bell}/{ghz}").get_json()
    assert found["alignment"]["distance"] == 0
    assert found["counts"]["comparable"] is False
    assert "(2 and 3)" in found["counts"]["reason"]
    assert found["counts"]["p_value"] is None


def test_of_two_executions_the_missing_one_is_named(client: FlaskClient, database: Database) -> None:
    known = store_execution(database)
    a, b = "exec_id_a", "exec_id_b"
    pairs = {
        (known, UNKNOWN_ID): [b],
        (UNKNOWN_ID, known): [a],
        (UNKNOWN_ID, UNKNOWN_ID): [a, b],
        (known, "nope"): [b],
        ("nope", known): [a],
    }
    for (first, second), missing in pairs.items():
        answer = client.get(f"/api/replay/compare/{first}/{second}")
        body = answer.get_json()
        assert (answer.status_code, body["missing"]) == (404, missing)
        assert body.get("execution_id") == (UNKNOWN_ID if UNKNOWN_ID in (first, second) else None)


def test_of_two_executions_the_unfinished_one_is_named(client: FlaskClient, database: Database) -> None:
    known, queued = store_execution(database), store_job(database, JobStatus.QUEUED)
    for pair in (f"{known}/{queued}", f"{queued}/{known}"):
        answer = client.get(f"/api/replay/compare/{pair}")
        assert answer.status_code == 409
        assert str(queued) in answer.get_json()["detail"]


def test_a_trace_of_the_largest_size_is_read_step_by_step(client: FlaskClient, database: Database) -> None:
    gates = [{"event_type": "GATE", "gate_name": "X", "qubits": [step % 7]} for step in range(9_999)]
    execution_id = store_execution(database, events=events_text(*gates), num_events=10_001)
    assert client.get(f"/api/replay/{execution_id}").get_json()["total_steps"] == 10_001
    last = client.get(f"/api/replay/{execution_id}/step/10000").get_json()
    assert (last["event"]["type"], last["has_next"]) == ("EXECUTION_END", False)


def test_a_step_of_any_length_is_read_whole(client: FlaskClient, database: Database) -> None:
    """A step is read by some thousand bytes."""
    for qubits in (900, 1_000, 2_000):
        wide = {"event_type": "GATE", "gate_name": "Ü", "qubits": list(range(qubits))}
        execution_id = store_execution(database, events=events_text(wide, wide), num_events=4)
        steps = client.get(f"/api/replay/{execution_id}").get_json()["steps"]
        assert steps[1]["qubits"] == list(range(qubits))
        for index, step in enumerate(steps):
            assert client.get(f"/api/replay/{execution_id}/step/{index}").get_json()["event"] == step
