"""A bound on how long a request waits for PostgreSQL.

A server that refuses is noticed at once; one that hangs (stopped, or behind a dead link) answers nothing, and
libpq's shortest ``connect_timeout`` is 2 s for each connection tried (trap 54). Under gevent a timer bounds
the whole unit of work: SQLAlchemy drops a connection whose statement was interrupted by a ``BaseException``,
so that the pool never gives out one in the middle of an answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from gevent import Timeout
from gevent.monkey import is_module_patched

from app.errors import UnavailableError

DATABASE_DEADLINE_SECONDS = 3.0
"""A hundred times what the slowest read takes; short enough for a caller that waits."""


@contextmanager
def database_deadline() -> Iterator[None]:
    """Bound the block; where sockets are not gevent's (tests, the command line) nothing can interrupt it.

    Raises:
        UnavailableError: the time is up.
    """
    if not is_module_patched("socket"):
        yield
        return
    timeout = Timeout.start_new(DATABASE_DEADLINE_SECONDS)
    try:
        yield
    except Timeout as expired:
        if expired is not timeout:
            raise
        raise UnavailableError("The database does not answer; try again shortly.") from expired
    finally:
        timeout.close()
