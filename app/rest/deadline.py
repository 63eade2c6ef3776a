"""A bound on how long a request waits for PostgreSQL.

A server that refuses is noticed at once; one that hangs (stopped, or behind a dead link) answers nothing, and
libpq's shortest ``connect_timeout`` is 2 s for each connection tried. So, under gevent, a block that takes
long may go on only while PostgreSQL answers a new connection; else it is interrupted. SQLAlchemy drops a
connection whose statement was interrupted by a ``BaseException``, so that the pool never gives out one in the
middle of an answer.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import gevent
import psycopg
from gevent import Greenlet, Timeout
from gevent.monkey import is_module_patched

from app.errors import UnavailableError

logger = logging.getLogger(__name__)

LOOK_AFTER_SECONDS = 0.7
"""Nearly all blocks are over by then; the others cost a connection a second."""

ANSWER_SECONDS = 0.4
"""Connecting takes 5 ms. With what is above: a request gives a server up that hangs within 1.2 s."""

LOOK_SOON_SECONDS = 0.1
"""Instead, while the last answer is that PostgreSQL hangs."""

LOOK_AGAIN_SECONDS = 1.0
"""While a block goes on."""

LONGEST_SECONDS = 10.0
"""Of a block while PostgreSQL works: the largest batch of vectors takes 3 s on a busy machine."""


class DatabaseDeadline:
    """Interrupts blocks that wait for a PostgreSQL that hangs.

    Args:
        url: of PostgreSQL, as SQLAlchemy reads it.
    """

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg:", "postgresql:", 1)
        self._probe: Greenlet[[], None] | None = None
        self._hangs = False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Bound the block; where sockets are not gevent's (tests, the command line) nothing can interrupt it.

        Raises:
            UnavailableError: PostgreSQL hangs, or the block took too long.
        """
        if not is_module_patched("socket"):
            yield
            return
        timeout = Timeout.start_new(LONGEST_SECONDS)
        look_after = LOOK_SOON_SECONDS if self._hangs else LOOK_AFTER_SECONDS
        watch = gevent.spawn_later(look_after, self._watch, timeout, gevent.getcurrent())
        try:
            yield
        except Timeout as expired:
            if expired is not timeout:
                raise
            raise UnavailableError("The database does not answer; try again shortly.") from expired
        finally:
            timeout.close()
            watch.kill(block=False)

    def _watch(self, timeout: Timeout, waiting: "Greenlet[..., object]") -> None:
        """Let the timeout expire as soon as PostgreSQL hangs; it is closed when the block has ended."""
        self._look()
        while not self._hangs:
            gevent.sleep(LOOK_AGAIN_SECONDS)
            self._look()
        gevent.get_hub().loop.run_callback(_expire, timeout, waiting)

    def _look(self) -> None:
        """Find out whether PostgreSQL hangs; requests that ask at the same time share one connection."""
        if self._probe is None or self._probe.ready():
            self._probe = gevent.spawn(self._connect)
        self._probe.join()

    def _connect(self) -> None:
        self._hangs = True
        with Timeout(ANSWER_SECONDS, False):
            with suppress(psycopg.Error):  # a refusal is an answer
                psycopg.connect(self._url).close()
            self._hangs = False


def _expire(timeout: Timeout, waiting: "Greenlet[..., object]") -> None:
    """Interrupt a greenlet now, unless its block has ended; the hub calls this, as gevent's timers."""
    if timeout.pending:
        logger.warning("PostgreSQL hangs: it does not answer within %g s", ANSWER_SECONDS)
        timeout.cancel()
        waiting.throw(timeout)
