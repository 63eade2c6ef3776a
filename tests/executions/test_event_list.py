"""The list of the events of an execution: its pages, its filters, and what it refuses."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.circuits.spec import NoiseSpec
from app.database import Database
from app.models import JobStatus
from app.rest.page_request import PageRequest
from app.rest.pagination import page_of_numbers
from tests.bell import BELL
from tests.executions.factories import store_execution, store_job

UNKNOWN_ID = "c0ffee00-0000-4000-8000-000000000000"
CONDITIONED = {
    "event_id": 0,
    "event_type": "GATE",
    "timestamp": 0,
    "gate_name": "RX",
    "parameters": [0.5],
    "qubits": [2],
    "condition": {"text": "c[0] == 1", "terms": [{"classical_bits": [0], "value": 1, "equal": True}]},
    "source": {"line": 4, "column": 3, "call": [{"name": "turn", "line": 9, "column": 1}]},
}


def listed(client: FlaskClient, execution_id: UUID, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/executions/{execution_id}/events", query_string=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def numbers(found: dict[str, Any]) -> list[int]:
    return [event["event_id"] for event in found["events"]]


def test_all_events_come_with_all_that_is_stored_of_them(client: FlaskClient, database: Database) -> None:
    events = [CONDITIONED, *BELL]
    execution_id = store_execution(database, events=msgspec.json.encode(events).decode())
    assert listed(client, execution_id) == {
        "execution_id": str(execution_id),
        "events": events,
        "page": 1,
        "limit": 100,
        "total": 7,
        "total_is_estimate": False,
        "next_cursor": None,
        "previous_cursor": None,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"type": "GATE"}, [1, 2]),
        ({"type": ["GATE", "EXECUTION_END"]}, [1, 2, 5]),
        ({"gate": "CX"}, [2]),
        ({"gate": "cx"}, []),
        ({"qubit": 1}, [2, 4]),
        ({"qubit": 7}, []),
        ({"qubit": 0, "type": "MEASUREMENT"}, [3]),
    ],
)
def test_events_that_match_all_filters_are_listed(
    client: FlaskClient, database: Database, query: dict[str, Any], expected: list[int]
) -> None:
    found = listed(client, store_execution(database), **query)
    assert (numbers(found), found["total"]) == (expected, len(expected))


def test_cursors_lead_through_the_filtered_events_and_back(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    first = listed(client, execution_id, qubit=0, limit=2)
    assert (numbers(first), first["total"], first["previous_cursor"]) == ([1, 2], 3, None)
    second = listed(client, execution_id, qubit=0, limit=2, cursor=first["next_cursor"])
    assert (numbers(second), second["total"], second["next_cursor"]) == ([3], 3, None)
    assert numbers(listed(client, execution_id, qubit=0, limit=2, page=2)) == [3]
    back = listed(client, execution_id, qubit=0, limit=2, cursor=second["previous_cursor"])
    assert numbers(back) == [1, 2]


@given(st.lists(st.integers(0, 99), unique=True).map(sorted), st.integers(1, 7), st.integers(1, 5))
def test_pages_join_to_the_whole_in_both_directions(found: list[int], limit: int, page: int) -> None:
    read, request = [], PageRequest(limit)
    while True:
        part = page_of_numbers(found, request)
        read += part.rows
        if part.next_cursor is None:
            break
        request = PageRequest(limit, cursor=part.next_cursor)
    assert read == found
    part = page_of_numbers(found, PageRequest(limit, page=page))
    read = list(part.rows)
    while part.previous_cursor is not None:
        part = page_of_numbers(found, PageRequest(limit, cursor=part.previous_cursor))
        read = [*part.rows, *read]
    assert read == found[: page * limit]


def test_the_events_of_the_transpiled_circuit_are_those_of_a_device(
    client: FlaskClient, database: Database
) -> None:
    other = [{**BELL[0]}, {**BELL[1], "gate_name": "SX", "qubits": [12]}]
    execution_id = store_execution(database, transpiled_events=msgspec.json.encode(other).decode())
    assert listed(client, execution_id, circuit="transpiled")["events"] == other
    assert listed(client, execution_id)["events"] == BELL
    answer = client.get(f"/api/executions/{store_execution(database)}/events?circuit=transpiled")
    assert (answer.status_code, answer.get_json()["detail"][0]["loc"]) == (422, ["query", "circuit"])


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("type=gate", "type"),
        ("qubit=-1", "qubit"),
        ("limit=1001", "limit"),
        ("limit=0", "limit"),
        ("page=0", "page"),
        ("cursor=x", "cursor"),
        ("cursor=Pm51bWJlcjox&page=2", "cursor"),
        ("circuit=mine", "circuit"),
        ("gates=H", "gates"),
    ],
)
def test_what_is_wrong_in_the_query_is_named(
    client: FlaskClient, database: Database, query: str, name: str
) -> None:
    answer = client.get(f"/api/executions/{store_execution(database)}/events?{query}")
    assert (answer.status_code, answer.get_json()["detail"][0]["loc"][:2]) == (422, ["query", name])


def test_a_cursor_of_another_list_is_refused(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    store_execution(database)
    cursor = client.get("/api/executions?limit=1").get_json()["next_cursor"]
    answer = client.get(f"/api/executions/{execution_id}/events?cursor={cursor}")
    assert (answer.status_code, answer.get_json()["detail"][0]["loc"]) == (422, ["query", "cursor"])


def test_what_is_no_execution_has_no_events(client: FlaskClient, database: Database) -> None:
    queued = store_job(database, JobStatus.QUEUED)
    gone = store_execution(database, NoiseSpec())
    client.delete(f"/api/executions/{gone}")
    for execution_id, status in ((UNKNOWN_ID, 404), ("nope", 404), (gone, 404), (queued, 409)):
        assert client.get(f"/api/executions/{execution_id}/events").status_code == status
