"""Queries by eight client processes; threads of one process would wait for each other."""

import multiprocessing
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Barrier

from benchmarks import report
from benchmarks.chroma import Chroma
from benchmarks.client import Connection, checked, timed
from benchmarks.clusters import CONTEXT, Clusters, Numbers
from benchmarks.machine import CpuMeter, wait_for_quiet
from benchmarks.report import Goal, Times
from benchmarks.vector_bodies import QUERY, TOP_K, query_body
from benchmarks.vector_stack import VectorStack

CLIENTS = 8
BODIES = 300
"""Different queries of each client; a client that has sent all begins again."""

GOAL_TO_CHROMA = 1.0
GOAL_CONTEXT_PER_SECOND = {128: 120.0, 768: 90.0}


Make = Callable[[Numbers], tuple[int, str, str, list[bytes]]]
"""Returns the port, the key, the path and the bodies for some queries."""


def run(data: Clusters, stack: VectorStack, chroma: Chroma | None, seconds: float) -> None:
    """Ask without a filter, Chroma the same, then in a context."""
    ours = _measured("no filter", data, stack, None, seconds)
    if chroma is not None:
        theirs = _load(data, partial(_ask_chroma, chroma), seconds)[0]
        goal = Goal.at_least(ours / theirs, GOAL_TO_CHROMA, "×")
        report.figure(f"Chroma, no filter, {CLIENTS} client processes", theirs, "/s")
        report.figure("queries a second, Qloom / Chroma", ours / theirs, "×", goal)
    _measured("in a context", data, stack, CONTEXT, seconds, GOAL_CONTEXT_PER_SECOND[data.dimension])


def _measured(
    name: str,
    data: Clusters,
    stack: VectorStack,
    context: str | None,
    seconds: float,
    least: float | None = None,
) -> float:
    wait_for_quiet()
    meter = CpuMeter(stack.parts())
    make = partial(_ask, stack.port, stack.key, context)
    per_second, times, client_ms = _load(data, make, seconds)
    spent = meter.spent_seconds()
    number = len(times.milliseconds)
    parts = ", ".join(f"{part} {1000 * used / number:.1f}" for part, used in spent.items())
    goal = None if least is None else Goal.at_least(per_second, least, "/s")
    report.figure(f"Qloom, {name}, {CLIENTS} client processes", per_second, "/s", goal)
    report.times("  each", times)
    report.note(f"processor time of each, ms: {parts}, client {client_ms:.1f}")
    return per_second


def _ask(port: int, key: str, context: str | None, queries: Numbers) -> tuple[int, str, str, list[bytes]]:
    return port, key, QUERY, [query_body(query, context=context) for query in queries]


def _ask_chroma(chroma: Chroma, queries: Numbers) -> tuple[int, str, str, list[bytes]]:
    return chroma.port, "", chroma.query_path, [chroma.query_body(query, TOP_K, {}) for query in queries]


def _load(data: Clusters, make: Make, seconds: float) -> tuple[float, Times, float]:
    """Return the answers a second, their times, and the client's processor time for each in milliseconds."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(CLIENTS), context.SimpleQueue()
    clients = [
        context.Process(
            target=_client, args=(*make(data.queries(BODIES, seed=200 + place)), seconds, barrier, results)
        )
        for place in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    answers = [results.get() for _ in clients]
    for client in clients:
        client.join()
    milliseconds = [each for taken, _, _ in answers for each in taken]
    longest = max(lasted for _, lasted, _ in answers)
    spent = sum(used for _, _, used in answers)
    return len(milliseconds) / longest, Times(milliseconds), 1000 * spent / len(milliseconds)


def _client(
    port: int,
    key: str,
    path: str,
    bodies: list[bytes],
    seconds: float,
    barrier: Barrier,
    results: "multiprocessing.SimpleQueue[tuple[list[float], float, float]]",
) -> None:
    """Ask without a pause for so long, in a process of its own."""
    milliseconds: list[float] = []
    barrier.wait()
    with Connection(port, key) as connection:
        started, used = time.perf_counter(), time.process_time()
        while time.perf_counter() - started < seconds:
            body = bodies[len(milliseconds) % len(bodies)]
            taken, response = timed(partial(connection.post, path, body))
            checked(response)
            milliseconds.append(taken)
        lasted, used = time.perf_counter() - started, time.process_time() - used
    results.put((milliseconds, lasted, used))
