"""``/ws/replay`` on a real gunicorn with a real client."""

import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import pytest
import requests

from app.models import JobStatus
from tests.bell import BELL
from tests.executions.factories import store_execution, store_job
from tests.live.conftest import LiveQloom, listen

pytestmark = pytest.mark.xdist_group("live")


def say(action: str, **operands: object) -> str:
    return msgspec.json.encode({"action": action, **operands}).decode()


def test_a_replay_sends_the_contracts_events_with_positions_and_closes(live: LiveQloom) -> None:
    execution_id = store_execution(live.database)
    heard = live.run(f"/ws/replay/{execution_id}?speed=1000")
    assert heard.messages == [{"message": "event", "position": at, **event} for at, event in enumerate(BELL)]
    assert (heard.code, heard.reason) == (1000, "complete")


def test_a_replay_of_ten_thousand_events_loses_none(live: LiveQloom) -> None:
    heard = live.run(f"/ws/replay/{live.recording(10_001)}?speed=10000")
    assert [event["event_id"] for event in heard.events()] == list(range(10_001))
    assert heard.code == 1000


def test_a_client_that_is_cut_off_twenty_times_misses_and_repeats_nothing(live: LiveQloom) -> None:
    execution_id, seen = live.recording(210), []
    for _ in range(20):
        with live.connect(f"/ws/replay/{execution_id}?speed=500&from={len(seen)}") as client:
            seen += [msgspec.json.decode(client.recv(timeout=60)) for _ in range(10)]
            client.socket.shutdown(socket.SHUT_RDWR)  # without a word
    seen += live.run(f"/ws/replay/{execution_id}?speed=500&from={len(seen)}").messages
    assert [event["position"] for event in seen] == list(range(210))


def test_a_client_that_missed_only_the_close_gets_only_the_close(live: LiveQloom) -> None:
    heard = live.run(f"/ws/replay/{live.recording(6)}?from=6")
    assert (heard.messages, heard.code) == ([], 1000)


def test_a_replay_can_be_paused_stepped_sought_and_resumed(live: LiveQloom) -> None:
    with live.connect(f"/ws/replay/{live.recording(1_000)}?speed=0.1") as client:

        def hear() -> dict[str, object]:
            heard: dict[str, object] = msgspec.json.decode(client.recv(timeout=60))
            return heard

        assert hear()["position"] == 0
        client.send(say("pause"))
        state = {"message": "state", "position": 1, "total_events": 1_000, "speed": 0.1, "is_paused": True}
        assert hear() == state
        client.send(say("step"))
        assert hear() == state
        assert hear()["position"] == 1
        client.send(say("seek", position=997))
        assert hear()["position"] == 997
        client.send(say("step"))
        assert hear()["message"] == "state"
        assert hear()["position"] == 997
        client.send(say("ping"))
        assert hear() == {"message": "pong"}
        client.send(say("speed", speed=100))
        assert hear()["speed"] == 100
        client.send(say("resume"))
        assert hear()["is_paused"] is False
        rest = listen(client)
    assert [event["position"] for event in rest.messages] == [998, 999]
    assert rest.code == 1000


@pytest.mark.parametrize(
    ("query", "place", "kind"),
    [
        ("speed=0", ["query", "speed"], "value_error.number.not_ge"),
        ("speed=10001", ["query", "speed"], "value_error.number.not_le"),
        ("speed=nan", ["query", "speed"], "type_error.float"),
        ("speed=fast", ["query", "speed"], "type_error.float"),
        ("from=-1", ["query", "from"], "value_error.number.not_ge"),
        ("from=x", ["query", "from"], "type_error.integer"),
        ("from=7", ["query", "from"], "invalid_input"),
        ("pace=1", ["query", "pace"], "value_error.extra"),
        ("from=1&from=2", ["query", "from"], "value_error.repeated"),
    ],
)
def test_a_bad_parameter_is_named_before_the_close(
    live: LiveQloom, query: str, place: list[str], kind: str
) -> None:
    heard = live.run(f"/ws/replay/{live.recording(6)}?{query}")
    assert heard.code == 4422
    [error] = heard.messages
    assert (error["message"], error["status"]) == ("error", 422)
    assert [(each["loc"], each["type"]) for each in error["detail"]] == [(place, kind)]


@pytest.mark.parametrize("execution_id", ["00000000-0000-4000-8000-000000000000", "bell"])
def test_an_unknown_execution_is_said_before_the_close(live: LiveQloom, execution_id: str) -> None:
    heard = live.run(f"/ws/replay/{execution_id}")
    assert (heard.code, heard.reason) == (4404, "Not found")
    assert [(each["status"], each["detail"]) for each in heard.messages] == [(404, "Execution not found")]


def test_an_execution_that_has_not_finished_is_a_conflict(live: LiveQloom) -> None:
    heard = live.run(f"/ws/replay/{store_job(live.database, JobStatus.RUNNING)}")
    assert (heard.code, heard.messages[0]["code"]) == (4409, "not_finished")


@pytest.mark.parametrize(
    ("said", "code", "detail"),
    [
        ("{not json", 4422, "invalid_json"),
        ('{"action": "pause"', 4422, "invalid_json"),
        ("[]", 4422, "validation_error"),
        ("{}", 4422, "validation_error"),
        ('{"action": "explode"}', 4422, "validation_error"),
        ('{"action": "seek"}', 4422, "validation_error"),
        ('{"action": "seek", "position": 6}', 4422, "invalid_input"),
        ('{"action": "seek", "position": 1.5}', 4422, "validation_error"),
        ('{"action": "pause", "position": 1}', 4422, "validation_error"),
        ('{"action": "speed", "speed": true}', 4422, "validation_error"),
        ('{"action": "speed", "speed": 1e9}', 4422, "validation_error"),
        (b'{"action": "pause"}', 4415, "unsupported_media_type"),
    ],
)
def test_a_message_that_makes_no_sense_is_answered_and_the_tenth_ends_the_stream(
    live: LiveQloom, said: str | bytes, code: int, detail: str
) -> None:
    heard = live.run(f"/ws/replay/{live.recording(6)}?speed=0.1", *[said] * 10)
    assert heard.code == code
    errors = [message for message in heard.messages if message["message"] == "error"]
    assert [error["code"] for error in errors] == [detail] * 10


def test_a_replay_goes_on_after_nine_mistakes(live: LiveQloom) -> None:
    with live.connect(f"/ws/replay/{live.recording(6)}?speed=0.1") as client:
        client.send(say("pause"))
        for _ in range(9):
            client.send('{"action": "puase"}')
        client.send(say("speed", speed=1_000))
        client.send(say("resume"))
        heard = listen(client)
    assert [event["position"] for event in heard.events()] == list(range(6))
    kinds = [message["message"] for message in heard.messages]
    assert (kinds.count("error"), kinds.count("state"), heard.code) == (9, 3, 1000)


def test_a_message_that_is_too_large_ends_the_stream(live: LiveQloom) -> None:
    heard = live.run(f"/ws/replay/{live.recording(6)}?speed=0.1", "x" * 1_000_000)
    assert heard.code == 1009


def test_too_many_messages_end_the_stream(live: LiveQloom) -> None:
    heard = live.run(f"/ws/replay/{live.recording(6)}?speed=0.1", *[{"action": "ping"}] * 1_000)
    assert (heard.code, heard.messages[-1]["code"]) == (4429, "too_many_messages")


def test_fragments_are_joined_to_one_message(live: LiveQloom) -> None:
    with live.connect(f"/ws/replay/{live.recording(6)}?speed=0.1") as client:
        client.recv(timeout=60)
        client.send(['{"action"', ": ", '"ping"}'])
        assert msgspec.json.decode(client.recv(timeout=60)) == {"message": "pong"}


def test_a_plain_request_is_told_to_upgrade(live: LiveQloom) -> None:
    response = live.stack.get(f"/ws/replay/{uuid4()}")
    assert (response.status_code, response.json()["code"]) == (426, "upgrade_required")
    assert response.headers["Upgrade"] == "websocket"


def test_a_malformed_handshake_is_refused(live: LiveQloom) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "short"}
    response = requests.get(f"{live.stack.url}/ws/execute", headers=headers, timeout=60)
    assert response.status_code == 400
    assert "Sec-WebSocket-Key" in response.json()["detail"]


def test_a_browser_that_also_asks_to_keep_the_connection_gets_its_stream(live: LiveQloom) -> None:
    """Firefox sends both tokens in one header (RFC 6455, section 4.2.1: "Upgrade" is one of them)."""
    headers = {
        "Connection": "keep-alive, Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    execution_id = store_execution(live.database)
    url = urlsplit(live.stack.url)
    connection = HTTPConnection(url.hostname or "", url.port, timeout=60)
    connection.request("GET", f"/ws/replay/{execution_id}", headers=headers)
    response = connection.getresponse()
    connection.close()
    assert (response.status, response.headers["Sec-WebSocket-Accept"]) == (
        101,
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    )


def test_a_replay_with_states_has_those_of_the_qubits_that_each_event_changed(live: LiveQloom) -> None:
    execution_id = live.stack.post("/api/execute/bell?shots=10").json()["execution_id"]
    told = live.stack.get(f"/api/replay/{execution_id}/states").json()["steps"]
    for _ in range(2):
        heard = live.run(f"/ws/replay/{execution_id}?speed=1000&state=bloch")
        assert [event["state"] for event in heard.events()] == [step["qubits"] for step in told]
        assert heard.code == 1000
    assert heard.events()[1]["state"] == [{"qubit": 0, "bloch": [1.0, 0.0, 0.0], "purity": 1.0}]


def test_a_replay_computes_the_states_that_nobody_asked_for_yet(live: LiveQloom) -> None:
    execution_id = live.stack.post("/api/execute/ghz?num_qubits=5&shots=10").json()["execution_id"]
    heard = live.run(f"/ws/replay/{execution_id}?speed=1000&state=bloch")
    assert heard.events()[-2]["state"][0]["purity"] == 0.5
    assert heard.code == 1000


def test_a_replay_whose_states_cannot_be_shown_says_why(live: LiveQloom) -> None:
    execution_id = live.stack.post("/api/execute/ghz?num_qubits=17&shots=10").json()["execution_id"]
    heard = live.run(f"/ws/replay/{execution_id}?state=bloch")
    assert heard.messages[0]["limit"] == "max_state_qubits"
    assert heard.code == 4422
