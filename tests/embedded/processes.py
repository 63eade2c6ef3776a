"""Looks at real processes: what a process started, and whether any of it still lives."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

import psutil

PROJECT = Path(__file__).resolve().parents[2]
END_SECONDS = 150.0

Read = TypeVar("Read")


def family(pid: int) -> list[psutil.Process]:
    """Return the process and everything below it."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def of_family(pid: int, read: Callable[[psutil.Process], Read]) -> list[Read]:
    """What is read of the process and of everything below it, but for those that end meanwhile."""
    found = []
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):  # PostgreSQL has short-lived children; a zombie is one too
            found.append(read(process))
    return found


def survivors(processes: list[psutil.Process], seconds: float = END_SECONDS) -> list[psutil.Process]:
    """Wait for their end and return those that live on."""
    alive = [process for process in processes if is_alive(process)]
    deadline = time.monotonic() + seconds
    while alive and time.monotonic() < deadline:
        time.sleep(0.05)
        alive = [process for process in alive if is_alive(process)]
    return alive


def is_alive(process: psutil.Process) -> bool:
    """Say whether it runs; one that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition: Callable[[], bool], what: str, seconds: float = END_SECONDS) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)


class Running:
    """A ``python`` of ours with its output, line by line; killed at the end of the ``with`` if need be."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], cwd: Path = PROJECT) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    def family(self) -> list[psutil.Process]:
        """Return it and everything below it."""
        return family(self.pid)

    def wait_for_line(self, text: str, seconds: float = END_SECONDS) -> str:
        """Return the next line that contains the text."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._queue.get(timeout=max(0.01, deadline - time.monotonic()))
            except Empty:
                line = None
            assert line is not None, f"no line with {text!r} in:\n" + "\n".join(self.lines)
            if text in line:
                return line

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._popen.send_signal(number)

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        code = self._popen.wait(END_SECONDS)
        self._reader.join(END_SECONDS)
        return code

    def _read(self) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as stream:
            for line in stream:
                self.lines.append(line.rstrip())
                self._queue.put(line.rstrip())
        self._queue.put(None)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        if self._popen.poll() is None:
            self._popen.kill()
        self.wait()
