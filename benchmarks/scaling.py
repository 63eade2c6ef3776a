"""Measures whether a job costs more with more workers and webs, and what each server does for 1,000 jobs."""

from benchmarks import report
from benchmarks.bell import WARM_UP_SECONDS, execute
from benchmarks.client import load
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.server_work import ServerWork
from benchmarks.stack import Stack, started_servers
from benchmarks.throughput import Throughput, bell
from embedded.arcadedb import ArcadeDBServer

SHAPES = ((1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (2, 4))
"""Processes of the web, and workers of two slots each."""

CLIENTS = 64
"""So many keep each slot of the largest shape busy with a whole group of jobs. With fewer, more workers
would share the same jobs in smaller groups, and each job would cost more."""

GOAL_GROWTH = 1.15
JOBS = 1_000
LOGGED = {"log_statement": "all", "log_line_prefix": ""}
"""Settings of PostgreSQL under which its statements are counted; nothing is timed meanwhile."""


def run(options: Options) -> None:
    """Measure each shape, then count what the servers do, then the graph server of ``make run``."""
    report.section(f"scaling: {CLIENTS} clients, executions of bell, graph stored in Neo4j")
    with started_servers(graph=True) as stack:
        _shapes(stack, options)
    report.section(f"scaling: what the servers do for {JOBS:,} executions of bell")
    with started_servers(graph=True, postgres_options=LOGGED) as stack:
        stack.start_web()
        stack.start_worker()
        load(stack.web_port, options.clients, WARM_UP_SECONDS / 2, execute)
        for clients in (1, options.clients):
            _count(stack, clients, options.load_seconds / 2)
    report.section("scaling: the graph server of make run (ArcadeDB)")
    with started_servers(graph=True, graph_server=ArcadeDBServer) as stack:
        _embedded_graph_server(stack, options)


def _shapes(stack: Stack, options: Options) -> None:
    costs: list[float] = []
    wait_for_quiet()
    for webs, workers in SHAPES:
        stack.start_web(webs)
        for number in range(workers):
            stack.start_worker(f"worker{number}")
        load(stack.web_port, CLIENTS, WARM_UP_SECONDS / (4 if costs else 1), execute)
        measured = Throughput(bell, stack.parts(), stack.web_port)
        measured.measure(CLIENTS, options.load_seconds / 2)
        costs.append(measured.processor_ms)
        name = f"{webs} web, {workers} workers" if workers > 1 else f"{webs} web, 1 worker"
        report.figure(name, measured.per_second, "/s")
        report.figure(f"{name}: processor time of each", measured.processor_ms, "ms")
        measured.show_parts()
        if len(costs) > 1:
            report.ratio(f"{name} / 1 web, 1 worker: processor time", costs[-1], costs[0], GOAL_GROWTH)
        stack.stop()


def _count(stack: Stack, clients: int, seconds: float) -> None:
    work = ServerWork(stack)
    work.begin()
    measured = Throughput(bell, stack.parts(), stack.web_port)
    measured.measure(clients, seconds)
    for name, value in work.for_each(measured.requests, JOBS):
        report.figure(f"{clients} clients: {name}", value, "")


def _embedded_graph_server(stack: Stack, options: Options) -> None:
    stack.start_web()
    stack.start_worker()
    load(stack.web_port, options.clients, WARM_UP_SECONDS, execute)
    wait_for_quiet()
    for clients in (1, options.clients):
        measured = Throughput(bell, stack.parts(), stack.web_port)
        measured.measure(clients, options.load_seconds / 2)
        report.times(f"{clients} clients: Qloom, answers", measured.times)
        report.figure(f"{clients} clients: Qloom", measured.per_second, "/s")
        report.figure(f"{clients} clients: processor time of each", measured.processor_ms, "ms")
