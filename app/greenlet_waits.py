"""How the greenlets of a web process wait for PostgreSQL: others run meanwhile, and no wait is without end.

1. A statement waits by one watcher of gevent's loop. Psycopg would wait by ``select.poll``, which gevent
   imitates: an object, a timer and 0.1 s of patience for each round. That takes twice as long as sending a
   statement and reading its rows. The watcher needs no timer: a greenlet can be interrupted at any time.
2. A server that refuses connections is noticed at once. One that hangs (stopped, or behind a dead link) sends
   nothing, and libpq waits at least 2 s for each connection that it tries (``connect_timeout``). So a long
   block may go on only while PostgreSQL takes new connections; else it is interrupted. SQLAlchemy drops a
   connection whose statement a ``BaseException`` interrupts, so the pool never hands out a connection that
   still has a result to read.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import gevent
import psycopg
from gevent import Greenlet, Timeout
from gevent.monkey import is_module_patched
from psycopg.abc import PQGen
from psycopg.waiting import Ready, Wait

from app.errors import DatabaseUnavailableError, UnavailableError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

LIBEV_EVENTS = {Wait.R: 1, Wait.W: 2, Wait.RW: 3}
"""The loop's numbers of what psycopg waits for (http://libev.schmorp.de, ``EV_READ`` and ``EV_WRITE``)."""

READY = {Wait.R: Ready.R, Wait.W: Ready.W, Wait.RW: Ready.RW}
"""The state that psycopg gets after each wait. It never blocks, so a wrong state costs only another wait."""

GIVE_UP_SECONDS = 0.9
"""When a request gives up a server that hangs: its caller gets the error within a second."""

ANSWER_SECONDS = 0.4
"""How long a new connection may take; usually it takes 5 ms."""

LOOK_AFTER_SECONDS = GIVE_UP_SECONDS - ANSWER_SECONDS
"""When a block is first checked: nearly all have ended by then. A check opens one connection a second."""

LOOK_SOON_SECONDS = 0.1
"""When a block is first checked while PostgreSQL is known to hang."""

LOOK_AGAIN_SECONDS = 1.0
"""How often a block that has not ended is checked again."""

LONGEST_SECONDS = 10.0
"""The end of a block even if PostgreSQL works; the largest batch of vectors takes 3 s on a busy machine."""

TOO_LONG = (
    f"The database works, but had not done this after {LONGEST_SECONDS:g} s, perhaps because others change "
    "the same rows; try again shortly."
)


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


class DatabaseDeadline:
    """Interrupts blocks that wait for a PostgreSQL that hangs; ``url`` is its URL as SQLAlchemy reads it."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg:", "postgresql:", 1)
        self._probe: Greenlet[[], None] | None = None
        self._hangs = False
        self._answered_at = 0.0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Bound the block, if sockets are gevent's; elsewhere (tests, the command line) nothing can.

        Raises:
            DatabaseUnavailableError: PostgreSQL hangs.
            UnavailableError: it works, and the block took too long.
        """
        if not is_module_patched("socket"):
            yield
            return
        block = _Block(gevent.getcurrent())
        # a timer, since most blocks end before it: a greenlet that waits would cost five times as much
        timer = gevent.get_hub().loop.timer(LOOK_SOON_SECONDS if self._hangs else LOOK_AFTER_SECONDS)
        timer.start(lambda: block.be_watched(self._watch))
        try:
            yield
            self._answered_at = time.monotonic()
        except _TooLongError as error:
            if error.block is not block:
                raise
            raise (DatabaseUnavailableError() if self._hangs else UnavailableError(TOO_LONG)) from error
        finally:
            timer.close()
            block.end()

    def _watch(self, block: "_Block") -> None:
        """Interrupt the block as soon as PostgreSQL hangs, or once it took too long."""
        gives_up_at = time.monotonic() + LONGEST_SECONDS
        self._look()
        while not self._hangs and time.monotonic() < gives_up_at:
            gevent.sleep(LOOK_AGAIN_SECONDS)
            self._look()
        if self._hangs:
            logger.warning("PostgreSQL hangs: it does not answer within %g s", ANSWER_SECONDS)
        gevent.get_hub().loop.run_callback(block.interrupt)

    def _look(self) -> None:
        """Find out whether PostgreSQL hangs; requests that ask at the same time share one connection."""
        if self._probe is None or self._probe.ready():
            self._probe = gevent.spawn(self._connect)
        self._probe.join()

    def _connect(self) -> None:
        """Find out by a new connection, or by a block that ended meanwhile.

        On a machine without a free processor a connection may take longer, though PostgreSQL works.
        """
        started = time.monotonic()
        self._hangs = True
        with Timeout(ANSWER_SECONDS, False):
            with suppress(psycopg.Error):  # a refusal is an answer
                psycopg.connect(self._url).close()
            self._hangs = False
        if self._answered_at > started:
            self._hangs = False


class _TooLongError(BaseException):
    """Interrupts a block; what catches ``Exception`` must not stop it."""

    def __init__(self, block: "_Block") -> None:
        super().__init__()
        self.block = block


@dataclass(eq=False)
class _Block:
    """One block, the greenlet that is in it, and the greenlet that looks after it once it takes long."""

    waiting: "Greenlet[..., object]"
    watch: "Greenlet[[], None] | None" = None
    is_over: bool = False

    def be_watched(self, watch: "Callable[[_Block], None]") -> None:
        self.watch = gevent.spawn(watch, self)

    def interrupt(self) -> None:
        """Interrupt the block now, unless it has ended; the hub calls this, as it calls timers."""
        if not self.is_over:
            self.waiting.throw(_TooLongError(self))

    def end(self) -> None:
        self.is_over = True
        if self.watch is not None:
            self.watch.kill(block=False)
