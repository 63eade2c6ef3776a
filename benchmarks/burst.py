"""Measures how long many short jobs take that are submitted at once, without waiting for any of them."""

import statistics
import time
from threading import Thread

from sqlalchemy import func, or_, select

from app.models import Execution, GraphStatus, Job, JobStatus
from benchmarks import report
from benchmarks.bell import warm_up
from benchmarks.client import Connection
from benchmarks.machine import CpuMeter, wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal
from benchmarks.stack import CLIENT, Stack, started_servers
from benchmarks.throughput import BELL

JOBS = 200
ROUNDS = 7
GOAL_PER_SECOND = 250.0
POLL_SECONDS = 0.01
LONGEST_SECONDS = 60.0
ACCEPTED = 202
ASYNC = ("Prefer: respond-async",)
LEFT = (
    select(func.count())
    .select_from(Job)
    .outerjoin(Execution, Execution.id == Job.id)
    .where(
        or_(Job.status != JobStatus.SUCCEEDED, Execution.graph_status.is_distinct_from(GraphStatus.STORED))
    )
)


def run(options: Options) -> None:
    """Submit the jobs by many connections, and wait until each has its result and its graph."""
    report.section(f"burst: {JOBS} bells submitted at once (respond-async), until all graphs are stored")
    with started_servers(graph=True) as stack:
        stack.start_web()
        stack.start_worker()
        warm_up(stack, options)
        _round(stack, options)
        wait_for_quiet()
        meter = CpuMeter(stack.parts())
        rounds = [_round(stack, options) for _ in range(ROUNDS)]
        spent = meter.spent_seconds()
    accepted = statistics.median(accepted for accepted, _ in rounds)
    done = statistics.median(done for _, done in rounds)
    del spent[CLIENT]
    report.figure("until all are accepted (median)", accepted * 1000, "ms")
    report.figure("until all are done (median)", done * 1000, "ms")
    report.figure(
        "jobs done in a second", JOBS / done, "/s", Goal.at_least(JOBS / done, GOAL_PER_SECOND, "/s")
    )
    report.figure("processor time of each", sum(spent.values()) / (ROUNDS * JOBS) * 1000, "ms")


def _round(stack: Stack, options: Options) -> tuple[float, float]:
    """Return the seconds until all jobs were accepted, and until all were done."""
    shares = [len(range(first, JOBS, options.clients)) for first in range(options.clients)]
    connections = [Connection(stack.web_port) for _ in shares]
    started = time.perf_counter()
    errors: list[Exception] = []
    threads = [
        Thread(target=_submit, args=(connection, share, errors))
        for connection, share in zip(connections, shares, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = time.perf_counter() - started
    for connection in connections:
        connection.close()
    if errors:
        raise errors[0]
    while (left := _left(stack)) and time.perf_counter() - started < LONGEST_SECONDS:
        time.sleep(POLL_SECONDS)
    if left:
        raise RuntimeError(f"{left} of {JOBS} jobs were not done within {LONGEST_SECONDS:g} s")
    return accepted, time.perf_counter() - started


def _submit(connection: Connection, number: int, errors: "list[Exception]") -> None:
    try:
        for _ in range(number):
            response = connection.request("POST", BELL, headers=ASYNC)
            if response.status != ACCEPTED:
                raise RuntimeError(f"HTTP {response.status}: {response.body[:300]!r}")
    except (RuntimeError, OSError) as error:
        errors.append(error)


def _left(stack: Stack) -> int:
    with stack.connections.database.reading() as session:
        return int(session.execute(LEFT).scalar_one())
