"""Giving way: long work of one request in a web process lets the other requests run every few milliseconds.

Under gevent a greenlet runs until it waits: sockets that are ready, parsers and loops never let another one
run. ``time.sleep`` is gevent's there, and the thread's own elsewhere.
"""

import time

TURN_SECONDS = 0.005
"""How long one request may keep the others waiting. Another one needs some ten turns of the loop, so it is
answered in 50 ms."""

SHORTEST_SLEEP_SECONDS = 1e-6
"""A timer, however short, comes round by way of the sockets; after ``sleep(0)`` gevent may go on without a
look at them (it runs up to 50 callbacks first)."""


def give_way() -> None:
    """Let other requests run."""
    time.sleep(SHORTEST_SLEEP_SECONDS)


class Pauses:
    """Lets others run whenever a turn is over; to be asked in every loop over much input."""

    def __init__(self) -> None:
        self._turn_began = time.monotonic()

    def give_way(self) -> None:
        """Let others run if this request's turn is over."""
        if time.monotonic() - self._turn_began >= TURN_SECONDS:
            give_way()
            self._turn_began = time.monotonic()
