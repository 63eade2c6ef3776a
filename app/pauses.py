"""Giving way: during its long work, a request in a web process lets the others run every few milliseconds.

Under gevent a greenlet runs until it waits; parsers, loops and sockets that are ready let no other one run.
``time.sleep`` is gevent's there, and the system's elsewhere.
"""

import time

TURN_SECONDS = 0.005
"""How long one request may keep the others waiting. A request needs about ten rounds of the loop, so it is
answered in 50 ms."""

SHORTEST_SLEEP_SECONDS = 1e-6
"""Before a timer ends, however short, gevent looks at the sockets; after ``sleep(0)`` it may run up to 50
callbacks first."""


def give_way() -> None:
    """Let other requests run."""
    time.sleep(SHORTEST_SLEEP_SECONDS)


class Pauses:
    """Lets others run whenever a turn is over; for every loop over much input."""

    def __init__(self) -> None:
        self._turn_began = time.monotonic()

    def give_way(self) -> None:
        """Let others run if this request's turn is over."""
        if time.monotonic() - self._turn_began >= TURN_SECONDS:
            give_way()
            self._turn_began = time.monotonic()
