"""Formats, cones and the critical path over HTTP and a real PostgreSQL."""

from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from flask.testing import FlaskClient

from app.database import Database
from app.models import JobStatus
from tests.bell import BELL
from tests.executions.factories import store_execution, store_job
from tests.graphstore.factories import random_events

UNKNOWN_ID = "c0ffee00-0000-4000-8000-000000000000"
PARTS = ["graph?format=dot", "graph/cone?event_id=0", "graph/critical-path"]


def test_json_is_the_default_and_stays_as_the_contract_has_it(
    client: FlaskClient, database: Database
) -> None:
    path = f"/api/executions/{store_execution(database)}/graph"
    plain, asked = client.get(path), client.get(f"{path}?format=json")
    assert plain.mimetype == asked.mimetype == "application/json"
    assert plain.data == asked.data
    assert list(plain.get_json()) == ["nodes", "edges"]


def test_each_format_has_its_media_type(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    path = f"/api/executions/{execution_id}/graph?format="
    graphml, dot, cytoscape = (client.get(path + form) for form in ("graphml", "dot", "cytoscape"))
    assert graphml.mimetype == "application/graphml+xml"
    assert ElementTree.fromstring(graphml.data)[-1].attrib["id"] == str(execution_id)  # noqa: S314 our own
    assert dot.headers["Content-Type"] == "text/vnd.graphviz; charset=utf-8"
    assert dot.text.startswith(f'digraph "{execution_id}" {{')
    assert cytoscape.mimetype == "application/json"
    assert len(cytoscape.get_json()["elements"]["nodes"]) == len(BELL)


def test_the_past_of_a_measurement_is_the_default_cone(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    answer = client.get(f"/api/executions/{execution_id}/graph/cone?event_id=4")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "execution_id": str(execution_id),
        "event_id": 4,
        "direction": "past",
        "num_events": 3,
        "event_ids": [0, 1, 2],
        "qubits": [0, 1],
        "graph": {
            "nodes": [
                {"id": 0, "type": "EXECUTION_START", "gate": None, "qubits": None, "timestamp": 0},
                {"id": 1, "type": "GATE", "gate": "H", "qubits": [0], "timestamp": 1},
                {"id": 2, "type": "GATE", "gate": "CX", "qubits": [0, 1], "timestamp": 2},
                {"id": 4, "type": "MEASUREMENT", "gate": None, "qubits": [1], "timestamp": 4},
            ],
            "edges": [
                {"source": 0, "target": 1, "relation": "QUBIT_DEP", "qubits": [0]},
                {"source": 1, "target": 2, "relation": "QUBIT_DEP", "qubits": [0]},
                {"source": 0, "target": 2, "relation": "QUBIT_DEP", "qubits": [1]},
                {"source": 2, "target": 4, "relation": "QUBIT_DEP", "qubits": [1]},
            ],
        },
    }


def test_the_future_of_a_measurement_holds_what_its_outcome_decides(
    client: FlaskClient, database: Database
) -> None:
    term = {"classical_bits": [0], "value": 1, "equal": True}
    conditional: dict[str, Any] = {
        "event_id": 5,
        "event_type": "GATE",
        "timestamp": 5,
        "gate_name": "X",
        "qubits": [1],
        "condition": {"text": "bit 0 == 1", "terms": [term]},
    }
    end = {"event_id": 6, "event_type": "EXECUTION_END", "timestamp": 6}
    events = msgspec.json.encode([*BELL[:5], conditional, end]).decode()
    execution_id = store_execution(database, events=events, num_events=7)
    cone = client.get(f"/api/executions/{execution_id}/graph/cone?event_id=3&direction=future").get_json()
    assert cone["event_ids"] == [5, 6]
    assert {"source": 3, "target": 5, "relation": "CLASSICAL_DEP", "classical_bits": [0]} in cone["graph"][
        "edges"
    ]


@pytest.mark.parametrize(
    ("query", "place", "message"),
    [
        ("event_id=6", ["query", "event_id"], "Invalid event id. Max event id is 5"),
        ("event_id=-1", ["query", "event_id"], "ensure this value is greater than or equal to 0"),
        ("event_id=x", ["query", "event_id"], "Not a valid integer."),
        ("", ["query", "event_id"], "Missing data for required field."),
        (
            "event_id=1&direction=up",
            ["query", "direction"],
            "value is not a valid enumeration member; permitted: 'past', 'future'",
        ),
    ],
)
def test_a_cone_of_nothing_is_refused_with_what_would_be_right(
    client: FlaskClient, database: Database, query: str, place: list[str], message: str
) -> None:
    answer = client.get(f"/api/executions/{store_execution(database)}/graph/cone?{query}")
    assert answer.status_code == 422
    [problem] = answer.get_json()["detail"]
    assert (problem["loc"], problem["msg"]) == (place, message)


def test_an_unknown_format_is_refused(client: FlaskClient, database: Database) -> None:
    answer = client.get(f"/api/executions/{store_execution(database)}/graph?format=png")
    assert answer.status_code == 422
    assert "'graphml'" in answer.get_json()["detail"][0]["msg"]


def test_the_critical_path_of_bell_has_three_layers(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database)
    path = client.get(f"/api/executions/{execution_id}/graph/critical-path").get_json()
    assert (path["execution_id"], path["unit"], path["depth"]) == (str(execution_id), "layer", 3)
    assert [(node["id"], node["gate"], node["layer"]) for node in path["path"]] == [
        (0, None, 0),
        (1, "H", 1),
        (2, "CX", 2),
        (3, None, 3),
        (5, None, 3),
    ]
    assert path["qubits"] == [
        {"qubit": 0, "busy": 3, "idle": 0, "waiting": 0},
        {"qubit": 1, "busy": 2, "idle": 1, "waiting": 0},
    ]


def test_ten_thousand_events_are_answered_in_every_way(client: FlaskClient, database: Database) -> None:
    events = msgspec.json.encode(random_events(10_001)).decode()
    execution_id = store_execution(database, events=events, num_events=10_001, num_qubits=5)
    path = f"/api/executions/{execution_id}/graph"
    assert client.get(f"{path}/cone?event_id=10000").get_json()["num_events"] == 10_000
    assert client.get(f"{path}/critical-path").get_json()["path"][-1]["id"] == 10_000
    assert client.get(f"{path}?format=graphml").text.count("<node ") == 10_001


@pytest.mark.parametrize("part", PARTS)
def test_what_is_no_execution_or_not_finished_is_said_as_elsewhere(
    client: FlaskClient, database: Database, part: str
) -> None:
    for execution_id in (UNKNOWN_ID, "1"):
        answer = client.get(f"/api/executions/{execution_id}/{part}")
        assert (answer.status_code, answer.get_json()["detail"]) == (404, "Execution not found")
    job_id = store_job(database, JobStatus.RUNNING)
    answer = client.get(f"/api/executions/{job_id}/{part}")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_finished")
