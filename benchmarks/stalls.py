"""Measures ``/healthz`` of a web while one client sends costly, broken and endless requests.

Each input is sent by a process of its own; probes go on from its first byte until a second after its last.
"""

import multiprocessing
import time
from multiprocessing.connection import Connection as Pipe

from app.api_keys import service as api_keys
from app.models import Role
from benchmarks import report
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.probes import Probes
from benchmarks.report import Goal
from benchmarks.stack import PROJECT, SECURITY, Stack, started_servers
from benchmarks.stall_inputs import INPUTS, Input, Target
from embedded.procfile import read_procfile

GOAL_MS = 250.0
GOAL_GROWTH_MIB = 64.0
VALID_GROWTH_MIB = 200.0
AFTER_SECONDS = 1.0
SENDER_SECONDS = 300.0
SPAWN = multiprocessing.get_context("spawn")


def run(_options: Options) -> None:
    """Send each input to a web of one process, with workers and a graph server behind it."""
    report.section("stalls: /healthz every 20 ms while one client sends…")
    with started_servers(graph=True) as stack:
        web = stack.start_web()
        stack.start_celery("worker_search", read_procfile(PROJECT / "Procfile")["worker_search"])
        target = Target(stack.web_port, _key(stack, Role.READER), _key(stack, Role.WRITER))
        wait_for_quiet()
        for each in INPUTS:
            if each.needs_worker and "worker" not in stack.programs:
                stack.start_worker()
            _measure(each, target, web.pid)


def _measure(each: Input, target: Target, web_pid: int) -> None:
    """Have one input sent, and show what the probes saw meanwhile."""
    ours, theirs = SPAWN.Pipe()
    sender = SPAWN.Process(target=_send, args=(INPUTS.index(each), target, theirs))
    sender.start()
    theirs.close()
    ours.recv()  # it is ready to send
    started = time.perf_counter()
    with Probes(target.port, web_pid) as probes:
        ours.send(None)
        outcome = ours.recv() if ours.poll(SENDER_SECONDS) else "no end within 300 s"
        seconds = time.perf_counter() - started
        time.sleep(AFTER_SECONDS)
    sender.terminate()
    sender.join()
    limit = VALID_GROWTH_MIB if each.is_valid else GOAL_GROWTH_MIB
    times = probes.times
    report.note(f"{each.name}: {outcome}, {seconds:.1f} s")
    report.figure("  /healthz p50", times.p50, "ms")
    report.figure("  /healthz p99", times.p99, "ms", Goal.at_most(times.p99, GOAL_MS, "ms"))
    report.figure(
        "  /healthz worst",
        max(times.milliseconds),
        "ms",
        Goal.at_most(max(times.milliseconds), GOAL_MS, "ms"),
    )
    report.figure(
        "  web's memory grew by", probes.growth_mib, "MiB", Goal.at_most(probes.growth_mib, limit, "MiB")
    )
    if probes.failures:
        report.figure("  probes without a 200", probes.failures, "")


def _send(index: int, target: Target, pipe: Pipe) -> None:
    """Prepare an input, wait for the word, send it, and say what was answered."""
    chosen = INPUTS[index]
    prepared = chosen.prepare(target)
    pipe.send(None)
    pipe.recv()
    pipe.send(chosen.send(target, prepared))


def _key(stack: Stack, role: Role) -> str:
    with stack.connections.database.unit_of_work() as unit:
        return api_keys.create(unit.session, SECURITY["API_KEY_PEPPER"], f"stalls {role}", role).key
