"""A synchronous execution of ``bell`` over HTTP with the real Neo4j, beside a plain backend without a queue.

The baseline (``benchmarks/plain_backend``) shows what the queue and durability cost. One Neo4j serves both,
and they are measured in turn. An answer of Qloom whose graph is not stored ends the benchmark.
"""

from dataclasses import replace
from functools import partial
from uuid import UUID, uuid4

import msgspec

from app.graphstore import executions as graphs
from benchmarks import fill, report
from benchmarks.client import Connection, Response, checked, load, timed
from benchmarks.machine import tree, wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import Stack, started_servers, wait_until
from benchmarks.throughput import BELL, Throughput, bell, plain_bell
from embedded.http_checks import is_reachable
from embedded.ports import free_port

GOAL_MS = 10.0
GOAL_PER_SECOND = 200.0
GOAL_PROCESSOR_MS = 9.0
SLICES = 3
"""The slices of each load; the two backends take turns."""

WARM_UP_SECONDS = 10.0
"""The Java virtual machine first compiles the code that runs often; until then its times fall."""

PLAIN = (
    "env OMP_NUM_THREADS=1 gunicorn --bind 127.0.0.1:{port} --workers 2 --worker-class gthread --threads 8"
    " --preload benchmarks.plain_backend.app:app"
)
"""The fastest of those tried on two cores: ``sync`` workers (2, 4, 8 of them) closed each connection and
waited for Neo4j one request at a time; two processes of eight threads were 1.9 × as fast."""


def run(options: Options) -> None:
    """Measure one client with growing stores, then many clients."""
    report.section("bell: POST /api/execute/bell, synchronous, graph stored in Neo4j")
    with started_servers(graph=True) as stack:
        stack.start_web()
        stack.start_worker()
        port = start_plain(stack)
        template = warm_up(stack, options)
        load(port, options.clients, WARM_UP_SECONDS / 2, plain_bell)
        for number in options.stored:
            fill.fill_up(stack.connections, template, number, graph=True)
            report.note(
                f"{fill.count(stack.connections):,} executions in PostgreSQL, as many graphs in Neo4j"
            )
            _one_client(stack, port, template, options)
        _many_clients(stack, port, options)


def start_plain(stack: Stack) -> int:
    """Start the plain backend on the same Neo4j; return its port."""
    port = free_port()
    plain = stack.start("plain", PLAIN.format(port=port))
    wait_until(lambda: is_reachable(f"http://127.0.0.1:{port}/"), plain)
    return port


def warm_up(stack: Stack, options: Options) -> UUID:
    """Run ``bell`` until Java has compiled its code; return the id of one of the executions."""
    load(stack.web_port, options.clients, WARM_UP_SECONDS, execute)
    fill.empty(stack.connections)
    with Connection(stack.web_port) as connection:
        response = msgspec.json.decode(checked(execute(connection)))
    return UUID(response["execution_id"])


def execute(connection: Connection) -> Response:
    """Request one execution of ``bell``; its graph need not be in Neo4j when the response comes."""
    return connection.post(BELL)


def _one_client(stack: Stack, plain_port: int, template: UUID, options: Options) -> None:
    """Measure both backends and bare transactions in turn, so that the machine is the same for all."""
    store, graph = stack.connections.graph_store, fill.graph_of(stack.connections, template)
    wait_for_quiet()
    bells, plain_bells, transactions = [], [], []
    with Connection(stack.web_port) as connection, Connection(plain_port) as plain:
        for _ in range(options.repeats):
            bells.append(_checked_ms(partial(bell, connection)))
            plain_bells.append(_checked_ms(partial(plain_bell, plain)))
            copy = replace(graph, execution_id=str(uuid4()))
            transactions.append(timed(partial(graphs.project, store, [copy]))[0])
    ours, theirs, transaction = Times(bells), Times(plain_bells), Times(transactions)
    report.times("one client: Neo4j transaction alone, one bell graph", transaction)
    report.times("one client: plain backend", theirs)
    report.times("one client: Qloom", ours, Goal.at_most(ours.p50, GOAL_MS, "ms p50"))
    report.ratio("one client: Qloom / plain backend", ours.p50, theirs.p50)
    report.ratio("one client: Qloom / transaction alone", ours.p50, transaction.p50)


def _checked_ms(ask: "partial[Response]") -> float:
    milliseconds, response = timed(ask)
    checked(response)
    return milliseconds


def _many_clients(stack: Stack, plain_port: int, options: Options) -> None:
    plain_pid = stack.programs["plain"].pid
    theirs = Throughput(plain_bell, {"plain": lambda: tree(plain_pid), **stack.server_parts()}, plain_port)
    ours = Throughput(bell, stack.parts(), stack.web_port)
    wait_for_quiet()
    for _ in range(SLICES):
        theirs.measure(options.clients, options.load_seconds / SLICES)
        ours.measure(options.clients, options.load_seconds / SLICES)
    name = f"{options.clients} clients"
    report.figure(f"{name}: plain backend", theirs.per_second, "/s")
    report.figure(f"{name}: plain backend, processor time of each", theirs.processor_ms, "ms")
    theirs.show_parts()
    report.times(f"{name}: Qloom, answers", ours.times)
    goal = Goal.at_least(ours.per_second, GOAL_PER_SECOND, "/s")
    report.figure(f"{name}: Qloom", ours.per_second, "/s", goal)
    goal = Goal.at_most(ours.processor_ms, GOAL_PROCESSOR_MS, "ms")
    report.figure(f"{name}: Qloom, processor time of each", ours.processor_ms, "ms", goal)
    ours.show_parts()
    report.ratio(f"{name}: Qloom / plain backend, executions a second", ours.per_second, theirs.per_second)
    report.ratio(f"{name}: Qloom / plain backend, processor time", ours.processor_ms, theirs.processor_ms)
