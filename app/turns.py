"""How many requests of one caller run at the same time; the others wait for their turn.

Every greenlet that is ready runs once in each round of gevent's loop, and a request needs several rounds. A
thousand requests of one caller that come together would make each round last for seconds, for everybody. So
they wait here until one of the first is answered, reads its body, or waits for something itself.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore, Lock
from typing import Any

BEGUN_AT_ONCE = 16
"""Requests of one caller. Each takes 2 to 5 ms of the processor, so that a round stays below 0.1 s."""

NOT_COUNTED = frozenset({"/healthz", "/readyz", "/metrics", "/v2/health"})
"""Probes must be answered however many requests their address sends."""

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

_turn: ContextVar[ExitStack | None] = ContextVar("turn", default=None)


def end_turn() -> None:
    """End the present request's turn, if it has one: from here on it waits, or lets others run by itself."""
    turn = _turn.get()
    if turn is not None:
        turn.close()


class Turns:
    """A WSGI application in which the requests of each caller take turns."""

    def __init__(self, application: WsgiApp) -> None:
        self._application = application
        self._lock = Lock()
        self._callers: dict[str, tuple[BoundedSemaphore, int]] = {}  # and how many requests use it

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] in NOT_COUNTED:
            return self._application(environ, start_response)
        with ExitStack() as turn:
            caller = environ.get("HTTP_AUTHORIZATION") or environ.get("REMOTE_ADDR", "")
            turn.enter_context(self._place(caller))
            before = _turn.set(turn)
            try:
                return self._application(environ, start_response)
            finally:
                _turn.reset(before)

    @contextmanager
    def _place(self, caller: str) -> Iterator[None]:
        with self._lock:
            places, users = self._callers.get(caller) or (BoundedSemaphore(BEGUN_AT_ONCE), 0)
            self._callers[caller] = (places, users + 1)
        try:
            with places:
                yield
        finally:
            with self._lock:
                places, users = self._callers.pop(caller)
                if users > 1:
                    self._callers[caller] = (places, users - 1)
