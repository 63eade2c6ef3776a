"""The machine of the benchmark: whether it is quiet, and which processes use its processor time."""

import time
from collections.abc import Callable, Iterable, Mapping

import psutil  # type: ignore[import-untyped]  # it ships no types

from benchmarks import report

QUIET_PERCENT = 10.0
LONGEST_WAIT_SECONDS = 15.0
FIXED_LOOP_ROUNDS = 2_000_000

Processes = Callable[[], Iterable[psutil.Process]]


def wait_for_quiet() -> None:
    """Wait, for a limited time, for a second in which nothing else uses the processors; print the result.

    The time of a fixed loop tells how fast a processor is just now: on shared hardware it varies twofold, and
    every figure with it.
    """
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    busy = psutil.cpu_percent(interval=1.0)
    while busy > QUIET_PERCENT and time.monotonic() < deadline:
        busy = psutil.cpu_percent(interval=1.0)
    if busy > QUIET_PERCENT:
        report.note(f"the machine is not quiet: {busy:.0f} % busy before the next figures")
    report.note(f"a fixed loop of Python takes {_fixed_loop_ms():.0f} ms of processor time just now")


def tree(pid: int) -> list[psutil.Process]:
    """A process and all its descendants."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


class CpuMeter:
    """Counts the processor seconds that each part spends from now on."""

    def __init__(self, parts: Mapping[str, Processes]) -> None:
        self._parts = parts
        self._before = self._seconds()

    def spent_seconds(self) -> dict[str, float]:
        """Processor seconds of each part since the meter was made; of processes that still run."""
        now = self._seconds()
        return {name: sum(now[name].values()) - self._old(name, now[name]) for name in now}

    def _old(self, name: str, now: Mapping[int, float]) -> float:
        return sum(seconds for pid, seconds in self._before[name].items() if pid in now)

    def _seconds(self) -> dict[str, dict[int, float]]:
        return {
            name: {process.pid: _spent(process) for process in processes()}
            for name, processes in self._parts.items()
        }


def _fixed_loop_ms() -> float:
    started = time.process_time()
    total = 0
    for number in range(FIXED_LOOP_ROUNDS):
        total += number * number
    return (time.process_time() - started) * 1000


def _spent(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(spent.user + spent.system)
