"""How many requests of one caller are begun at once.

A greenlet that is ready has its turn once in every round of the loop, and a request takes several turns. A
thousand requests of one caller that come together would make a round last for seconds, for everybody. So the
others wait here until one of the first has its answer, reads its body, or waits for something itself.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from threading import BoundedSemaphore, Lock
from typing import Any

BEGUN_AT_ONCE = 16
"""Of one caller. Each takes 2 to 5 ms of the processor, so that a round stays below 0.1 s."""

NOT_COUNTED = frozenset({"/healthz", "/readyz", "/metrics", "/v2/health"})
"""Probes must be answered however busy their address is."""

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Turn:
    """One request's turn among those of its caller; it ends once."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end: Callable[[], None] | None = end

    def end(self) -> None:
        """Let the caller's next request begin."""
        end, self._end = self._end, None
        if end is not None:
            end()


_present: ContextVar[Turn | None] = ContextVar("turn", default=None)


def end_turn() -> None:
    """End the present request's turn, if it has one: from here on it waits, or gives way by itself."""
    turn = _present.get()
    if turn is not None:
        turn.end()


class Turns:
    """A WSGI application whose requests take turns, each caller's among themselves."""

    def __init__(self, application: WsgiApp) -> None:
        self._application = application
        self._lock = Lock()
        self._callers: dict[str, tuple[BoundedSemaphore, int]] = {}  # and how many requests use it

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request in its turn."""
        if environ["PATH_INFO"] in NOT_COUNTED:
            return self._application(environ, start_response)
        turn = self._begin(environ.get("HTTP_AUTHORIZATION") or environ.get("REMOTE_ADDR", ""))
        before = _present.set(turn)
        try:
            return self._application(environ, start_response)
        finally:
            _present.reset(before)
            turn.end()

    def _begin(self, caller: str) -> Turn:
        with self._lock:
            places, users = self._callers.get(caller) or (BoundedSemaphore(BEGUN_AT_ONCE), 0)
            self._callers[caller] = (places, users + 1)
        try:
            places.acquire()
        except BaseException:  # the web stops
            self._leave(caller)
            raise

        def end() -> None:
            places.release()
            self._leave(caller)

        return Turn(end)

    def _leave(self, caller: str) -> None:
        with self._lock:
            places, users = self._callers.pop(caller)
            if users > 1:
                self._callers[caller] = (places, users - 1)
