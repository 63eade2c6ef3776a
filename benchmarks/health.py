"""Measures how long ``/v2/health`` takes, beside checks that ask fewer servers."""

from functools import partial

from benchmarks import report
from benchmarks.client import checked, timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.vector_stack import started_vector_stack

GOAL_MS = 20.0
WARM_UP = 20
HEALTH, READY, ALIVE = "/v2/health", "/readyz", "/healthz"


def run(options: Options) -> None:
    """Ask for each in turn, on a stack with a search worker and no graph server."""
    report.section("health: PostgreSQL, Redis and the workers are asked; a keep-alive connection")
    seen: dict[str, list[float]] = {HEALTH: [], READY: [], ALIVE: []}
    with started_vector_stack() as stack, stack.connection() as connection:
        wait_for_quiet()
        for number in range(options.repeats + WARM_UP):
            for path, milliseconds in seen.items():
                taken, response = timed(partial(connection.get, path))
                checked(response)
                if number >= WARM_UP:
                    milliseconds.append(taken)
    times = {path: Times(milliseconds) for path, milliseconds in seen.items()}
    report.times(HEALTH, times[HEALTH], Goal.at_most(times[HEALTH].p50, GOAL_MS, "ms"))
    report.times(f"{READY} (asks PostgreSQL)", times[READY])
    report.times(f"{ALIVE} (asks nobody)", times[ALIVE])
    report.ratio(f"{HEALTH} / {ALIVE}, p50", times[HEALTH].p50, times[ALIVE].p50)
