"""Large random circuits end to end, and their events and graph alone."""

from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

import msgspec

from app.graphstore import executions as graphs
from benchmarks import fill, report
from benchmarks.bell import warm_up
from benchmarks.client import Connection, checked, timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import Stack, started_servers

REPEATS = 7
GOALS_SECONDS = {1_000: 0.3, 9_900: 2.5}
OBSERVED_GATES = (100, 1_000, 9_900)
"""The largest is near the 10,000 events of the goal; the measurements count as operations too."""
GOAL_OBSERVED_MS = 50.0
QUBITS = (2, 8)
"""The contract's default, and some more."""


def run(options: Options) -> None:
    """Measure both."""
    report.section("large: random circuits, graph stored in Neo4j")
    with started_servers(graph=True) as stack:
        stack.start_web()
        stack.start_worker()
        warm_up(stack, options)
        for gates, seconds in GOALS_SECONDS.items():
            for qubits in QUBITS:
                _end_to_end(stack, gates, qubits, seconds)
        _events_and_graph(stack)


def _end_to_end(stack: Stack, gates: int, qubits: int, goal_seconds: float) -> None:
    path = f"/api/execute/random?gate_count={gates}&num_qubits={qubits}"
    wait_for_quiet()
    runs, transactions = [], []
    with Connection(stack.web_port) as connection:
        for _ in range(REPEATS):
            milliseconds, response = timed(partial(connection.post, path))
            body = msgspec.json.decode(checked(response))
            if body["graph_status"] != "stored":
                raise RuntimeError("the graph was not stored within the response's time")
            runs.append(milliseconds)
            graph = fill.graph_of(stack.connections, UUID(body["execution_id"]))
            copy = replace(graph, execution_id=str(uuid4()))
            transactions.append(timed(partial(graphs.project, stack.connections.graph_store, [copy]))[0])
    whole, transaction = Times(runs), Times(transactions)
    name = f"{gates:,} gates on {qubits} qubits"
    report.times(f"{name}: Neo4j transaction alone", transaction)
    report.times(f"{name}: end to end", whole, Goal.at_most(whole.p50 / 1000, goal_seconds, "s p50"))
    report.ratio(f"{name}: end to end / transaction", whole.p50, transaction.p50)


def _events_and_graph(stack: Stack) -> None:
    """The times that the simulator process itself took, as the responses carry them."""
    per_event: dict[int, float] = {}
    wait_for_quiet()
    with Connection(stack.web_port) as connection:
        for gates in OBSERVED_GATES:
            taken = []
            for _ in range(REPEATS):
                response = connection.post(f"/api/execute/random?gate_count={gates}")
                body = msgspec.json.decode(checked(response))
                taken.append(body["event_extraction_time_ms"] + body["in_memory_graph_time_ms"])
            observed = Times(taken)
            goal = Goal.at_most(observed.p50, GOAL_OBSERVED_MS, "ms") if gates == OBSERVED_GATES[-1] else None
            report.times(f"events and graph alone, {body['num_events']:,} events", observed, goal)
            per_event[gates] = observed.p50 / body["num_events"]
    few, many = per_event[1_000], per_event[OBSERVED_GATES[-1]]
    report.ratio("events and graph, per event: 9,900 gates / 1,000 (1 is linear)", many, few)
