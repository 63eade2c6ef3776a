"""Keeps parts running: starts them, starts a part again when it ends, and stops all of them in order."""

import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import FrameType

from embedded import leftovers
from embedded.errors import EmbeddedError, StopRequestedError
from embedded.part import Part, Program
from embedded.process import ManagedProcess
from embedded.terminal import Terminal

POLL_SECONDS = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class BackoffPolicy:
    """The waits before restarts: ``first_seconds`` at first, then doubled up to ``longest_seconds``.

    A part that ran for ``healthy_seconds`` before it died begins again with the first wait. So a part that is
    killed from outside is soon started again, and one that cannot start does not keep the machine busy.
    """

    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    healthy_seconds: float = 10.0
    quick_restarts: int = 5


class Backoff:
    """The waits of one part."""

    def __init__(self, policy: BackoffPolicy) -> None:
        self._policy = policy
        self.deaths_in_a_row = 0

    def after(self, ran_seconds: float) -> float:
        """Return the seconds to wait after a run that lasted ``ran_seconds``."""
        policy = self._policy
        if ran_seconds >= policy.healthy_seconds:
            self.deaths_in_a_row = 0
        self.deaths_in_a_row += 1
        doublings = max(0, self.deaths_in_a_row - policy.quick_restarts)
        return min(policy.first_seconds * 2.0**doublings, policy.longest_seconds)


@dataclass
class _Supervised:
    part: Part
    backoff: Backoff
    process: ManagedProcess | None = None
    restart_at: float | None = None


@dataclass(frozen=True)
class _Death:
    who: _Supervised
    process: ManagedProcess


class Supervisor:
    """Runs parts in the calling thread, which has to be the main one (see ``ManagedProcess``).

    A part that ends is started again after a wait that doubles while it keeps ending (``policy``). A stop
    signal ends ``run`` and the waits before it; ``stop`` then ends every part, programs before servers.
    """

    def __init__(self, terminal: Terminal, policy: BackoffPolicy | None = None) -> None:
        self._terminal = terminal
        self._policy = policy or BackoffPolicy()
        self._supervised: list[_Supervised] = []
        self._events: SimpleQueue[_Death | None] = SimpleQueue()
        self._stop_requests = 0
        self._was_asked_to_stop = False
        self._deaths_allowed: int | None = None

    def handle_signals(self) -> None:
        """Let Ctrl-C, SIGTERM and a closed terminal ask for the stop."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)

    def successor(self) -> "Supervisor":
        """Return a new supervisor, without parts, that takes the signals over; none is lost in between.

        Raises:
            StopRequestedError: this one was asked to stop.
        """
        supervisor = Supervisor(self._terminal, self._policy)
        supervisor.handle_signals()
        if self._was_asked_to_stop:
            raise StopRequestedError
        return supervisor

    def start(self, part: Part) -> None:
        """Start a part and keep it running from now on.

        Raises:
            EmbeddedError: it cannot be prepared or started.
        """
        supervised = _Supervised(part, Backoff(self._policy))
        self._supervised.append(supervised)
        self._launch(supervised)

    def wait_until(
        self, condition: Callable[[], bool], seconds: float, what: str, deaths_allowed: int = 0
    ) -> None:
        """Wait for the condition while the parts are kept running.

        Raises:
            EmbeddedError: it did not come in time, or a part ended more often in a row than is allowed.
            StopRequestedError: a stop was asked for meanwhile.
        """
        deadline = time.monotonic() + seconds
        self._deaths_allowed = deaths_allowed
        while not condition():
            self._serve(POLL_SECONDS)
            if self._stop_requests:
                raise StopRequestedError
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{what} did not answer within {seconds:g} s")

    def run_once(self, program: Program, seconds: float, deaths_allowed: int = 0) -> None:
        """Run a program to its end while the parts are kept running.

        Raises:
            EmbeddedError: it failed, or did not end in time.
            StopRequestedError: a stop was asked for meanwhile.
        """
        process = ManagedProcess(program.command(), program.log)
        try:
            self.wait_until(lambda: process.has_ended, seconds, program.name, deaths_allowed)
        finally:
            if not process.has_ended:
                process.kill()
        if process.exit_code != 0:
            raise program.failure(f"failed ({process.how_it_ended()})")

    def run(self) -> None:
        """Keep the parts running until a stop is asked for."""
        self._deaths_allowed = None
        while not self._stop_requests:
            self._serve(self._seconds_to_next_restart())

    def is_running(self) -> bool:
        """Return whether a part runs or waits to be started again."""
        return bool(self._supervised)

    def stop(self) -> None:
        """End every part: programs first, then the servers that they use; the last started is asked first.

        A second stop request meanwhile kills the programs, a third one everything.
        """
        self._stop_requests = max(1, self._stop_requests)
        self._end([one for one in self._supervised if not one.part.stops_last], requests_to_kill=2)
        self._end([one for one in self._supervised if one.part.stops_last], requests_to_kill=3)
        self._supervised.clear()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop_requests += 1
        self._was_asked_to_stop = True
        self._events.put(None)

    def _launch(self, supervised: _Supervised) -> None:
        supervised.restart_at = None
        supervised.process = supervised.part.launch(
            lambda process: self._events.put(_Death(supervised, process))
        )

    def _serve(self, seconds: float | None) -> None:
        """Wait for one event, or for some seconds, then start the parts whose waits are over."""
        with suppress(Empty):
            event = self._events.get(timeout=seconds)
            if event is not None and event.process is event.who.process:
                self._plan_restart(event.who, event.process.ran_seconds(), event.process.how_it_ended())
        if self._stop_requests:
            return
        for supervised in self._supervised:
            if supervised.restart_at is not None and supervised.restart_at <= time.monotonic():
                self._restart(supervised)

    def _restart(self, supervised: _Supervised) -> None:
        try:
            self._launch(supervised)
        except (EmbeddedError, OSError) as error:
            self._plan_restart(supervised, 0.0, str(error))
        else:
            self._terminal.say(f"{supervised.part.name} was started again")

    def _plan_restart(self, supervised: _Supervised, ran_seconds: float, reason: str) -> None:
        supervised.process = None
        leftovers.forget(supervised.part.record)
        part = supervised.part
        wait = min(supervised.backoff.after(ran_seconds), part.longest_pause_seconds)
        if self._deaths_allowed is not None and supervised.backoff.deaths_in_a_row > self._deaths_allowed:
            raise part.failure(f"ended at start ({reason})")
        supervised.restart_at = time.monotonic() + wait
        self._terminal.say(f"{part.name} ended ({reason}): {part.log.last_line()}; again in {wait:g} s")

    def _seconds_to_next_restart(self) -> float | None:
        times = [one.restart_at for one in self._supervised if one.restart_at is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _end(self, group: list[_Supervised], requests_to_kill: int) -> None:
        running = [one for one in reversed(group) if one.process is not None]
        for process in _processes(running):
            process.send(process.stop_signals[0])
        asked_at = time.monotonic()
        for one in running:
            for process in _processes([one]):
                self._await_end(process, asked_at, one.part.stop_seconds, requests_to_kill)
            leftovers.forget(one.part.record)

    def _await_end(
        self, process: ManagedProcess, asked_at: float, seconds: float, requests_to_kill: int
    ) -> None:
        deadline = asked_at + seconds
        for number in (*process.stop_signals[1:], None):
            while time.monotonic() < deadline and self._stop_requests < requests_to_kill:
                if process.wait(POLL_SECONDS):
                    return
            if number is not None and not process.has_ended:
                process.send(number)
                deadline = time.monotonic() + seconds
        if not process.has_ended:
            process.kill()


def _processes(group: Iterable[_Supervised]) -> list[ManagedProcess]:
    return [one.process for one in group if one.process is not None]
