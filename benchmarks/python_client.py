"""The Python client: a VQE beside one on Aer in process, and what a call costs beside a bare request."""

import subprocess
import sys
from functools import partial
from typing import Any

import msgspec

from benchmarks import report, vqe
from benchmarks.client import Connection, checked, timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import PROJECT, Stack, started_servers

CLIENT_PYTHON = PROJECT / ".client-bench" / "bin" / "python"
GOAL_SECONDS = 10.0
PRECISIONS = {"4,096 shots a group": 1 / 64, "exact values": 0.0}


def run(options: Options) -> None:
    """Measure both, if the client is installed."""
    report.section(f"client: a VQE of {vqe.ITERATIONS} iterations × {len(vqe.STRENGTHS)} observables")
    if not CLIENT_PYTHON.exists():
        report.note("the Python client is not installed: make bench-requirements")
        return
    with started_servers(graph=True) as stack:
        stack.start_web()
        stack.start_worker()
        for name, precision in PRECISIONS.items():
            wait_for_quiet()
            ours = _vqe(str(CLIENT_PYTHON), precision, stack.url, "")
            aer = _vqe(sys.executable, precision)
            report.figure(f"Aer's EstimatorV2 in process, {name}", aer["seconds"], "s")
            goal = Goal.at_most(ours["seconds"], GOAL_SECONDS, "s")
            report.figure(f"Qloom's EstimatorV2, {name}", ours["seconds"], "s", goal)
            report.ratio(f"Qloom's / Aer's, {name}", ours["seconds"], aer["seconds"])
        _calls(stack, Times(ours["calls"]))


def _vqe(python: str, precision: float, *where: str) -> Any:
    command = [python, str(PROJECT / "benchmarks" / "vqe.py"), str(precision), *where]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return msgspec.json.decode(done.stdout)


def _calls(stack: Stack, ours: Times) -> None:
    """Compare ``client.is_alive()`` with the same request on a bare socket."""
    with Connection(stack.web_port) as connection:
        bare = Times([timed(partial(_ask, connection))[0] for _ in range(vqe.CALLS)])
    report.times("GET /healthz on a bare socket", bare)
    report.times("the same by the client", ours)
    report.figure("what the client adds to a call, p50", ours.p50 - bare.p50, "ms")


def _ask(connection: Connection) -> None:
    checked(connection.get("/healthz"))
