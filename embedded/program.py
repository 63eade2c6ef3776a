"""A program of the Procfile, as a part that the supervisor runs."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from embedded.errors import EmbeddedError
from embedded.logs import PartLog
from embedded.process import Command


@dataclass
class Program:
    """One program: its line is run by ``sh`` (for ``${NAME:-default}``), which becomes it by ``exec``.

    Args:
        name: the Procfile's name for it.
        line: its command line.
        cwd: the folder to run it in.
        environment: its whole environment.
        log: where its output goes.
        record: the file that remembers its process for the next start.
        stop_seconds: how long it may take to end after SIGTERM before it is killed.
    """

    name: str
    line: str
    cwd: Path
    environment: Mapping[str, str] = field(repr=False)
    log: PartLog
    record: Path
    stop_seconds: float = field(default=10.0)
    stops_last: ClassVar[bool] = False
    leftover_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def prepare(self) -> None:
        """Nothing has to be made for a program."""

    def command(self) -> Command:
        """Return how to run it; the kernel kills it when the supervisor is gone, as a crash would."""
        return Command(argv=["sh", "-c", f"exec {self.line}"], cwd=self.cwd, environment=self.environment)

    def failure(self, what: str) -> EmbeddedError:
        """Return the one line for the operator: what happened, its last words, where to read more."""
        return EmbeddedError(f"{self.name} {what}: {self.log.last_line()} (log: {self.log.path})")
