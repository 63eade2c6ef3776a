"""How many requests of one caller run at the same time; the others wait for their turn.

Every greenlet that is ready runs once in each round of gevent's loop, and a request needs several rounds. A
thousand requests of one caller that come together would make each round last for seconds, for everybody. So
they wait here until one of the first is answered, reads its body, or waits for something itself.
"""

from collections import deque
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

BEGUN_AT_ONCE = 16
"""Requests of one caller. Each takes 2 to 5 ms of the processor, so that a round stays below 0.1 s."""

NOT_COUNTED = frozenset({"/healthz", "/readyz", "/metrics", "/v2/health"})
"""Probes must be answered however many requests their address sends."""

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

_end_of_turn: ContextVar[Callable[[], None] | None] = ContextVar("end of turn", default=None)


def end_turn() -> None:
    """End the present request's turn, if it has one: from here on it waits, or lets others run by itself."""
    end = _end_of_turn.get()
    if end is not None:
        end()


@dataclass
class _Caller:
    """The requests of one caller: how many have their turn, and a held lock for each that waits for it."""

    begun: int = 0
    waiting: deque[Any] = field(default_factory=deque)


class Turns:
    """A WSGI application in which the requests of each caller take turns."""

    def __init__(self, application: WsgiApp) -> None:
        self._application = application
        self._lock = Lock()
        self._callers: dict[str, _Caller] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] in NOT_COUNTED:
            return self._application(environ, start_response)
        name = environ.get("HTTP_AUTHORIZATION") or environ.get("REMOTE_ADDR", "")
        self._begin(name)
        has_turn = True

        def end() -> None:
            nonlocal has_turn
            if has_turn:
                has_turn = False
                self._end(name)

        before = _end_of_turn.set(end)
        try:
            return self._application(environ, start_response)
        finally:
            _end_of_turn.reset(before)
            end()

    def _begin(self, name: str) -> None:
        """Take a place among the caller's turns, or wait until one is passed on."""
        with self._lock:
            caller = self._callers.get(name)
            if caller is None:
                caller = self._callers[name] = _Caller()
            if caller.begun < BEGUN_AT_ONCE:
                caller.begun += 1
                return
            passed_on = Lock()
            passed_on.acquire()
            caller.waiting.append(passed_on)
        try:
            passed_on.acquire()
        except BaseException:  # the request is interrupted while it waits
            self._give_up(name, caller, passed_on)
            raise

    def _give_up(self, name: str, caller: _Caller, passed_on: Any) -> None:
        with self._lock:
            is_waiting = passed_on in caller.waiting
            if is_waiting:
                caller.waiting.remove(passed_on)
        if not is_waiting:  # a place was passed on in this moment
            self._end(name)

    def _end(self, name: str) -> None:
        """Pass a place on to the request that has waited longest, or leave it."""
        with self._lock:
            caller = self._callers[name]
            if caller.waiting:
                caller.waiting.popleft().release()
                return
            caller.begun -= 1
            if not caller.begun:
                del self._callers[name]
