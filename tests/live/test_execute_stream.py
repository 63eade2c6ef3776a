"""``/ws/execute`` on a real gunicorn with a real worker."""

import socket
from typing import Any

import msgspec
import pytest

from tests.live.conftest import LiveQloom, listen

pytestmark = pytest.mark.xdist_group("live")

PROGRAM = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1];\ncreg c[1];\nx q[0];\nmeasure q -> c;\n'


def test_a_library_circuit_gives_job_states_events_and_counts(live: LiveQloom) -> None:
    heard = live.run("/ws/execute", {"circuit_name": "bell", "shots": 100, "seed": 7, "tags": ["live"]})
    assert heard.code == 1000, heard
    kinds = [message["message"] for message in heard.messages]
    states = kinds.count("job")
    assert kinds == ["job"] * states + ["event"] * 6 + ["counts"]
    first, last = heard.messages[0], heard.messages[states - 1]
    assert (first["status"], last["status"]) == ("QUEUED", "SUCCEEDED")
    counts = heard.messages[-1]
    stored = live.stack.get(f"/api/executions/{first['job_id']}").json()
    assert counts["execution_id"] == first["job_id"] == stored["execution_id"]
    assert (counts["counts"], counts["seed"], counts["shots"]) == (stored["counts"], 7, 100)
    assert stored["tags"] == ["live"]


def test_what_was_streamed_can_be_replayed(live: LiveQloom) -> None:
    heard = live.run("/ws/execute", {"circuit_name": "ghz", "num_qubits": 4})
    again = live.run(f"/ws/replay/{heard.messages[0]['job_id']}?speed=10000&from=3")
    assert again.messages == heard.events()[3:]


def test_a_program_is_run_as_by_the_rest_route(live: LiveQloom) -> None:
    body = {"program": PROGRAM, "name": "flip", "shots": 10, "seed": 1}
    heard = live.run("/ws/execute", body)
    rest = live.stack.post("/api/execute", json=body).json()
    assert heard.messages[-1]["counts"] == rest["counts"] == {"1": 10}
    assert [
        {name: value for name, value in event.items() if name not in ("message", "position")}
        for event in heard.events()
    ] == rest["events"]


@pytest.mark.parametrize(
    "noise",
    [{"noise": {"type": "thermal", "level": "low"}}, {"noise_type": "thermal", "noise_level": "low"}],
)
def test_a_circuit_runs_under_noise(live: LiveQloom, noise: dict[str, Any]) -> None:
    heard = live.run("/ws/execute", {"circuit_name": "bell", "shots": 10, **noise})
    assert heard.messages[-1]["circuit_name"] == "bell_noisy_thermal_low"


@pytest.mark.parametrize(
    ("said", "code", "place"),
    [
        ({"circuit_name": "nobell"}, 4404, None),
        ({"circuit_name": "bell", "shots": "many"}, 4422, ["body", "shots"]),
        ({"circuit_name": "bell", "shots": 10**9}, 4422, ["body", "shots"]),
        ({"circuit_name": "bell", "num_qubits": 3}, 4422, ["body", "num_qubits"]),
        ({"circuit_name": "bell", "program": PROGRAM}, 4422, ["body", "program"]),
        ({"circuit_name": "bell", "noise": {}, "noise_type": "thermal"}, 4422, ["body", "noise_type"]),
        ({"circuit_name": "random", "gate_count": 101, "noise": {}}, 4422, ["body", "gate_count"]),
        ({"circuit_name": "bell", "noise_type": "loud"}, 4422, ["body", "noise_type"]),
        ({"program": "OPENQASM 4.0;"}, 4422, ["body", "program"]),
        ({"shot": 1}, 4422, ["body", "shot"]),
        ("nothing", 4422, ["body"]),
        ([1], 4422, ["body"]),
        (b"\x00", 4415, None),
    ],
)
def test_what_cannot_be_run_is_refused_as_by_the_rest_routes(
    live: LiveQloom, said: object, code: int, place: list[str] | None
) -> None:
    heard = live.run("/ws/execute", said)
    assert heard.code == code
    [error] = heard.messages
    assert error["message"] == "error"
    if place is not None:
        assert [each["loc"] for each in error["detail"]] == [place]


def test_a_program_that_fails_in_the_worker_ends_with_its_problem(live: LiveQloom) -> None:
    heard = live.run("/ws/execute", {"program": PROGRAM + "foo q[0];\n"})
    assert heard.messages[0]["message"] == "job"
    assert heard.messages[-2]["status"] == "FAILED"
    assert (heard.code, heard.messages[-1]["code"]) == (4422, "invalid_program")


def test_a_job_that_is_cancelled_ends_the_stream_with_a_conflict(live: LiveQloom) -> None:
    slow = {"circuit_name": "random", "num_qubits": 22, "gate_count": 3_000, "shots": 1}
    with live.connect("/ws/execute") as client:
        client.send(msgspec.json.encode(slow).decode())
        job = msgspec.json.decode(client.recv(timeout=60))
        live.stack.delete(f"/api/jobs/{job['job_id']}")
        heard = listen(client)
    assert (heard.code, heard.messages[-1]["code"]) == (4409, "cancelled")


def test_the_job_goes_on_when_the_client_leaves(live: LiveQloom) -> None:
    with live.connect("/ws/execute") as client:
        client.send('{"circuit_name": "bell"}')
        job_id = msgspec.json.decode(client.recv(timeout=60))["job_id"]
        client.socket.shutdown(socket.SHUT_RDWR)
    assert live.stack.wait_for(job_id, "SUCCEEDED")["job_id"] == job_id


def test_later_messages_are_answered_by_errors_and_the_tenth_ends_the_stream(live: LiveQloom) -> None:
    slow = {"circuit_name": "random", "num_qubits": 22, "gate_count": 3_000, "shots": 1}
    with live.connect("/ws/execute") as client:
        client.send(msgspec.json.encode(slow).decode())
        job = msgspec.json.decode(client.recv(timeout=60))
        for _ in range(10):
            client.send('{"circuit_name": "bell"}')
        heard = listen(client)
    live.stack.delete(f"/api/jobs/{job['job_id']}")
    errors = [message["code"] for message in heard.messages if message["message"] == "error"]
    assert (heard.code, errors) == (4400, ["bad_request"] * 10)
