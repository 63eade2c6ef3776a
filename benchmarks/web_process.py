"""Measures the start of a web process: the time until it answers, and its memory."""

import statistics
import time

import psutil  # type: ignore[import-untyped]  # it ships no types

from benchmarks import report
from benchmarks.client import Connection, checked, timed
from benchmarks.machine import tree, wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal
from benchmarks.stack import STOP_SECONDS, Stack, started_servers

REPEATS = 5
GOAL_SECONDS = 1.0
GOAL_PROCESSOR_SECONDS = 0.7
GOAL_MIB = 120.0
MIB = 1024 * 1024
READS = 200
LINE = "gunicorn -c gunicorn.conf.py {application}"


def run(_options: Options) -> None:
    """Measure ours next to a bare Flask application."""
    report.section("web process: gunicorn with one gevent worker")
    with started_servers(graph=False) as stack:
        stack.start_worker()
        wait_for_quiet()
        bare_seconds, bare_worked, bare_mib = _start_and_use(stack, "benchmarks.bare_web:app", ["/"])
        seconds, worked, mib = _start_and_use(stack, "wsgi:app", ["/", "/api/executions", "/api/limits"])
    report.figure("bare Flask application: start until it answers", bare_seconds, "s")
    report.figure("start until it answers", seconds, "s", Goal.at_most(seconds, GOAL_SECONDS, "s"))
    report.ratio("start / bare", seconds, bare_seconds)
    report.figure("bare Flask application: processor time of a start", bare_worked, "s")
    report.figure("processor time of a start", worked, "s", Goal.at_most(worked, GOAL_PROCESSOR_SECONDS, "s"))
    report.figure(f"bare Flask application: resident after {READS} reads", bare_mib, "MiB")
    report.figure(f"resident after {READS} reads", mib, "MiB", Goal.at_most(mib, GOAL_MIB, "MiB"))
    report.ratio("resident / bare", mib, bare_mib)


def _start_and_use(stack: Stack, application: str, paths: list[str]) -> tuple[float, float, float]:
    """The median seconds and processor seconds of some starts, and the last worker process's resident MiB."""
    starts, worked = [], []
    for _ in range(REPEATS):
        web = stack.start("web", LINE.format(application=application))
        starts.append(timed(lambda: _first_answer(stack))[0] / 1000)
        worked.append(sum(sum(each.cpu_times()[:2]) for each in tree(web.pid)))
        with Connection(stack.web_port) as connection:
            for number in range(READS):
                checked(connection.get(paths[number % len(paths)]))
        [worker] = psutil.Process(web.pid).children()
        resident = worker.memory_info().rss / MIB
        web.stop(STOP_SECONDS)
    return statistics.median(starts), statistics.median(worked), resident


def _first_answer(stack: Stack) -> None:
    while True:
        try:
            with Connection(stack.web_port) as connection:
                checked(connection.get("/"))
                return
        except OSError:
            time.sleep(0.005)
