"""Reads of executions, with few and with many of them stored: the time must not grow with the store."""

from functools import partial
from uuid import UUID

import msgspec

from benchmarks import fill, report
from benchmarks.client import Answer, Connection, checked, timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import Stack, started_servers

FEW, MANY = 1_000, 100_000
GOAL_GROWTH = 1.3
GOAL_MS = 5.0


def run(options: Options) -> None:
    """Measure each read with few stored, fill up, and measure it again."""
    report.section("reads: as a client on loopback sees them, HTTP included")
    with started_servers(graph=False) as stack:
        stack.start_web()
        stack.start_worker()
        with Connection(stack.web_port) as connection:
            execution_id = str(
                msgspec.json.decode(checked(connection.post("/api/execute/bell")))["execution_id"]
            )
            few = _measure(stack, connection, execution_id, FEW, options)
            many = _measure(stack, connection, execution_id, MANY, options)
    for name in few:
        is_bounded = name in ("overview", "graph")
        goal = Goal.at_most(many[name].p50, GOAL_MS, "ms") if is_bounded else None
        report.times(f"{name}, {FEW:,} stored", few[name])
        report.times(f"{name}, {MANY:,} stored", many[name], goal)
        limit = None if name in ("list with exact count", "exact count alone") else GOAL_GROWTH
        report.ratio(f"{name}, many / few", many[name].p50, few[name].p50, limit)


def _measure(
    stack: Stack, connection: Connection, execution_id: str, stored: int, options: Options
) -> dict[str, Times]:
    fill.fill_up(stack.extensions, UUID(execution_id), stored, graph=False)
    newest = msgspec.json.decode(checked(connection.get("/api/executions?limit=10")))
    paths = {
        "list with exact count": "/api/executions?limit=10",
        "list by cursor": f"/api/executions?limit=10&cursor={newest['next_cursor']}",
        "overview": f"/api/executions/{execution_id}",
        "graph": f"/api/executions/{execution_id}/graph",
    }
    wait_for_quiet()
    measured: dict[str, list[float]] = {name: [] for name in (*paths, "exact count alone")}
    for _ in range(options.repeats):
        for name, path in paths.items():
            milliseconds, answer = timed(partial(_get, connection, path))
            checked(answer)
            measured[name].append(milliseconds)
        measured["exact count alone"].append(timed(partial(fill.count, stack.extensions))[0])
    return {name: Times(values) for name, values in measured.items()}


def _get(connection: Connection, path: str) -> Answer:
    return connection.get(path)
