"""Event graphs on both servers: written whole and once, read as the record has them, removed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from threading import Barrier
from typing import LiteralString
from uuid import uuid4

import msgspec
import pytest
from neo4j.exceptions import ConstraintError

from app.circuits import event_graph
from app.circuits.event_graph import Graph
from app.graphstore import executions
from app.graphstore.driver import GraphStore, Transaction
from app.graphstore.executions import NotCommittedError
from embedded.arcadedb import ArcadeDBServer
from tests.bell import BELL, BELL_EDGES
from tests.graphstore.factories import (
    Stored,
    bell,
    complete,
    count,
    graph,
    open_store,
    random_events,
)

NOTHING = Stored(0, 0, 0)
TWINS = 6

CONSTRAINTS: tuple[LiteralString, ...] = (
    "execution_id",
    "event_key",
    "vector_id",
    "entanglement_group_id",
    "entanglement_lock_name",
)


def test_the_graph_of_a_bell_circuit_reads_back_as_the_contract_shows_it(store: GraphStore) -> None:
    written = bell()
    executions.project(store, [written])
    found = executions.read(store, written.execution_id)
    assert msgspec.to_builtins(found.nodes) == [
        {"id": 0, "type": "EXECUTION_START", "gate": None, "qubits": None, "timestamp": 0},
        {"id": 1, "type": "GATE", "gate": "H", "qubits": [0], "timestamp": 1},
        {"id": 2, "type": "GATE", "gate": "CX", "qubits": [0, 1], "timestamp": 2},
        {"id": 3, "type": "MEASUREMENT", "gate": None, "qubits": [0], "timestamp": 3},
        {"id": 4, "type": "MEASUREMENT", "gate": None, "qubits": [1], "timestamp": 4},
        {"id": 5, "type": "EXECUTION_END", "gate": None, "qubits": None, "timestamp": 5},
    ]
    assert msgspec.to_builtins(found.edges) == BELL_EDGES


def test_a_large_graph_reads_back_exactly_as_the_record_renders_it(store: GraphStore) -> None:
    written = graph(random_events(2_500))
    executions.project(store, [written])
    assert executions.read(store, written.execution_id) == event_graph.graph(written.events)


def test_an_event_node_carries_what_the_event_has_and_nothing_for_what_it_lacks(store: GraphStore) -> None:
    written = bell()
    executions.project(store, [written])
    start, measurement = store.read(
        lambda transaction: transaction.run(
            "MATCH (e:Event) WHERE e.key IN $keys RETURN properties(e) AS p ORDER BY e.event_id",
            {"keys": [f"{written.execution_id}:{event_id}" for event_id in (0, 3)]},
        )
    )
    identity = {"key": f"{written.execution_id}:0", "execution_id": written.execution_id, "event_id": 0}
    assert start == [{**identity, "type": "EXECUTION_START", "timestamp": 0}]
    assert measurement[0]["classical_bits"] == [0]
    assert "gate" not in measurement[0]


def test_an_execution_node_tells_circuit_time_noise_and_size(store: GraphStore) -> None:
    two_hours_east = datetime(2026, 2, 1, 16, 30, tzinfo=timezone(timedelta(hours=2)))
    written = replace(bell(), created_at=two_hours_east)
    executions.project(store, [written])
    [[name, is_noisy, num_events, created_at]] = store.read(
        lambda transaction: transaction.run(
            "MATCH (x:Execution {execution_id: $id}) "
            "RETURN x.circuit_name, x.is_noisy, x.num_events, x.created_at",
            {"id": written.execution_id},
        )
    )
    assert (name, is_noisy, num_events) == ("test", False, 6)
    # ArcadeDB keeps no time zone
    assert created_at.to_native().replace(tzinfo=UTC) == two_hours_east


def test_twenty_executions_are_written_by_one_call(store: GraphStore) -> None:
    group = [bell() if index % 2 else graph(random_events(30, seed=index)) for index in range(20)]
    executions.project(store, group)
    for written in group:
        assert count(store, written.execution_id) == complete(written)
        assert executions.read(store, written.execution_id) == event_graph.graph(written.events)


def test_a_group_is_seen_only_after_it_may_be_committed(store: GraphStore) -> None:
    group = [bell(), bell()]
    seen: list[set[str]] = []

    def may_commit() -> bool:
        seen.append(executions.exists(store, [each.execution_id for each in group]))
        return True

    executions.project(store, group, may_commit)
    assert seen == [set()]
    assert [count(store, each.execution_id) for each in group] == [complete(each) for each in group]


def test_of_a_group_that_may_not_be_committed_nothing_is_written(store: GraphStore) -> None:
    there, new = bell(), bell()
    executions.project(store, [there])
    for group in ([new], [there, new]):
        with pytest.raises(NotCommittedError):
            executions.project(store, group, lambda: False)
        assert executions.exists(store, [new.execution_id]) == set()
    executions.project(store, [there, new])
    assert [count(store, each.execution_id) for each in (there, new)] == [complete(there), complete(new)]


def test_projecting_again_changes_nothing(store: GraphStore) -> None:
    written = bell()
    for _ in range(3):
        executions.project(store, [written])
    assert count(store, written.execution_id) == complete(written)


def test_a_group_in_which_some_graphs_stand_already_writes_the_others(store: GraphStore) -> None:
    group = [bell() for _ in range(5)]
    executions.project(store, group[1:3])
    executions.project(store, group)
    assert [count(store, each.execution_id) for each in group] == [complete(each) for each in group]


def test_a_group_that_names_an_execution_twice_writes_it_once_and_an_empty_one_nothing(
    store: GraphStore,
) -> None:
    written = bell()
    executions.project(store, [written, written])
    executions.project(store, [])
    assert count(store, written.execution_id) == complete(written)


def test_twins_that_project_the_same_group_at_once_write_it_once(store: GraphStore) -> None:
    group = [graph(random_events(200, seed=index)) for index in range(3)]
    barrier = Barrier(TWINS)

    def project() -> None:
        barrier.wait()
        executions.project(store, group)

    executions.project(store, [bell()])  # the connection and the schema are not what they race for
    with ThreadPoolExecutor(TWINS) as pool:
        for done in [pool.submit(project) for _ in range(TWINS)]:
            done.result()
    assert [count(store, each.execution_id) for each in group] == [complete(each) for each in group]


def test_processes_that_start_at_once_may_all_create_the_schema(own_arcadedb: ArcadeDBServer) -> None:
    barrier = Barrier(TWINS)
    first = open_store(own_arcadedb.environment())
    for constraint in CONSTRAINTS:
        first.write(partial(_drop, constraint=constraint))

    def project() -> None:
        own = open_store(own_arcadedb.environment())
        barrier.wait()
        executions.project(own, [bell()])
        own.close()

    with ThreadPoolExecutor(TWINS) as pool:
        for done in [pool.submit(project) for _ in range(TWINS)]:
            done.result()
    names = first.read(lambda transaction: transaction.run("SHOW CONSTRAINTS YIELD name RETURN name"))
    first.close()
    assert sorted(name for [name] in names) == sorted(CONSTRAINTS)


def test_a_graph_that_cannot_be_written_leaves_nothing_and_does_not_hold_up_the_others(
    store: GraphStore,
) -> None:
    broken = graph([*BELL, BELL[-1]])
    group = [bell(), broken, bell()]
    with pytest.raises(ConstraintError):
        executions.project(store, group)
    assert count(store, broken.execution_id) == NOTHING
    assert count(store, group[0].execution_id) == complete(group[0])
    assert count(store, group[2].execution_id) == complete(group[2])


def test_the_server_itself_refuses_a_second_node_for_an_execution_or_an_event(store: GraphStore) -> None:
    written = bell()
    executions.project(store, [written])
    with pytest.raises(ConstraintError):
        store.write(
            lambda transaction: transaction.run(
                "CREATE (:Execution {execution_id: $id})", {"id": written.execution_id}
            )
        )
    with pytest.raises(ConstraintError):
        store.write(
            lambda transaction: transaction.run(
                "CREATE (:Event {key: $key})", {"key": f"{written.execution_id}:0"}
            )
        )


def test_exists_names_those_that_stand(store: GraphStore) -> None:
    written = bell()
    executions.project(store, [written])
    assert executions.exists(store, [written.execution_id, str(uuid4())]) == {written.execution_id}
    assert executions.exists(store, []) == set()


def test_reading_an_execution_that_is_not_there_gives_nothing(store: GraphStore) -> None:
    assert executions.read(store, str(uuid4())) == Graph([], [])


def test_removed_graphs_are_gone_and_the_others_stand(store: GraphStore) -> None:
    group = [bell() for _ in range(4)]
    executions.project(store, group)
    executions.remove(store, [group[0].execution_id, group[2].execution_id, str(uuid4())])
    assert [count(store, each.execution_id) for each in group] == [
        NOTHING,
        complete(group[1]),
        NOTHING,
        complete(group[3]),
    ]


def test_graphs_larger_than_a_batch_are_removed_whole(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "REMOVE_BATCH", 4)
    group = [bell() for _ in range(6)]
    executions.project(store, group)
    executions.remove(store, [each.execution_id for each in group])
    assert [count(store, each.execution_id) for each in group] == [NOTHING] * 6


def test_a_removed_graph_can_be_projected_and_removed_again(store: GraphStore) -> None:
    written = bell()
    for _ in range(2):
        executions.project(store, [written])
        assert count(store, written.execution_id) == complete(written)
        executions.remove(store, [written.execution_id])
        executions.remove(store, [written.execution_id])
        assert count(store, written.execution_id) == NOTHING


def test_remove_all_removes_every_graph_and_keeps_what_is_no_execution(
    own_arcadedb: ArcadeDBServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executions, "REMOVE_BATCH", 7)
    store = open_store(own_arcadedb.environment())
    executions.project(store, [bell() for _ in range(20)])
    store.write(lambda transaction: transaction.run("CREATE (:Vector {id: 'kept'})"))
    executions.remove_all(store)
    labels = store.read(lambda transaction: transaction.run("MATCH (n) RETURN labels(n)"))
    store.close()
    assert labels == [[["Vector"]]]


def _drop(transaction: Transaction, constraint: LiteralString) -> None:
    transaction.run("DROP CONSTRAINT " + constraint + " IF EXISTS")
