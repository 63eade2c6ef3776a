"""The connection to the graph server: bounded in time, and broken by a breaker when the server is down."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, LiteralString, TypeVar

import neo4j
from neo4j.exceptions import ConstraintError, DriverError, Neo4jError, ServiceUnavailable, TransientError
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from app.breaker import CircuitBreaker
from app.errors import UnavailableError
from app.graphstore.ping import NOT_REACHED, ping
from app.graphstore.schema import SCHEMA

logger = logging.getLogger(__name__)

NOT_CONFIGURED = "Neo4j not configured"
"""The contract's own sentence for a deployment without a graph server."""
FAILED = "Neo4j did not carry this out; it may be too busy."
OUT_OF_TIME = "Neo4j did not finish this in its time."

PING_FROM_TIMEOUTS = 1.5
"""A transaction of so many timeouts begins with a ping (0.5 ms of processor time); a small write does not."""
SERVER_PATIENCE = 10
"""The server ends a transaction after this many times the longest wait for a reply."""
ATTEMPTS = 6
RETRY_WAIT_SECONDS = 0.02
LONGEST_RETRY_WAIT_SECONDS = 0.2
# Status codes that are no mistake in our Cypher (https://neo4j.com/docs/status-codes/).
REFUSED_CODES = ("Neo.ClientError.Security.", "Neo.ClientError.Database.")
"""The deployment is wrong: no call can succeed."""
FAILED_CODE = "Neo.DatabaseError."
TIMED_OUT_CODE = "Neo.ClientError.Transaction.TransactionTimedOut"
SCHEMA_EXISTS_CODE = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists"
"""Another process created it between Neo4j's check whether it exists and its attempt to create it."""
RUNNING = "SHOW TRANSACTIONS YIELD transactionId, clientAddress"
TERMINATE = "TERMINATE TRANSACTIONS $ids"
SHORTEST_TIMEOUT_SECONDS = 0.001
"""The shortest timeout of a transaction: Bolt counts milliseconds, and 0 means no limit."""
SCHEMA_SECONDS = 30.0
"""How long a statement of the schema may take: it builds an index over what is stored already."""
TERMINATE_SECONDS = 5.0
TERMINATE_WAIT_SECONDS = 0.15
"""How long a caller waits for the end of its search in the server, which takes 20 to 100 ms."""

Result = TypeVar("Result")


class OutOfTimeError(UnavailableError):
    """A transaction took longer than it may (503); the server may be well."""

    code = "out_of_time"


@dataclass(frozen=True)
class _Bounds:
    """How long each reply of the server is waited for."""

    reply_seconds: float
    is_search: bool = False

    @property
    def transaction(self) -> float:
        """The seconds after which the server ends the transaction."""
        factor = 1 if self.is_search else SERVER_PATIENCE
        return max(factor * self.reply_seconds, SHORTEST_TIMEOUT_SECONDS)


class Transaction:
    """One open transaction; its statements run one after the other."""

    def __init__(self, inner: neo4j.Transaction) -> None:
        self._inner = inner

    def run(self, cypher: LiteralString, parameters: Mapping[str, object] | None = None) -> list[list[Any]]:
        """Run one statement and return its rows, each a list of values in the order of RETURN."""
        return self._inner.run(cypher, dict(parameters or {})).values()


class GraphStore:
    """The graph server as one process sees it; safe to use from several threads.

    It connects with the first call in each process, so that it may be made before a fork.

    Args:
        url: ``bolt://…`` or ``neo4j://…``; None when the deployment has no graph server.
        database: None for the user's home database.
        timeout_seconds: bounds a connection attempt, and the wait for each reply to a small transaction.
    """

    def __init__(
        self, url: str | None, username: str, password: str, database: str | None, timeout_seconds: float
    ) -> None:
        self._url, self._auth, self._database = url, (username, password), database
        self.timeout_seconds = timeout_seconds
        self.breaker = CircuitBreaker()
        self.has_schema = False
        self._lock = threading.Lock()
        self._driver: neo4j.Driver | None = None
        self._driver_pid, self._inherited = 0, list[neo4j.Driver]()
        self._retrying = Retrying(
            retry=retry_if_exception(_is_retryable),
            # an attempt that used up its time is not tried again: a server that hangs costs one timeout
            stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(timeout_seconds / 2),
            wait=wait_random_exponential(multiplier=RETRY_WAIT_SECONDS, max=LONGEST_RETRY_WAIT_SECONDS),
            reraise=True,
        )

    @property
    def is_configured(self) -> bool:
        """Return whether there is a graph server at all."""
        return self._url is not None

    @property
    def is_available(self) -> bool:
        """Return whether there is a graph server that was not found down just now."""
        return self.is_configured and not self.breaker.refuses

    def read(self, work: Callable[[Transaction], Result], *, seconds: float | None = None) -> Result:
        """Return what ``work`` returns, run in one read transaction.

        Raises:
            UnavailableError: there is no graph server, or it does not answer.
        """
        return self._guarded(work, neo4j.READ_ACCESS, _Bounds(seconds or self.timeout_seconds))

    def search(self, work: Callable[[Transaction], Result], *, seconds: float) -> Result:
        """Return what ``work`` returns, run in one read transaction that is given up after ``seconds``.

        This is for statements whose cost depends on what a caller asked: one that takes too long does not
        open the breaker, since it may be only slow. The server is told to end it: Neo4j's timeout would do so
        up to 2 s later, and ArcadeDB, which has none, would go on for minutes.

        Raises:
            OutOfTimeError: it took too long.
            UnavailableError: there is no graph server, or it does not answer.
        """
        if seconds <= 0:
            raise OutOfTimeError(OUT_OF_TIME)
        return self._guarded(work, neo4j.READ_ACCESS, _Bounds(seconds, is_search=True))

    def write(self, work: Callable[[Transaction], Result], *, seconds: float | None = None) -> Result:
        """Run ``work`` in one write transaction, commit, and return what it returned.

        ``seconds`` is the longest wait for one reply; ``timeout_seconds`` if None.
        After a conflict with another transaction, or on a stale connection, it is run again; so it must be
        safe to repeat.

        Raises:
            UnavailableError: there is no graph server, or it does not answer.
            ConstraintError: a uniqueness constraint forbids it; nothing was written.
        """
        return self._guarded(work, neo4j.WRITE_ACCESS, _Bounds(seconds or self.timeout_seconds))

    def ensure_schema(self) -> None:
        """Create the constraints and indexes that are missing; once a process, and after the server was lost.

        Raises:
            UnavailableError: there is no graph server, or it does not answer.
        """
        if self.has_schema:
            return
        for statement in SCHEMA:
            try:
                self.write(partial(Transaction.run, cypher=statement), seconds=SCHEMA_SECONDS)
            except Neo4jError as error:
                if error.code != SCHEMA_EXISTS_CODE:
                    raise
        self.has_schema = True

    def close(self) -> None:
        """Close the connections of this process; the next call opens them again."""
        with self._lock:
            driver, self._driver = self._driver, None
            if driver is not None and self._driver_pid == os.getpid():
                driver.close()

    def _guarded(self, work: Callable[[Transaction], Result], access: str, bounds: _Bounds) -> Result:
        if self._url is None:
            raise UnavailableError(NOT_CONFIGURED)
        if not self.breaker.lets_pass():
            raise UnavailableError(NOT_REACHED, self.breaker.retry_after_seconds)
        try:
            short = self.timeout_seconds * (1 if bounds.is_search else PING_FROM_TIMEOUTS)
            if bounds.reply_seconds > short and not ping(self._url, self.timeout_seconds):
                raise ServiceUnavailable("a ping was not answered, so a long reply is not waited for")
            result: Result = self._retrying(self._once, work, access, bounds)
        except Neo4jError as error:
            raise self._translated(error) from error
        except DriverError as error:
            self._lost()
            raise UnavailableError(NOT_REACHED, self.breaker.retry_after_seconds) from error
        self.breaker.succeeded()
        return result

    def _translated(self, error: Neo4jError) -> Exception:
        code = error.code or ""
        if code.startswith(REFUSED_CODES):
            self._lost()
            return UnavailableError(NOT_REACHED, self.breaker.retry_after_seconds)
        self.breaker.succeeded()
        if code.startswith(TIMED_OUT_CODE):
            return OutOfTimeError(OUT_OF_TIME)
        if isinstance(error, TransientError) or code.startswith(FAILED_CODE):
            return UnavailableError(FAILED)
        return error

    def _lost(self) -> None:
        self.breaker.failed()
        self.has_schema = False  # another server may come back

    def _once(
        self,
        work: Callable[[Transaction], Result],
        access: str,
        bounds: _Bounds,
        given: neo4j.Driver | None = None,
    ) -> Result:
        driver = given or self._open_driver()
        session = driver.session(database=self._database, default_access_mode=access)
        with session, _begin(session, bounds) as transaction:
            host, port = transaction._connection.socket.getsockname()[:2]
            started = time.monotonic()
            try:
                result = work(Transaction(transaction))
            except DriverError as error:
                if not bounds.is_search or time.monotonic() - started < bounds.reply_seconds:
                    raise
                self._terminate(driver, f"{host}:{port}")
                raise OutOfTimeError(OUT_OF_TIME) from error
            transaction.commit()
        return result

    def _terminate(self, driver: neo4j.Driver, address: str) -> None:
        """Have the server end the transactions of the connection from this address; wait a moment for it."""

        def work(transaction: Transaction) -> None:
            ids = [row[0] for row in transaction.run(RUNNING) if str(row[1]).lstrip("/") == address]
            if ids:
                transaction.run(TERMINATE, {"ids": ids})

        def terminate() -> None:
            try:
                self._once(work, neo4j.READ_ACCESS, _Bounds(TERMINATE_SECONDS), driver)
            except (DriverError, Neo4jError) as error:
                logger.warning("A search that was given up may go on in the graph server: %s", error)

        thread = threading.Thread(target=terminate, name="terminate", daemon=True)
        thread.start()
        thread.join(TERMINATE_WAIT_SECONDS)

    def _open_driver(self) -> neo4j.Driver:
        """Return the driver of this process; one that was inherited over a fork is left to the parent."""
        with self._lock:
            if self._driver is not None and self._driver_pid != os.getpid():
                self._inherited.append(self._driver)  # deleting it would close the connections of the parent
                self._driver = None
            if self._driver is None:
                self._driver = neo4j.GraphDatabase.driver(
                    str(self._url),
                    auth=self._auth,
                    connection_timeout=self.timeout_seconds,
                    connection_acquisition_timeout=self.timeout_seconds,
                    connection_write_timeout=self.timeout_seconds,
                    telemetry_disabled=True,
                )
                self._driver_pid = os.getpid()
            return self._driver


def _begin(session: neo4j.Session, bounds: _Bounds) -> neo4j.Transaction:
    """Begin a transaction in which each reply must come within ``bounds.reply_seconds`` seconds.

    The timeouts of the driver end when it has a connection, and a server that hangs heeds no transaction
    timeout: without a limit on the socket it would block its caller for ever. The driver sets that limit only
    on a hint of the server (``connection.recv_timeout_seconds``), so it is set here, on the driver's private
    socket. Until then no reply may be awaited: BEGIN is sent with the first statement, as ``execute_query``
    does, which also saves a round trip.
    """
    with session._pipelined_begin:
        transaction = session.begin_transaction(timeout=bounds.transaction)
    transaction._connection.socket.set_read_timeout(bounds.reply_seconds)
    return transaction


def _is_retryable(error: BaseException) -> bool:
    is_retryable = isinstance(error, DriverError | Neo4jError) and error.is_retryable()
    return is_retryable and not isinstance(error, ConstraintError)
