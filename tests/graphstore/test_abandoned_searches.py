"""A search that is given up ends in the server too, on both servers."""

import time
from collections.abc import Iterator

import psutil
import pytest

from app.circuits.event_graph import Event
from app.circuits.pattern import Pattern, PatternEdge, PatternNode
from app.graphstore import executions, patterns
from app.graphstore.driver import GraphStore, OutOfTimeError
from embedded.arcadedb import ArcadeDBServer
from tests.graphstore.factories import graph, open_store
from tests.stack import wait_until

QUBITS = 24
SECONDS = 0.5
RUNNING = "SHOW TRANSACTIONS YIELD currentQuery"
SAMPLE_SECONDS = 0.5
IDLE_SHARE = 0.1
"""Of one core: a search takes a whole one."""


def fan() -> list[Event]:
    """A barrier over many qubits, then a gate on each: seven of these follow a barrier in 24!/17! ways."""
    gates: list[Event] = [
        {"event_id": at, "event_type": "GATE", "timestamp": at, "gate_name": "H", "qubits": [at - 2]}
        for at in range(2, QUBITS + 2)
    ]
    return [
        {"event_id": 0, "event_type": "EXECUTION_START", "timestamp": 0},
        {"event_id": 1, "event_type": "BARRIER", "timestamp": 1, "qubits": list(range(QUBITS))},
        *gates,
        {"event_id": QUBITS + 2, "event_type": "EXECUTION_END", "timestamp": QUBITS + 2},
    ]


def hopeless() -> Pattern:
    """Seven gates after one barrier, the last of which has a sixth qubit: no gate here has."""
    gates = tuple(PatternNode(f"gate {index}", "H") for index in range(7))
    edges = tuple(PatternEdge(7, index, target_position=5 if index == 6 else None) for index in range(7))
    return Pattern((*gates, PatternNode("barrier", None, "BARRIER")), edges)


def search(store: GraphStore) -> None:
    """Search for that in that, until time is up."""
    written = graph(fan())
    executions.project(store, [written])
    with pytest.raises(OutOfTimeError):
        patterns.match(store, hopeless(), "H", [written.execution_id] * 1_000, SECONDS)


def searches_in(store: GraphStore) -> list[str]:
    """The searches that the server runs."""
    rows = store.read(lambda transaction: transaction.run(RUNNING))
    return [str(row[0]) for row in rows if "UNWIND $ids AS id\nCALL" in str(row[0])]


def test_the_server_does_nothing_more_for_a_search_that_was_given_up(store: GraphStore) -> None:
    search(store)
    wait_until(lambda: not searches_in(store), what="the search being ended")
    assert store.is_available


@pytest.fixture
def arcadedb_store(own_arcadedb: ArcadeDBServer) -> Iterator[GraphStore]:
    """A store on a server of the test's own."""
    opened = open_store(own_arcadedb.environment())
    yield opened
    opened.close()


def test_its_processor_is_idle_again(own_arcadedb: ArcadeDBServer, arcadedb_store: GraphStore) -> None:
    search(arcadedb_store)
    server = psutil.Process(own_arcadedb.pid)

    def is_idle() -> bool:
        before = server.cpu_times()
        time.sleep(SAMPLE_SECONDS)
        after = server.cpu_times()
        return after.user + after.system - before.user - before.system < IDLE_SHARE * SAMPLE_SECONDS

    wait_until(is_idle, what="the processor being idle")
