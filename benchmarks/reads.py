"""Measures reads of executions with few and with many stored ones: the time must not grow with the store."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import msgspec

from benchmarks import fill, report
from benchmarks.client import Connection, checked, timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import Stack, started_servers

FEW, MANY = 1_000, 100_000
GOAL_GROWTH = 1.3
GOAL_MS = 5.0
WITH_COUNT, COUNT = "list with its exact total", "counting the rows, as lists did before"
BOUNDED = ("overview", "graph")


def run(options: Options) -> None:
    """Fill one stack with few and another with many executions, and read from them in turn."""
    report.section("reads: as a client on loopback sees them, each on a new connection")
    with started_servers(graph=False) as few_stack, started_servers(graph=False) as many_stack:
        few_calls, many_calls = _calls(few_stack, FEW), _calls(many_stack, MANY)
        wait_for_quiet()
        few_times: dict[str, list[float]] = {name: [] for name in few_calls}
        many_times: dict[str, list[float]] = {name: [] for name in few_calls}
        for _ in range(options.repeats):
            for name in few_calls:
                few_times[name].append(timed(few_calls[name])[0])
                many_times[name].append(timed(many_calls[name])[0])
    for name in few_times:
        _report(name, Times(few_times[name]), Times(many_times[name]))


def _calls(stack: Stack, stored: int) -> dict[str, Callable[[], object]]:
    """What is measured on one stack, once it is filled."""
    stack.start_web()
    stack.start_worker()
    with Connection(stack.web_port) as connection:
        execution = msgspec.json.decode(checked(connection.post("/api/execute/bell")))
    execution_id = str(execution["execution_id"])
    fill.fill_up(stack.connections, UUID(execution_id), stored, graph=False)
    with Connection(stack.web_port) as connection:
        newest = msgspec.json.decode(checked(connection.get("/api/executions?limit=10")))
    paths = {
        WITH_COUNT: "/api/executions?limit=10",
        "list by cursor": f"/api/executions?limit=10&cursor={newest['next_cursor']}",
        "overview": f"/api/executions/{execution_id}",
        "graph": f"/api/executions/{execution_id}/graph",
    }
    calls: dict[str, Callable[[], object]] = {
        name: partial(_read, stack.web_port, path) for name, path in paths.items()
    }
    return {**calls, COUNT: partial(fill.count, stack.connections)}


def _read(port: int, path: str) -> bytes:
    with Connection(port) as connection:
        return checked(connection.get(path))


def _report(name: str, few: Times, many: Times) -> None:
    goal = Goal.at_most(many.p50, GOAL_MS, "ms") if name in BOUNDED else None
    report.times(f"{name}, {FEW:,} stored", few)
    report.times(f"{name}, {MANY:,} stored", many, goal)
    limit = None if name == COUNT else GOAL_GROWTH
    report.ratio(f"{name}, many / few", many.p50, few.p50, limit)
