"""A child process: it ends with this process, its output is read, and it can always be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from embedded.launch import LaunchSpec
from embedded.logs import PartLog
from embedded.system_user import SystemUser

LAUNCHER = Path(__file__).with_name("launch.py")
# The reader ends when the last holder of the pipe does; all of them were killed by then.
READER_SECONDS = 2.0
KILLED_SECONDS = 10.0


@dataclass(frozen=True)
class Command:
    """How to start and stop one process; with ``holds_stdin`` its standard input ends when we do.

    ``stop_signals`` are tried in order, each for the seconds that the part is given; then the whole process
    group is killed. ``death_signal`` is sent by the kernel if we end without having stopped it.
    ``user`` and ``reach`` are for a server that refuses to run as root (see ``embedded.launch``).
    """

    argv: Sequence[str]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    stop_signals: Sequence[signal.Signals] = (signal.SIGTERM,)
    death_signal: signal.Signals = signal.SIGKILL
    user: SystemUser | None = None
    reach: Sequence[str] = ()
    holds_stdin: bool = False

    def launched(self) -> list[str]:
        """Return the command line of the exec wrapper that becomes this command."""
        spec = LaunchSpec(
            parent=os.getpid(),
            death_signal=self.death_signal,
            uid=self.user.uid if self.user else None,
            gid=self.user.gid if self.user else None,
            reach=list(self.reach),
        )
        return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(spec), *self.argv]


class ManagedProcess:
    """A running command, in a session of its own; its output goes to a log, line by line.

    Start it in the main thread: on Linux the child is killed when the *thread* that started it ends.

    Args:
        command: what to run.
        log: where its output (both streams) goes.
        on_exit: called with this object, in a thread of ours, when it has ended and its output is read.
    """

    def __init__(
        self, command: Command, log: PartLog, on_exit: Callable[["ManagedProcess"], None] | None = None
    ) -> None:
        self._command = command
        self._log = log
        self._on_exit = on_exit
        self._ended = Event()
        self.started_at = time.monotonic()
        self._popen = subprocess.Popen(
            command.launched(),
            cwd=command.cwd,
            env=dict(command.environment),
            stdin=subprocess.PIPE if command.holds_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = Thread(target=self._read, name=f"read-{self.pid}", daemon=True)
        self._reader.start()
        Thread(target=self._watch, name=f"watch-{self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id, also that of its process group and session."""
        return self._popen.pid

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, its group is dead and its output is read."""
        return self._ended.is_set()

    @property
    def exit_code(self) -> int | None:
        """The exit code (negative: the signal that ended it), or None while it runs."""
        return self._popen.returncode if self.has_ended else None

    def ran_seconds(self) -> float:
        """Return the seconds since it was started."""
        return time.monotonic() - self.started_at

    def how_it_ended(self) -> str:
        """Return "exit code 1" or "SIGKILL", for a message."""
        code = self._popen.returncode
        if code is not None and code < 0:
            return signal.Signals(-code).name
        return f"exit code {code}"

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself, if it still runs."""
        self._popen.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end and say whether it came."""
        return self._ended.wait(seconds)

    def kill(self) -> None:
        """Kill it and its process group, and wait for the end."""
        self._kill_group()
        self.wait(KILLED_SECONDS)

    @property
    def stop_signals(self) -> Sequence[signal.Signals]:
        """The signals that ask it to end, in the order in which they are tried."""
        return self._command.stop_signals

    def stop(self, seconds: float) -> None:
        """Ask it to end, ``seconds`` for each of its stop signals, then kill it."""
        for number in self.stop_signals:
            self.send(number)
            if self.wait(seconds):
                return
        self.kill()

    def _read(self) -> None:
        assert self._popen.stdout is not None  # noqa: S101 - it was asked for above
        with self._popen.stdout as stream:
            for raw in stream:
                self._log.write(raw)

    def _watch(self) -> None:
        self._popen.wait()
        self._kill_group()
        self._reader.join(READER_SECONDS)
        if self._popen.stdin is not None:
            self._popen.stdin.close()
        self._ended.set()
        if self._on_exit is not None:
            self._on_exit(self)

    def _kill_group(self) -> None:
        # ProcessLookupError: nobody is left; PermissionError: macOS says so of a group of zombies
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def run_to_end(command: Command, log: PartLog, seconds: float) -> int:
    """Run a short command and return its exit code; it is killed after ``seconds``."""
    process = ManagedProcess(command, log)
    try:
        process.wait(seconds)
    finally:
        if not process.has_ended:
            process.kill()
    code = process.exit_code
    return -signal.SIGKILL if code is None else code
