"""PostgreSQL: the engine, and the one place where a transaction is opened and committed."""

import logging
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, cast

import psycopg
from sqlalchemy import CTE, Engine, PoolProxiedConnection, Select, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from app.errors import WRITE_REFUSALS, DatabaseUnavailableError, database_error
from app.telemetry.metrics import DATABASE_IN_USE

logger = logging.getLogger(__name__)

Key = TypeVar("Key")

CONNECT_TIMEOUT_SECONDS = 2
"""libpq's smallest: it rounds 1 up to 2."""

TCP_USER_TIMEOUT_MS = 5_000
"""How long sent bytes may stay unacknowledged before the kernel gives the connection up."""

KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
"""Probes for a server whose host died before it answered; Linux would begin to probe after two hours."""

NO_WAIT_FOR_THE_DISK = "-c synchronous_commit=off"
"""The option that a connection of the pool without durability starts with."""

IN_TRANSACTIONS = "READ COMMITTED"
"""The isolation of units of work; other sessions are in autocommit, since there are more reads than
writes."""

IN_USE = "qloom_in_use"
"""Marks a connection that is counted as in use, so that an event that comes twice counts once."""

Connect = Callable[..., psycopg.Connection[Any]]
"""Makes a connection, as ``psycopg.connect`` does."""

POOLS = 3
"""One pool for commits that wait for the disk, one for those that need not, one for searches."""


@dataclass
class UnitOfWork:
    """One transaction, and what is to be sent once it is committed."""

    session: Session
    _after_commit: list[Callable[[], None]] = field(default_factory=list)

    def after_commit(self, send: Callable[[], None]) -> None:
        """Call ``send`` once the transaction is committed; never if it is rolled back."""
        self._after_commit.append(send)

    def send_messages(self) -> None:
        """Send what was collected, in order."""
        for send in self._after_commit:
            send()


def locked_batch(rows: Select[Any], most: int) -> CTE:
    """Return up to ``most`` of these rows, locked; rows that another transaction holds are skipped.

    PostgreSQL may run a subselect in ``IN`` once for each row that it compares with it. Each run would skip
    the rows that the statement has changed already and lock others, more than ``most`` in the end. A
    materialized ``WITH`` query is run once.
    """
    return rows.limit(most).with_for_update(skip_locked=True).cte("batch").prefix_with("MATERIALIZED")


class Database:
    """The connection pools of one process, and its transactions.

    The engines connect lazily, so that a process forked before its first query shares no socket. Each
    transaction runs inside ``deadline()``, by which the web bounds its wait for a server that hangs. All ways
    to open one raise DatabaseUnavailableError if PostgreSQL is down or busy, and UnavailableError if it takes
    no writes: its disk is full, or it is a replica.
    """

    def __init__(
        self,
        url: str,
        pool_size: int = 10,
        checkout_timeout_seconds: float = 1.0,
        deadline: Callable[[], AbstractContextManager[None]] = nullcontext,
        connect: Connect = psycopg.connect,
    ) -> None:
        self._deadline = deadline
        self.max_connections = 2 * POOLS * pool_size  # each pool may overflow by its size
        self._reading = _engine(url, connect, pool_size, checkout_timeout_seconds)
        self._undurable = _engine(
            url, connect, pool_size, checkout_timeout_seconds, options=NO_WAIT_FOR_THE_DISK
        )
        self._searching = _engine(url, connect, pool_size, checkout_timeout_seconds)
        self.engine = self._reading.execution_options(isolation_level=IN_TRANSACTIONS)
        self._relaxed = self._undurable.execution_options(isolation_level=IN_TRANSACTIONS)

    @contextmanager
    def unit_of_work(self, *, durable: bool = True) -> Iterator[UnitOfWork]:
        """Open a transaction, commit it at the end of the block, then send its messages.

        With ``durable=False`` the commit does not wait for the disk. That is for writes that a crash may
        forget without harm (claims, leases, progress): the claim token guards every later write.
        """
        with self._session(self.engine if durable else self._relaxed) as session, session.begin():
            unit = UnitOfWork(session)
            yield unit
        unit.send_messages()

    @contextmanager
    def autocommit(self, *, durable: bool = False) -> Iterator[UnitOfWork]:
        """Open a unit of work without BEGIN and COMMIT, for at most one write.

        Each statement commits by itself; an error takes nothing back. Without ``durable`` it does not wait
        for the disk, as in ``unit_of_work``.
        """
        with self._session(self._reading if durable else self._undurable) as session:
            unit = UnitOfWork(session)
            yield unit
        unit.send_messages()

    def in_batches(self, step: Callable[[Session, Key | None], tuple[Key | None, int]]) -> int:
        """Take a step for each batch of rows, in a transaction of its own; return the sum of what they count.

        ``step`` gets the key after which its batch begins, ``None`` at first. It returns the last key of the
        batch, ``None`` when there is no more, and its count.
        """
        after: Key | None = None
        total = 0
        while True:
            with self.unit_of_work() as unit:
                after, count = step(unit.session, after)
            total += count
            if after is None:
                return total

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session for reads: each statement is its own transaction, which saves two round trips."""
        return self._session(self._reading)

    def looking_up(self) -> AbstractContextManager[PoolProxiedConnection]:
        """Open the driver's connection, for what every request reads (``app.direct_sql``)."""
        return self._connection(self._reading)

    def searching(self) -> AbstractContextManager[PoolProxiedConnection]:
        """Open the same of a pool of its own, whose connections keep their settings (``direct_sql.run``)."""
        return self._connection(self._searching)

    @contextmanager
    def _connection(self, engine: Engine) -> Iterator[PoolProxiedConnection]:
        with _unavailable_when_down(), self._deadline(), closing(engine.raw_connection()) as connection:
            yield connection

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        with _unavailable_when_down(), self._deadline(), Session(engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Close the pool's connections."""
        self._reading.dispose()
        self._searching.dispose()
        self._undurable.dispose()


def _engine(
    url: str, connect: Connect, pool_size: int, checkout_timeout_seconds: float, options: str = ""
) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=checkout_timeout_seconds,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        hide_parameters=True,  # errors are logged, and parameters may be secrets or vectors
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "tcp_user_timeout": TCP_USER_TIMEOUT_MS,
            **KEEPALIVES,
            **({"options": options} if options else {}),
            "application_name": "qloom",
        },
    )
    event.listen(engine, "do_connect", lambda _dialect, _record, args, options: connect(*args, **options))
    event.listen(engine, "checkout", _refuse_closed)
    event.listen(engine, "checkout", _count_checkout)
    event.listen(engine, "checkin", _count_checkin)
    return engine


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Refuse a pooled connection that the server has closed; the pool then opens another one.

    An idle connection has something to read only if the server closed it. This check costs microseconds,
    where SQLAlchemy's pre-ping costs a round trip.
    """
    poll = _system_poll()()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError("the server closed the connection")


def _count_checkout(_connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    info = cast("dict[str, bool]", entry.record_info)
    if not info.get(IN_USE):
        info[IN_USE] = True
        DATABASE_IN_USE.inc()


def _count_checkin(_connection: Any, entry: ConnectionPoolEntry) -> None:
    if cast("dict[str, bool]", entry.record_info).pop(IN_USE, False):
        DATABASE_IN_USE.dec()


@cache
def _system_poll() -> Callable[[], select.poll]:
    """Return the system's ``poll``, which asks without waiting; gevent's would start watchers and a timer."""
    monkey: Any = sys.modules.get("gevent.monkey")  # only the web loads it
    made: Callable[[], select.poll] = monkey.get_original("select", "poll") if monkey else select.poll
    return made


@contextmanager
def _unavailable_when_down() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, psycopg.OperationalError, PoolTimeoutError) as error:
        logger.warning("PostgreSQL is unavailable: %s", _first_line(error))
        raise database_error(_sqlstate(error)) from error
    except (DBAPIError, psycopg.Error) as error:
        if _sqlstate(error) in WRITE_REFUSALS:
            raise database_error(_sqlstate(error)) from error
        if not (isinstance(error, DBAPIError) and error.connection_invalidated):
            raise
        logger.warning("The connection to PostgreSQL was lost: %s", _first_line(error))
        raise DatabaseUnavailableError from error


def _sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
