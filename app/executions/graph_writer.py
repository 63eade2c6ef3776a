"""Writes the event graphs of executions to Neo4j, notes it in PostgreSQL, and takes up overdue ones."""

import logging
import time
from collections.abc import Iterator, Sequence, Set
from concurrent.futures import CancelledError, Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from uuid import UUID

import msgspec

from app.circuits import event_graph
from app.database import Database
from app.executions import deleted, storage
from app.executions.repository import StoredExecution
from app.graphstore import executions as graphs
from app.graphstore.driver import GraphStore
from app.graphstore.executions import ExecutionGraph, NotCommittedError
from app.models import Execution

logger = logging.getLogger(__name__)

MAX_GROUP = 32
"""Graphs in one transaction."""

MAX_GROUP_EVENTS = 2_000
"""Events in one transaction, unless one graph alone has more."""

COMMIT_SECONDS = 1.0
"""How long a graph waits in its transaction for the commit of its row: a flush takes milliseconds."""


class AwaitedCommit:
    """The commit of rows for which the transaction of their graphs waits. Thread safe.

    The graph server works while PostgreSQL waits for its disk, and commits after it: no search finds an
    execution whose row is not committed.
    """

    def __init__(self) -> None:
        self.waited_seconds = 0.0
        self._done: Future[None] = Future()

    def done(self) -> bool:
        """Say that the rows are committed; return False if that comes too late, and no graph is written."""
        try:
            self._done.set_result(None)
        except InvalidStateError:
            return not self._done.cancelled()
        return True

    def wait(self) -> bool:
        """Wait for ``done``, at most ``COMMIT_SECONDS`` in all; return False if it did not come."""
        started = time.perf_counter()
        try:
            self._done.result(COMMIT_SECONDS)
        except FutureTimeoutError:
            return not self._done.cancel()  # it came at this moment
        except CancelledError:
            return False
        finally:
            self.waited_seconds += time.perf_counter() - started
        return True


@dataclass(frozen=True)
class Written:
    """The ids of executions whose graphs are stored, and the milliseconds that their transaction took."""

    ids: Set[UUID]
    time_ms: float


NOTHING_WRITTEN = Written(frozenset(), 0.0)


@dataclass(frozen=True)
class GraphWriter:
    """Writes graphs to Neo4j and notes it in PostgreSQL."""

    database: Database
    graph_store: GraphStore

    @property
    def is_available(self) -> bool:
        """Whether the graph server is configured and was not found down just now."""
        return self.graph_store.is_available

    def write(self, group: Sequence[ExecutionGraph], commit: AwaitedCommit | None = None) -> Written:
        """Write the graphs in one transaction, and note it; remove again those of executions deleted
        meanwhile.

        Args:
            commit: that of their rows, if it is not done yet.

        Raises:
            UnavailableError: Neo4j or PostgreSQL is down; graphs that were not noted stay pending.
            NotCommittedError: the rows were not committed in time; nothing was written.
        """
        started = time.perf_counter()
        if commit is None:
            graphs.project(self.graph_store, group)
        else:
            graphs.project(self.graph_store, group, commit.wait)
            if not commit.wait():  # nothing asked for it if all of them were there already
                raise NotCommittedError
        time_ms = (time.perf_counter() - started - (commit.waited_seconds if commit else 0.0)) * 1000
        ids = {UUID(each.execution_id) for each in group}
        with self.database.autocommit() as unit:
            stored = storage.set_graphs_stored(unit.session, ids, time_ms)
        if gone := ids - stored:
            graphs.remove(self.graph_store, [str(each) for each in gone])
        return Written(stored, time_ms)

    def take_up_overdue(self) -> int:
        """Write and remove a batch of graphs that are overdue; return how many.

        Raises:
            UnavailableError: Neo4j or PostgreSQL is down; the graphs are tried again later.
        """
        with self.database.unit_of_work() as unit:
            due = storage.take_due_graphs(unit.session, MAX_GROUP)
        if due.deleted:
            graphs.remove(self.graph_store, [str(each) for each in due.deleted])
            with self.database.autocommit() as unit:
                deleted.remove(unit.session, due.deleted)
        written = sum(self._write_each_that_can_be(group) for group in _groups(due.pending))
        return written + len(due.deleted)

    def _write_each_that_can_be(self, group: Sequence[ExecutionGraph]) -> int:
        """Write the graphs, one by one if they cannot be written together; return how many were written."""
        try:
            self.write(group)
        except Exception as error:
            if not self.is_available:
                raise  # the server is down: the others cannot be written either
            if len(group) > 1:
                return sum(self._write_each_that_can_be([each]) for each in group)
            logger.warning(
                "The graph of execution %s stays pending: %s", group[0].execution_id, error, exc_info=True
            )
            return 0
        return len(group)


def _groups(executions: Sequence[Execution]) -> Iterator[list[ExecutionGraph]]:
    """Yield graphs that fit one transaction together."""
    group: list[ExecutionGraph] = []
    events = 0
    for execution in executions:
        if group and events + execution.num_events > MAX_GROUP_EVENTS:
            yield group
            group, events = [], 0
        group.append(graph_of(execution))
        events += execution.num_events
    if group:
        yield group


def graph_of(execution: Execution | StoredExecution) -> ExecutionGraph:
    """Return the event graph of a stored execution, derived from its events."""
    events = msgspec.json.decode(execution.events)
    return ExecutionGraph(
        execution_id=str(execution.id),
        circuit_name=execution.circuit_name,
        created_at=execution.created_at,
        is_noisy=execution.is_noisy,
        num_events=execution.num_events,
        events=events,
        edges=event_graph.edges(events),
    )
