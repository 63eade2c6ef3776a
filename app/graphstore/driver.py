"""The connection to the graph server: bounded in time, broken by a breaker when the server is gone."""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString, TypeVar

import neo4j
from neo4j.exceptions import ConstraintError, DriverError, Neo4jError, TransientError
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from app.breaker import CircuitBreaker
from app.errors import UnavailableError

logger = logging.getLogger(__name__)

NOT_CONFIGURED = "Neo4j not configured"
"""The contract's own sentence for a deployment without a graph server."""
NOT_REACHED = "Neo4j cannot be reached at the moment; everything that does not ask it works."
FAILED = "Neo4j did not carry this out; it may be too busy."
OUT_OF_TIME = "Neo4j did not finish this in its time."

SERVER_PATIENCE = 10
"""The server ends a transaction after this many times the longest wait for an answer, if nobody else does."""
ATTEMPTS = 6
RETRY_WAIT_SECONDS = 0.02
LONGEST_RETRY_WAIT_SECONDS = 0.2
# What a server answers (https://neo4j.com/docs/status-codes/) that is no mistake in our Cypher:
# the deployment is wrong, so that nothing can work,
REFUSED_CODES = ("Neo.ClientError.Security.", "Neo.ClientError.Database.")
# or this one transaction failed on the server's side.
TIMED_OUT_CODE = "Neo.ClientError.Transaction.TransactionTimedOut"
FAILED_CODES = ("Neo.DatabaseError.",)
RUNNING = "SHOW TRANSACTIONS YIELD transactionId, clientAddress"
TERMINATE = "TERMINATE TRANSACTIONS $ids"
SHORTEST_TIMEOUT_SECONDS = 0.001
"""Of a transaction: Bolt counts milliseconds, and 0 of them mean no limit."""

TERMINATE_SECONDS = 5.0
TERMINATE_WAIT_SECONDS = 0.15
"""How long an answer waits until the server has ended a search, which takes it 20 to 100 ms."""

Parameters = dict[str, object]
Result = TypeVar("Result")


class OutOfTimeError(UnavailableError):
    """A transaction took longer than it may (503); the server is well."""

    code = "out_of_time"


@dataclass(frozen=True)
class _Bounds:
    """How long each answer is waited for, and after how long the server ends the transaction; seconds."""

    answer: float
    transaction: float
    is_search: bool = False


class Transaction:
    """One open transaction; statements run in it one after the other."""

    def __init__(self, inner: neo4j.Transaction) -> None:
        self._inner = inner

    def run(self, cypher: LiteralString, parameters: Parameters | None = None) -> list[list[Any]]:
        """Run one statement and return its rows, each a list of values in the order of RETURN."""
        return self._inner.run(cypher, parameters).values()


class GraphStore:
    """The graph server as one process sees it; safe to use from several threads.

    It connects with the first call in each process, so that it may be made before a fork.

    Args:
        url: ``bolt://…`` or ``neo4j://…``; None when the deployment has no graph server.
        username: the user to log in as.
        password: its password.
        database: the database to use; None for the user's home database.
        timeout_seconds: bounds a connection attempt, and the wait for each answer of a small transaction.
    """

    def __init__(
        self, url: str | None, username: str, password: str, database: str | None, timeout_seconds: float
    ) -> None:
        self._url = url
        self._username = username
        self._password = password
        self._database = database
        self.timeout_seconds = timeout_seconds
        self.breaker = CircuitBreaker()
        self.has_schema = False
        self._lock = threading.Lock()
        self._driver: neo4j.Driver | None = None
        self._driver_pid = 0
        self._inherited: list[neo4j.Driver] = []
        self._retrying = Retrying(
            retry=retry_if_exception(_is_retryable),
            # an attempt that used up its time is not tried again: a server that hangs costs one timeout
            stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(timeout_seconds / 2),
            wait=wait_random_exponential(multiplier=RETRY_WAIT_SECONDS, max=LONGEST_RETRY_WAIT_SECONDS),
            reraise=True,
        )

    @property
    def is_configured(self) -> bool:
        """Whether there is a graph server at all."""
        return self._url is not None

    @property
    def is_available(self) -> bool:
        """Whether it is worth asking: there is a graph server, and it was not found down just now."""
        return self.is_configured and not self.breaker.refuses

    def read(self, work: Callable[[Transaction], Result], *, seconds: float | None = None) -> Result:
        """Return what ``work`` returns, run in one read transaction.

        Raises:
            UnavailableError: there is no graph server, or it does not answer.
        """
        return self._guarded(work, neo4j.READ_ACCESS, self._bounds(seconds))

    def search(self, work: Callable[[Transaction], Result], *, seconds: float) -> Result:
        """Return what ``work`` returns, run in one read transaction that is given up after ``seconds``.

        For statements whose cost depends on what a caller asked: to take too long is no sign of a server
        that is down, and does not open the breaker. A server that hangs is not told from a slow one here.
        The server is told to end what it still does for the search: Neo4j would find out up to 2 s later by
        the transaction's timeout, ArcadeDB heeds none and would go on for minutes.

        Raises:
            OutOfTimeError: it took too long.
            UnavailableError: there is no graph server, or it does not answer.
        """
        if seconds <= 0:
            raise OutOfTimeError(OUT_OF_TIME)
        bounds = _Bounds(seconds, max(seconds, SHORTEST_TIMEOUT_SECONDS), is_search=True)
        return self._guarded(work, neo4j.READ_ACCESS, bounds)

    def write(self, work: Callable[[Transaction], Result], *, seconds: float | None = None) -> Result:
        """Run ``work`` in one write transaction, commit, and return what it returned.

        After a conflict with another transaction or a connection that had gone stale it is run again, so what
        it does must be safe to repeat.

        Args:
            work: the statements.
            seconds: the longest wait for one answer; ``timeout_seconds`` if None.

        Raises:
            UnavailableError: there is no graph server, or it does not answer.
            ConstraintError: a uniqueness constraint forbids it; nothing was written.
        """
        return self._guarded(work, neo4j.WRITE_ACCESS, self._bounds(seconds))

    def close(self) -> None:
        """Close the connections of this process; the next call opens them again."""
        with self._lock:
            driver, self._driver = self._driver, None
            if driver is not None and self._driver_pid == os.getpid():
                driver.close()

    def _bounds(self, seconds: float | None) -> _Bounds:
        answer = seconds or self.timeout_seconds
        return _Bounds(answer, SERVER_PATIENCE * answer)

    def _guarded(self, work: Callable[[Transaction], Result], access: str, bounds: _Bounds) -> Result:
        if self._url is None:
            raise UnavailableError(NOT_CONFIGURED)
        if not self.breaker.lets_pass():
            raise UnavailableError(NOT_REACHED, self.breaker.retry_after_seconds)
        try:
            result: Result = self._retrying(self._once, work, access, bounds)
        except Neo4jError as error:
            raise self._answered_with(error) from error
        except DriverError as error:
            self._lost()
            raise UnavailableError(NOT_REACHED, self.breaker.retry_after_seconds) from error
        self.breaker.succeeded()
        return result

    def _answered_with(self, error: Neo4jError) -> Exception:
        """Return what to raise for an error that the server itself reported."""
        code = error.code or ""
        if code.startswith(REFUSED_CODES):
            self._lost()
            return UnavailableError(NOT_REACHED, self.breaker.retry_after_seconds)
        self.breaker.succeeded()
        if code.startswith(TIMED_OUT_CODE):
            return OutOfTimeError(OUT_OF_TIME)
        if isinstance(error, TransientError) or code.startswith(FAILED_CODES):
            return UnavailableError(FAILED)
        return error

    def _lost(self) -> None:
        self.breaker.failed()
        self.has_schema = False  # the server that comes back may be another one

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
                if not bounds.is_search or time.monotonic() - started < bounds.answer:
                    raise
                self._terminate(driver, f"{host}:{port}")
                raise OutOfTimeError(OUT_OF_TIME) from error
            transaction.commit()
        return result

    def _terminate(self, driver: neo4j.Driver, address: str) -> None:
        """Have the server end what it does for our connection from this address; wait a moment for it."""
        terminating = threading.Thread(
            target=self._end_transactions_of, args=(driver, address), name="terminate", daemon=True
        )
        terminating.start()
        terminating.join(TERMINATE_WAIT_SECONDS)

    def _end_transactions_of(self, driver: neo4j.Driver, address: str) -> None:
        def work(transaction: Transaction) -> None:
            ids = [row[0] for row in transaction.run(RUNNING) if str(row[1]).lstrip("/") == address]
            if ids:
                transaction.run(TERMINATE, {"ids": ids})

        try:
            self._once(work, neo4j.READ_ACCESS, self._bounds(TERMINATE_SECONDS), driver)
        except (DriverError, Neo4jError) as error:
            logger.warning("A search that was given up may go on in the graph server: %s", error)

    def _open_driver(self) -> neo4j.Driver:
        """Return this process's driver; one inherited over a fork is left to the parent."""
        with self._lock:
            if self._driver is not None and self._driver_pid != os.getpid():
                # kept, since its end would say goodbye on the parent's connections
                self._inherited.append(self._driver)
                self._driver = None
            if self._driver is None:
                self._driver = neo4j.GraphDatabase.driver(
                    str(self._url),
                    auth=(self._username, self._password),
                    connection_timeout=self.timeout_seconds,
                    connection_acquisition_timeout=self.timeout_seconds,
                    connection_write_timeout=self.timeout_seconds,
                    telemetry_disabled=True,
                )
                self._driver_pid = os.getpid()
            return self._driver


def _begin(session: neo4j.Session, bounds: _Bounds) -> neo4j.Transaction:
    """Begin a transaction whose every answer must come within ``bounds.answer`` seconds.

    The driver's own timeouts end with the acquisition of a connection, and the server's transaction timeout
    helps only while the server runs: without a limit on the socket, one that hangs (SIGSTOP, a lost network)
    blocks its caller for ever. The driver has that limit, but sets it only on a hint of the server
    (``connection.recv_timeout_seconds``), so it is set here, on the driver's private socket. Until then no
    answer may be awaited; BEGIN is therefore sent together with the first statement, as ``execute_query``
    does, which saves a round trip besides. A test stops a server to prove that this holds.
    """
    with session._pipelined_begin:
        transaction = session.begin_transaction(timeout=bounds.transaction)
    transaction._connection.socket.set_read_timeout(bounds.answer)
    return transaction


def _is_retryable(error: BaseException) -> bool:
    if isinstance(error, ConstraintError):
        return False
    return isinstance(error, DriverError | Neo4jError) and error.is_retryable()
