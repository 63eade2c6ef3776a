"""The memory of ``make run``: what each program and server holds, idle after the first bell, and after 30."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types

from benchmarks import report
from benchmarks.client import Connection, checked
from benchmarks.machine import tree
from benchmarks.options import Options
from benchmarks.report import Goal
from benchmarks.stack import PROJECT
from embedded.ports import free_port

GOAL_MIB = 700.0
LARGEST_START_SECONDS = 300.0
BELLS = 30
GRAPH = "arcadedb"
NOT_COUNTED = (GRAPH, "supervisor")
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
KINDS = {
    "arcadedb": "java",
    "postgres": "bin/postgres",
    "valkey": "valkey-server",
    "web": "gunicorn",
    "simulators": "workers.simulators",
    "workers": "-m workers ",
    "beat": "workers.beat",
    "flower": "workers.monitor",
}
"""What is in the command line of each part below the supervisor."""


def run(_options: Options) -> None:
    """Start ``python -m embedded`` in a folder of its own, and add its processes up."""
    report.section("memory: PSS of make run (memory that processes share is divided between them)")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, _started(Path(folder), port) as supervisor:
        _report("idle", supervisor)
        with Connection(port) as connection:
            for _ in range(BELLS):
                checked(connection.post("/api/execute/bell"))
        _report(f"after {BELLS} bells", supervisor)


def _report(when: str, supervisor: int) -> None:
    held = _pss_mib(supervisor)
    for name, mib in held.items():
        report.figure(f"{when}: {name}", mib, "MiB")
    counted = sum(mib for name, mib in held.items() if name not in NOT_COUNTED)
    goal = Goal.at_most(counted, GOAL_MIB, "MiB")
    report.figure(f"{when}: all but the graph server and the supervisor", counted, "MiB", goal)


def _pss_mib(supervisor: int) -> dict[str, float]:
    held = {"supervisor": _pss(supervisor)}
    for child in psutil.Process(supervisor).children():
        line = " ".join(child.cmdline()) + " "
        name = next((name for name, part in KINDS.items() if part in line), line[:40])
        held[name] = held.get(name, 0.0) + sum(_pss(each.pid) for each in tree(child.pid))
    return held


def _pss(pid: int) -> float:
    """The PSS of a process in MiB; 0 if it has ended."""
    try:
        found = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def _started(folder: Path, port: int) -> Iterator[int]:
    """Give the process id of the supervisor of a stack that has run its first bell."""
    settings = {"PORT": str(port), "FLOWER_PORT": str(free_port()), "QLOOM_DATA_DIR": str(folder / "data")}
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded", "--end-with-parent"],
            cwd=PROJECT,
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        ends_at = time.monotonic() + LARGEST_START_SECONDS
        while "open the console" not in log.read_text():
            if process.poll() is not None or time.monotonic() > ends_at:
                raise RuntimeError(f"the stack does not start: {log.read_text()[-1000:]}")
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        process.wait()
