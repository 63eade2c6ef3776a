"""The parts that the supervisor runs: embedded servers and programs of the Procfile."""

import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded import leftovers
from embedded.errors import EmbeddedError
from embedded.logs import PartLog
from embedded.process import Command, ManagedProcess


class Part(ABC):
    """A part that the supervisor runs.

    Attributes:
        name: for lines and files.
        log: where its output goes.
        record: the file that remembers its process for the next start.
        stop_seconds: how long it may take to end after each of its stop signals.
        stops_last: whether it serves other parts, and so stops after them.
        leftover_signal: the signal that ends one that an earlier run left behind.
        longest_pause_seconds: how long it waits at most before it is started again.
    """

    name: str
    log: PartLog
    record: Path
    stop_seconds: float = 10.0
    stops_last: bool = False
    leftover_signal: signal.Signals = signal.SIGTERM
    longest_pause_seconds: float = 30.0

    def prepare(self) -> None:  # noqa: B027 a program needs nothing
        """Make the files that it needs, before each start."""

    @abstractmethod
    def command(self) -> Command:
        """Return how to run it in the foreground."""

    def failure(self, what: str) -> EmbeddedError:
        """Return the line for the operator: what happened, the last line of its log, and the log's path."""
        return EmbeddedError(f"{self.name} {what}: {self.log.last_line()} (log: {self.log.path})")

    def launch(self, on_exit: Callable[[ManagedProcess], None] | None = None) -> ManagedProcess:
        """Start it, after the end of one that an earlier run left behind.

        Raises:
            EmbeddedError, OSError: it cannot be prepared or started.
        """
        leftovers.end_leftover(self.record, self.leftover_signal)
        self.prepare()
        process = ManagedProcess(self.command(), self.log, on_exit)
        leftovers.remember(self.record, process.pid)
        return process


@dataclass
class Program(Part):
    """A program of the Procfile: its ``line`` is run by ``sh``, for ``${NAME:-default}``."""

    name: str
    line: str
    cwd: Path
    environment: Mapping[str, str] = field(repr=False)
    log: PartLog
    record: Path
    stop_seconds: float = 10.0

    def command(self) -> Command:
        """Return how to run it; the kernel kills it when the supervisor is gone, as a crash would."""
        return Command(argv=["sh", "-c", f"exec {self.line}"], cwd=self.cwd, environment=self.environment)
