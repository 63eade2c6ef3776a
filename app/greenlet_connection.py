"""A connection of psycopg that waits as gevent's sockets do.

Under gevent psycopg waits by ``select.poll``, which gevent imitates: an object, a timer and 0.1 s of patience
for each round. That takes twice as long as sending a statement and reading its rows. Here one watcher of the
loop waits, without a timer: a greenlet can be interrupted at any time.
"""

from typing import Any, TypeVar, cast

import gevent
import psycopg
from gevent.monkey import is_module_patched
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait

Result = TypeVar("Result")

LIBEV_EVENTS = {Wait.R: 1, Wait.W: 2, Wait.RW: 3}
"""The loop's numbers of what psycopg waits for (http://libev.schmorp.de, ``EV_READ`` and ``EV_WRITE``)."""

READY = {Wait.R: Ready.R, Wait.W: Ready.W, Wait.RW: Ready.RW}
"""What psycopg is told then. It reads and writes without blocking, so one that is not ready costs nothing."""


class GreenletConnection(psycopg.Connection[Any]):
    """A connection whose statements let other greenlets run."""

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """Run a generator of psycopg to its end, as ``Connection.wait`` says; ``interval`` is not needed."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            awaited = next(gen)
            while True:
                self._wait_for(awaited)
                awaited = gen.send(READY[awaited])
        except StopIteration as end:
            return cast(Result, end.value)

    def _wait_for(self, awaited: Wait) -> None:
        hub = gevent.get_hub()
        watcher = hub.loop.io(self.pgconn.socket, LIBEV_EVENTS[awaited])
        try:
            hub.wait(watcher)
        finally:
            watcher.close()


def connect(*arguments: Any, **options: Any) -> "psycopg.Connection[Any]":
    """Connect as ``psycopg.connect`` does; statements wait as greenlets if sockets are gevent's."""
    kind = GreenletConnection if is_module_patched("socket") else psycopg.Connection
    return kind.connect(*arguments, **options)
