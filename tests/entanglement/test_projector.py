"""Groups are seen into the graph after their commit, and out of it; the neighbourhood is read from there."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.connections import Connections
from app.database import Database
from app.entanglement import projector
from app.entanglement.projector import GroupProjector
from app.entanglement.repository import GROUPS as TABLE
from app.entanglement.wiring import EntanglementServices
from app.graphstore import entanglement as graph
from app.graphstore.driver import GraphStore
from app.graphstore.rebuilding import Rebuilt
from app.rest.wiring import provided
from app.settings import Settings
from app.web import create_app
from embedded.arcadedb import ArcadeDBServer
from tests.entanglement.conftest import GROUPS, Caller, InProcessEntangler
from tests.keys import bearer
from tests.stack import wait_until

SECONDS = 10.0


@pytest.fixture
def app(
    settings: Settings, database: Database, arcadedb: ArcadeDBServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """An application that has a graph server."""
    monkeypatch.setattr("app.connections.GRAPH_TIMEOUT_SECONDS", SECONDS)
    made = create_app(
        replace(
            settings,
            neo4j_url=arcadedb.url,
            neo4j_username=arcadedb.username,
            neo4j_password=arcadedb.password,
            neo4j_database=arcadedb.database,
        )
    )
    connections = provided(Connections, made)
    vars(provided(EntanglementServices, made))["entangler"] = InProcessEntangler()
    graph.remove_all(connections.graph_store)
    yield made
    graph.remove_all(connections.graph_store)
    connections.close()


@pytest.fixture
def graph_store(app: Flask) -> GraphStore:
    """The graph server."""
    connections = provided(Connections, app)
    return connections.graph_store


@pytest.fixture
def writer(database: Database, graph_store: GraphStore) -> GroupProjector:
    """What writes what is due."""
    return GroupProjector(database, graph_store)


@pytest.fixture
def caller(app: Flask, database: Database, writer_key: str) -> Caller:
    """A caller that may write, and the vectors a to f."""
    made = Caller(app.test_client(), bearer(writer_key), database)
    made.store({name: [1.0, float(index)] for index, name in enumerate("abcdef")})
    return made


def _members(graph_store: GraphStore, vector_id: str) -> dict[str, list[str]]:
    around = graph.groups_around(graph_store, [vector_id], [], 100, SECONDS)
    return {each.group_id: each.members for each in around}


def _make_all_due(caller: Caller) -> None:
    with caller.database.unit_of_work() as unit:
        unit.session.execute(
            update(TABLE).where(TABLE.c.graph_due_at.is_not(None)).values(graph_due_at=func.now())
        )


def test_a_group_that_was_made_is_written_once(
    caller: Caller, writer: GroupProjector, graph_store: GraphStore
) -> None:
    caller.entangle("g", "a", "b", "c")
    assert caller.get(f"{GROUPS}/g")["graph_status"] == "pending"
    assert (writer.take_up_due(), writer.take_up_due()) == (1, 0)
    assert _members(graph_store, "a") == {"g": ["a", "b", "c"]}
    assert caller.get(f"{GROUPS}/g")["graph_status"] == "stored"


def test_a_member_that_was_deleted_leaves_the_graph(
    caller: Caller, writer: GroupProjector, graph_store: GraphStore
) -> None:
    caller.entangle("g", "a", "b", "c")
    caller.entangle("two", "a", "d")
    writer.take_up_due()
    caller.send("DELETE", "/v2/vectors/a")
    assert caller.get(f"{GROUPS}/g")["graph_status"] == "pending"
    assert writer.take_up_due() == 2
    assert _members(graph_store, "b") == {"g": ["b", "c"]}
    assert (_members(graph_store, "a"), _members(graph_store, "d")) == ({}, {})
    with caller.database.reading() as session:
        assert list(session.scalars(select(TABLE.c.id))) == ["g"], "the row of the deleted group stayed"


def test_a_group_deleted_while_it_is_written_is_gone_from_the_graph(
    caller: Caller, writer: GroupProjector, graph_store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.entangle("g", "a", "b")
    project = graph.project

    def project_late(store: GraphStore, group: graph.GroupGraph) -> None:
        caller.send("DELETE", f"{GROUPS}/g")
        project(store, group)

    monkeypatch.setattr(graph, "project", project_late)
    writer.take_up_due()
    assert _members(graph_store, "a") == {}


def test_a_group_made_again_replaces_the_old_one(
    caller: Caller, writer: GroupProjector, graph_store: GraphStore
) -> None:
    caller.entangle("g", "a", "b", "c")
    writer.take_up_due()
    caller.send("DELETE", f"{GROUPS}/g")
    caller.entangle("g", "d", "e")
    assert writer.take_up_due() == 1
    assert _members(graph_store, "d") == {"g": ["d", "e"]}
    assert _members(graph_store, "a") == {}


def test_the_thread_sees_a_group_in(caller: Caller, writer: GroupProjector) -> None:
    thread = writer
    thread.start()
    try:
        caller.entangle("g", "a", "b")
        assert wait_until(
            lambda: caller.get(f"{GROUPS}/g")["graph_status"] == "stored", what="the projection"
        )
    finally:
        thread.stop()


def test_a_graph_server_that_is_away_leaves_groups_due(
    settings: Settings, caller: Caller, writer: GroupProjector
) -> None:
    caller.entangle("g", "a", "b")
    away = GraphStore("bolt://127.0.0.1:9", "u", "p", None, 0.2)
    thread = GroupProjector(caller.database, away)
    thread.start()
    wait_until(lambda: away.breaker.is_open, what="the failure")
    thread.stop()
    away.close()
    assert caller.get(f"{GROUPS}/g")["graph_status"] == "pending"
    _make_all_due(caller)
    assert writer.take_up_due() == 1
    assert caller.get(f"{GROUPS}/g")["graph_status"] == "stored"


def test_all_groups_are_rebuilt_from_the_record(caller: Caller, graph_store: GraphStore) -> None:
    caller.entangle("g", "a", "b")
    caller.entangle("h", "b", "c")
    ghost = graph.GroupGraph("ghost", 1, 0.5, ["a", "x"])
    graph.project(graph_store, ghost)
    assert projector.rebuild(caller.database, graph_store, missing_only=False, batch=1) == Rebuilt(2, left=0)
    assert _members(graph_store, "b") == {"g": ["a", "b"], "h": ["b", "c"]}
    assert _members(graph_store, "x") == {}
    assert projector.rebuild(caller.database, graph_store, missing_only=True, batch=1) == Rebuilt(0, left=0)


def test_the_neighborhood_grows_with_the_hops(caller: Caller, writer: GroupProjector) -> None:
    caller.entangle("ab", "a", "b", strength=0.9)
    caller.entangle("ac", "a", "c", strength=0.5)
    caller.entangle("bd", "b", "d", strength=0.7)
    caller.entangle("de", "d", "e", strength=0.3)
    writer.take_up_due()
    path = "/v2/entanglement/neighborhood/a"
    near = {"id": "b", "distance": 1, "correlation": 0.9, "group_id": "ab", "via": "a"}
    also = {"id": "c", "distance": 1, "correlation": 0.5, "group_id": "ac", "via": "a"}
    far = {"id": "d", "distance": 2, "correlation": 0.7, "group_id": "bd", "via": "b"}
    farther = {"id": "e", "distance": 3, "correlation": 0.3, "group_id": "de", "via": "d"}
    assert caller.get(path) == {
        "entity_id": "a",
        "hops": 1,
        "neighbors": [near, also],
        "truncated": False,
    }
    assert caller.get(f"{path}?hops=2")["neighbors"] == [near, also, far]
    assert caller.get(f"{path}?hops=3")["neighbors"] == [near, also, far, farther]
    cut = caller.get(f"{path}?hops=3&limit=1")
    assert (cut["neighbors"], cut["truncated"]) == ([near], True)
    assert caller.get("/v2/entanglement/neighborhood/f?hops=3")["neighbors"] == []


def test_deleted_vectors_are_no_neighbors_while_the_graph_is_behind(
    caller: Caller, writer: GroupProjector
) -> None:
    caller.entangle("g", "a", "b", "c")
    writer.take_up_due()
    caller.send("DELETE", "/v2/vectors/b")
    found = caller.get("/v2/entanglement/neighborhood/a")["neighbors"]
    assert [each["id"] for each in found] == ["c"]
    assert caller.send("GET", "/v2/entanglement/neighborhood/b").status_code == 404
