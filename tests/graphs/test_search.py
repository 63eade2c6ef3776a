"""The search for patterns over HTTP, on a real Bolt server and a real PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.circuits.spec import NoiseSpec
from app.connections import Connections
from app.graphs import search
from app.rest.wiring import provided
from app.web import create_app
from embedded.ports import free_port
from tests.executions.factories import CREATED_AT
from tests.graphs.conftest import store_with_graph

NODES = [{"id": "a", "gate": "H"}, {"id": "b", "gate": "CX"}]
EDGE = {"source": "a", "target": "b", "relation": "QUBIT_DEP", "target_position": 0}
PATTERN: dict[str, Any] = {"nodes": NODES, "edges": [EDGE]}
PATH = "/api/graph/search"


def test_bell_is_found_with_the_events_of_its_match(
    graph_client: FlaskClient, connections: Connections
) -> None:
    execution_id = store_with_graph(connections)
    answer = graph_client.post(PATH, json=PATTERN)
    assert answer.status_code == 200
    assert answer.get_json() == {
        "results": [
            {
                "execution_id": str(execution_id),
                "circuit_name": "bell",
                "created_at": "2026-02-01T14:30:00+00:00",
                "match": {"a": 1, "b": 2},
            }
        ],
        "truncated": False,
        "timed_out": False,
    }


def test_a_pattern_that_is_nowhere_finds_nothing(graph_client: FlaskClient, connections: Connections) -> None:
    store_with_graph(connections)
    for pattern in (
        {**PATTERN, "edges": [{**EDGE, "target_position": 1}]},
        {"nodes": [{"id": "a", "gate": "T"}]},
    ):
        found = graph_client.post(PATH, json=pattern).get_json()
        assert found == {"results": [], "truncated": False, "timed_out": False}


def test_the_newest_are_found_and_the_rest_is_said_to_be_there(
    graph_client: FlaskClient, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FIRST_PAGE", 1)  # several pages, of growing size
    ids = [
        str(store_with_graph(connections, created_at=CREATED_AT + timedelta(seconds=index)))
        for index in range(5)
    ]
    newest = graph_client.post(PATH, json={**PATTERN, "limit": 2}).get_json()
    assert [each["execution_id"] for each in newest["results"]] == [ids[4], ids[3]]
    assert newest["truncated"] is True
    before = newest["results"][-1]["created_at"]
    rest = graph_client.post(PATH, json={**PATTERN, "limit": 3, "created_before": before}).get_json()
    assert [each["execution_id"] for each in rest["results"]] == [ids[2], ids[1], ids[0]]
    assert rest["truncated"] is False


def test_a_deleted_execution_is_not_found_though_its_graph_still_stands(
    graph_client: FlaskClient, connections: Connections
) -> None:
    kept, deleted = store_with_graph(connections), store_with_graph(connections)
    assert graph_client.delete(f"/api/executions/{deleted}").status_code == 204
    found = graph_client.post(PATH, json={**PATTERN, "limit": 1}).get_json()
    assert [each["execution_id"] for each in found["results"]] == [str(kept)]
    assert found["truncated"] is False


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"circuit_name": "bell"}, {"clean", "noisy"}),
        ({"circuit_name": "bell_noisy_thermal_low"}, {"noisy"}),
        ({"is_noisy": True}, {"noisy"}),
        ({"is_noisy": False, "created_after": "2026-02-01T14:30:00Z"}, {"other"}),
        ({"created_before": "2026-02-01T14:30:01Z"}, {"clean", "noisy"}),
        ({"circuit_name": "nothing"}, set()),
    ],
)
def test_filters_choose_among_the_executions(
    graph_client: FlaskClient, connections: Connections, filters: dict[str, Any], expected: set[str]
) -> None:
    later = CREATED_AT + timedelta(seconds=1)
    names = {
        str(store_with_graph(connections)): "clean",
        str(store_with_graph(connections, noise=NoiseSpec("thermal", "low"))): "noisy",
        str(store_with_graph(connections, circuit="ghz", created_at=later)): "other",
    }
    found = graph_client.post(PATH, json={**PATTERN, **filters}).get_json()
    assert {names[each["execution_id"]] for each in found["results"]} == expected


def test_what_was_found_before_time_ran_out_is_answered(
    graph_client: FlaskClient, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.graphstore import patterns
    from app.graphstore.driver import OUT_OF_TIME, OutOfTimeError

    monkeypatch.setattr(search, "FIRST_PAGE", 1)
    store_with_graph(connections, created_at=CREATED_AT)
    newest = store_with_graph(connections, created_at=CREATED_AT + timedelta(seconds=1))
    really, calls = patterns.match, []

    def slow_from_the_second_page(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) > 1:
            raise OutOfTimeError(OUT_OF_TIME)
        return really(*arguments)

    monkeypatch.setattr(patterns, "match", slow_from_the_second_page)
    found = graph_client.post(PATH, json=PATTERN).get_json()
    assert [each["execution_id"] for each in found["results"]] == [str(newest)]
    assert (found["timed_out"], found["truncated"]) == (True, False)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"nodes": []}, ["nodes"]),
        ({"nodes": [{"id": str(index), "gate": "H"} for index in range(9)]}, ["nodes"]),
        ({"edges": [EDGE] * 13}, ["edges"]),
        ({"nodes": [{"id": "a", "gate": "H"}, {"id": "a", "gate": "CX"}]}, ["nodes", 1, "id"]),
        ({"nodes": [{"id": "a", "gate": "H; DROP"}, {"id": "b", "cypher": "x"}]}, ["nodes", 1, "cypher"]),
        ({"nodes": [{"id": "a"}, {"id": "b"}]}, ["nodes"]),
        ({"edges": [{**EDGE, "target": "c"}]}, ["edges", 0, "target"]),
        ({"edges": [{**EDGE, "relation": "HAS_EVENT"}]}, ["edges", 0, "relation"]),
        ({"edges": [{**EDGE, "target_position": -1}]}, ["edges", 0, "target_position"]),
        ({"edges": [{**EDGE, "target_position": "0"}]}, ["edges", 0, "target_position"]),
        ({"edges": [{**EDGE, "relation": "NEXT"}]}, ["edges", 0]),
        ({"edges": []}, ["nodes", 1]),
        ({"limit": 0}, ["limit"]),
        ({"limit": 101}, ["limit"]),
        ({"timeout_ms": 30_001}, ["timeout_ms"]),
        ({"created_after": "yesterday"}, ["created_after"]),
        ({"where": "1=1"}, ["where"]),
    ],
)
def test_a_bad_pattern_is_refused_with_its_place(
    client: FlaskClient, change: dict[str, Any], place: list[str | int]
) -> None:
    answer = client.post(PATH, json={**PATTERN, **change})
    assert answer.status_code == 422
    assert [problem["loc"] for problem in answer.get_json()["detail"]] == [["body", *place]]


def test_without_a_graph_server_the_contracts_sentence_is_answered(client: FlaskClient) -> None:
    answer = client.post(PATH, json=PATTERN)
    assert (answer.status_code, answer.get_json()["detail"]) == (503, "Neo4j not configured")


def test_a_graph_server_that_is_down_is_unavailable_and_says_when_to_come_back(
    connections: Connections,
) -> None:
    app = create_app(replace(connections.settings, neo4j_url=f"bolt://127.0.0.1:{free_port()}"))
    answer = app.test_client().post(PATH, json=PATTERN)
    provided(Connections, app).close()
    assert answer.status_code == 503
    assert "Neo4j cannot be reached" in answer.get_json()["detail"]
    assert int(answer.headers["Retry-After"]) >= 1
