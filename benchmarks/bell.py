"""A synchronous bell over HTTP, with the real Neo4j, next to the Neo4j transaction alone."""

from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

import msgspec

from app.graphstore import executions as graphs
from benchmarks import fill, report
from benchmarks.client import Connection, Response, checked, load, timed
from benchmarks.machine import CpuMeter, wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import Stack, started_servers

PATH = "/api/execute/bell"
GOAL_MS = 22.0
GOAL_TRANSACTIONS = 1.5
GOAL_BESIDE_TRANSACTION_MS = 12.0
GOAL_PER_SECOND = 100.0
WARM_UP_SECONDS = 10.0
"""The Java virtual machine compiles what it runs often; until then its figures fall from run to run."""


def run(options: Options) -> None:
    """Measure one client with growing stores, then many clients."""
    report.section("bell: POST /api/execute/bell, synchronous, graph stored in Neo4j")
    with started_servers(graph=True) as stack:
        stack.start_web()
        stack.start_worker()
        template = warm_up(stack, options)
        for number in options.stored:
            fill.fill_up(stack.connections, template, number, graph=True)
            report.note(
                f"{fill.count(stack.connections):,} executions in PostgreSQL, as many graphs in Neo4j"
            )
            _one_client(stack, template, options)
        _many_clients(stack, options)


def warm_up(stack: Stack, options: Options) -> UUID:
    """Run bells until Java has compiled what it needs; the id of one of them."""
    load(stack.web_port, options.clients, WARM_UP_SECONDS, execute)
    fill.empty(stack.connections)
    with Connection(stack.web_port) as connection:
        response = msgspec.json.decode(checked(execute(connection)))
    return UUID(response["execution_id"])


def execute(connection: Connection) -> Response:
    """Ask for one bell."""
    return connection.post(PATH)


def _one_client(stack: Stack, template: UUID, options: Options) -> None:
    """Bells and bare transactions in turn, so that both meet the same machine."""
    store, graph = stack.connections.graph_store, fill.graph_of(stack.connections, template)
    wait_for_quiet()
    bells, transactions, stored = [], [], 0
    with Connection(stack.web_port) as connection:
        for _ in range(options.repeats):
            milliseconds, response = timed(partial(execute, connection))
            bells.append(milliseconds)
            stored += b'"graph_status":"stored"' in checked(response)
            copy = replace(graph, execution_id=str(uuid4()))
            transactions.append(timed(partial(graphs.project, store, [copy]))[0])
    bell, transaction = Times(bells), Times(transactions)
    limit = max(GOAL_MS, GOAL_TRANSACTIONS * transaction.p50 + GOAL_BESIDE_TRANSACTION_MS)
    report.times("Neo4j transaction alone, one bell graph", transaction)
    report.times("bell over HTTP", bell, Goal.at_most(bell.p50, round(limit, 1), "ms p50"))
    report.figure("bell beside its transaction", bell.p50 - transaction.p50, "ms")
    report.ratio("bell / transaction alone", bell.p50, transaction.p50)
    if stored < options.repeats:
        report.note(f"only {stored} of {options.repeats} answers said that the graph was stored")


def _many_clients(stack: Stack, options: Options) -> None:
    wait_for_quiet()
    meter = CpuMeter(stack.parts())
    result = load(stack.web_port, options.clients, options.load_seconds, execute)
    spent = meter.spent_seconds()
    strangers = meter.strangers_seconds(spent)
    goal = Goal.at_least(result.per_second, GOAL_PER_SECOND, "/s")
    report.figure(f"{options.clients} clients: executions", result.per_second, "/s", goal)
    report.times(f"{options.clients} clients: answers", result.response_times)
    for part, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        report.figure(f"processor time of one execution: {part}", seconds / result.requests * 1000, "ms")
    report.note(f"the rest of the machine used {strangers / result.seconds:.2f} processors meanwhile")
    report.figure("processor time of one execution: all", sum(spent.values()) / result.requests * 1000, "ms")
