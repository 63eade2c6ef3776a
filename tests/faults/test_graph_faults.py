"""The graph server is away, hangs or comes back: executions succeed, their graphs follow."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from embedded.arcadedb import ArcadeDBServer
from tests.faults.jobs import rows
from tests.hanging import hanging
from tests.stack import Stack, kill, wait_until

LARGE = "/api/execute/random?gate_count=5000&num_qubits=4"
"""A circuit whose graph takes long enough to be interrupted while it is written."""


def graph_status(stack: Stack, execution_id: str) -> str:
    """Return whether an execution's graph is stored."""
    return str(stack.get(f"/api/executions/{execution_id}").json()["graph_status"])


def stored_bell(stack: Stack) -> str:
    """Execute ``bell`` and wait for its graph, which may come after the answer; return the execution's id."""
    execution_id = str(stack.post("/api/execute/bell").json()["execution_id"])
    wait_until(lambda: graph_status(stack, execution_id) == "stored", what="the graph")
    return execution_id


def graphs(stack: Stack, execution_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the graph from PostgreSQL and from the graph server."""
    path = f"/api/executions/{execution_id}/graph"
    return stack.get(path).json(), stack.get(path, params={"source": "neo4j"}).json()


def test_without_the_graph_server_an_execution_succeeds_and_its_graph_follows(
    new_stack: Callable[..., Stack], own_arcadedb: ArcadeDBServer
) -> None:
    stack = new_stack(**own_arcadedb.environment())
    stack.start_web()
    stack.start_worker()
    own_arcadedb.stop()
    response = stack.post("/api/execute/bell")
    assert response.status_code == 200, response.text
    execution = response.json()
    assert execution["graph_status"] == "pending"
    assert execution["neo4j_persistence_time_ms"] == 0.0
    execution_id = execution["execution_id"]
    assert stack.get(f"/api/executions/{execution_id}/graph").status_code == 200
    refused = stack.get(f"/api/executions/{execution_id}/graph", params={"source": "neo4j"})
    assert refused.status_code == 503
    assert "Retry-After" in refused.headers
    make_due(stack)
    own_arcadedb.start()
    wait_until(lambda: graph_status(stack, execution_id) == "stored", 120, "the graph")
    ours, theirs = graphs(stack, execution_id)
    assert ours == theirs


def test_a_graph_server_that_hangs_delays_an_execution_by_its_timeout_at_most(
    new_stack: Callable[..., Stack], own_arcadedb: ArcadeDBServer
) -> None:
    stack = new_stack(**own_arcadedb.environment())
    stack.start_web()
    stack.start_worker()
    stored_bell(stack)
    with hanging(own_arcadedb.pid):
        responses = [stack.post("/api/execute/bell").json() for _ in range(3)]
        assert [response["graph_status"] for response in responses] == ["pending"] * 3
    make_due(stack)
    for response in responses:
        execution_id = response["execution_id"]
        wait_until(lambda one=execution_id: graph_status(stack, one) == "stored", 120, "a graph")


@pytest.mark.parametrize("moment", ["between commit and projection", "during projection"])
def test_a_worker_killed_around_its_projection_leaves_one_whole_graph(
    new_stack: Callable[..., Stack], own_arcadedb: ArcadeDBServer, moment: str
) -> None:
    stack = new_stack(**own_arcadedb.environment())
    stack.start_web()
    worker = stack.start_worker()
    stored_bell(stack)
    if moment == "between commit and projection":
        os.kill(own_arcadedb.pid, signal.SIGSTOP)
    job_id = stack.submit(LARGE)
    stack.wait_for(job_id, "SUCCEEDED")
    kill(worker)
    if moment == "between commit and projection":
        os.kill(own_arcadedb.pid, signal.SIGCONT)
    assert rows(stack, "SELECT count(*) FROM executions WHERE num_events > 100") == [(1,)]
    make_due(stack)
    stack.start_worker()
    wait_until(lambda: graph_status(stack, job_id) == "stored", 120, "the graph")
    ours, theirs = graphs(stack, job_id)
    assert ours == theirs


def test_a_deleted_execution_takes_its_graph_along_once_the_graph_server_is_back(
    new_stack: Callable[..., Stack], own_arcadedb: ArcadeDBServer
) -> None:
    stack = new_stack(**own_arcadedb.environment())
    stack.start_web()
    stack.start_worker()
    execution_id = stored_bell(stack)
    own_arcadedb.stop()
    assert stack.delete(f"/api/executions/{execution_id}").status_code == 204
    assert stack.get(f"/api/executions/{execution_id}").status_code == 404
    assert stack.get(f"/api/jobs/{execution_id}").status_code == 404
    assert rows(stack, "SELECT events::text, program FROM executions") == [("[]", "")]
    own_arcadedb.start()
    wait_until(
        lambda: rows(stack, "SELECT count(*) FROM executions") == [(0,)], 120, "the end of the deleted row"
    )


def make_due(stack: Stack) -> None:
    """Make the next try due now; it would come by itself half a minute later."""
    rows(stack, "UPDATE executions SET graph_due_at = now() RETURNING id")
