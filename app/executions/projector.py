"""From PostgreSQL to Neo4j: write the event graphs of executions, and remove those of deleted ones.

Executions that finish while a transaction with Neo4j runs go together into the next one (group commit), so
that a busy worker writes many graphs in the time of one. A graph that could not be written stays ``pending``
in PostgreSQL, and some worker takes it up again.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from queue import Empty, Queue
from threading import Lock, Thread
from typing import TypeAlias, TypeVar
from uuid import UUID

import msgspec

from app.circuits import event_graph
from app.database import Database
from app.errors import UnavailableError
from app.executions import deleted, storage
from app.executions.repository import StoredExecution
from app.graphstore import executions as graphs
from app.graphstore.driver import GraphStore
from app.graphstore.executions import ExecutionGraph
from app.models import Execution

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

MAX_GROUP = 32
"""Graphs in one transaction."""

MAX_GROUP_EVENTS = 2_000
"""Events in one transaction, unless one graph alone has more."""

MAX_WAITING_EVENTS = 50_000
"""Most events of the graphs that wait in memory (0.8 kB each with its edges); other graphs wait in
PostgreSQL."""

SWEEP_SECONDS = 2.0
"""How often PostgreSQL is asked for graphs that are overdue."""


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

    def write(self, group: Sequence[ExecutionGraph]) -> Written:
        """Write the graphs in one transaction, and note it; remove again those of executions deleted
        meanwhile.

        Raises:
            UnavailableError: Neo4j or PostgreSQL is down; graphs that were not noted stay pending.
        """
        started = time.perf_counter()
        graphs.project(self.graph_store, group)
        time_ms = (time.perf_counter() - started) * 1000
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


@dataclass(frozen=True)
class Projection:
    """A graph to be written, and what follows when that was tried.

    Attributes:
        job_id: whose waiters are woken; ``None`` for nobody's.
        respond: makes the response that goes with the wake-up, from the milliseconds that the write took.
    """

    graph: ExecutionGraph
    job_id: UUID | None
    respond: Callable[[float], bytes] | None = None


Wake: TypeAlias = Callable[[Iterable[UUID], Mapping[UUID, bytes]], object]
"""Wakes the waiters of jobs; the mapping has the responses that are sent with it."""


class Projector:
    """The thread of a worker that writes graphs: those that wait in memory, and now and then overdue ones."""

    def __init__(self, writer: GraphWriter, wake: Wake) -> None:
        self._writer = writer
        self._wake = wake
        self._waiting: Queue[Projection | None] = Queue()
        self._waiting_events = 0
        self._counting = Lock()
        self._next_sweep = 0.0
        self._thread = Thread(target=self._loop, name="projector", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Write the waiting graphs, then end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def submit(self, projection: Projection) -> None:
        """Queue a graph. If too many wait, wake its waiters: the graph stays pending in PostgreSQL."""
        if self._count(projection.graph.num_events) <= MAX_WAITING_EVENTS:
            self._waiting.put(projection)
        else:
            self._count(-projection.graph.num_events)
            self._wake_waiters([projection], NOTHING_WRITTEN)

    def _loop(self) -> None:
        is_running = True
        while is_running:
            group, is_running = self._next_group()
            if group:
                written = _try(partial(self._writer.write, [each.graph for each in group]))
                # before the sweep, so that nobody waits for older graphs
                _try(partial(self._wake_waiters, group, written or NOTHING_WRITTEN))
            if is_running:
                _try(self._sweep_when_due)

    def _wake_waiters(self, group: Sequence[Projection], written: Written) -> None:
        responses = {}
        for each in group:
            if each.job_id is not None and each.respond is not None and each.job_id in written.ids:
                response = _try(partial(each.respond, written.time_ms))
                if response is not None:
                    responses[each.job_id] = response
        self._wake([each.job_id for each in group if each.job_id is not None], responses)

    def _next_group(self) -> tuple[list[Projection], bool]:
        """Return the waiting graphs that fit one transaction, and False once the projector is stopped."""
        group: list[Projection] = []
        events = 0
        patience = max(0.0, self._next_sweep - time.monotonic())
        while len(group) < MAX_GROUP and events < MAX_GROUP_EVENTS:
            try:
                projection = self._waiting.get_nowait() if group else self._waiting.get(timeout=patience)
            except Empty:
                break
            if projection is None:
                return group, False
            group.append(projection)
            events += projection.graph.num_events
            self._count(-projection.graph.num_events)
        return group, True

    def _count(self, events: int) -> int:
        with self._counting:
            self._waiting_events += events
            return self._waiting_events

    def _sweep_when_due(self) -> None:
        if time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + SWEEP_SECONDS
        if self._writer.is_available and self._writer.take_up_overdue() == MAX_GROUP:
            self._next_sweep = 0.0  # there is more


def _try(step: Callable[[], Result]) -> Result | None:
    """Take one step. An error is logged and does not end the thread: the graphs stay pending."""
    try:
        return step()
    except UnavailableError as error:
        logger.info("Graphs stay pending: %s", error.message)
    except Exception:
        logger.exception("Graphs stay pending after a fault")
    return None
