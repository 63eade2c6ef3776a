"""Ends processes of an earlier run, which are known by process id and start time.

On Linux the kernel has sent them a signal already. A server may still be closing its files: we wait for it.
The caller holds the lock of the data folder, so no other run uses these processes.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types

GRACE_SECONDS = 10.0
# The kernel counts start times in ticks of 10 ms since boot; a stepped clock moves them a little.
SAME_START_SECONDS = 1.0


def remember(record: Path, pid: int) -> None:
    """Write down the id and start time of a process that was just started, unless it has ended already.

    On a full disk nothing is written, and the process runs on; on Linux the kernel ends it when we end.
    """
    with suppress(psutil.NoSuchProcess, OSError):
        started = psutil.Process(pid).create_time()
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(f"{pid} {started}\n")


def forget(record: Path) -> None:
    """Remove the note of a process that has ended."""
    record.unlink(missing_ok=True)


def end_leftover(
    record: Path, number: signal.Signals = signal.SIGTERM, grace_seconds: float = GRACE_SECONDS
) -> bool:
    """End the process of an earlier run if it still runs; return whether it did.

    It gets the signal, and is killed with its process group when it has not ended ``grace_seconds`` later.
    """
    process = _still_running(record)
    if process is not None:
        process.send_signal(number)
        try:
            process.wait(grace_seconds)
        except psutil.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(grace_seconds)
    forget(record)
    return process is not None


def command_line(pid: int) -> list[str]:
    """Return the command line of a process; an empty list if it does not exist."""
    try:
        words: list[str] = psutil.Process(pid).cmdline()
    except psutil.NoSuchProcess:
        return []
    return words


def _still_running(record: Path) -> psutil.Process | None:
    try:
        pid, started = record.read_text().split()
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(started)) < SAME_START_SECONDS
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return None
    return process if same and process.status() != psutil.STATUS_ZOMBIE else None
