"""From PostgreSQL to Neo4j: write event graphs in groups, take up overdue ones, remove deleted ones."""

import logging
import time
from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec

from app.circuits import event_graph
from app.database import Database
from app.executions import deleted, storage
from app.executions.repository import StoredExecution
from app.graphstore import executions as graphs
from app.graphstore.driver import GraphStore
from app.graphstore.executions import ExecutionGraph
from app.models import Execution

logger = logging.getLogger(__name__)

MAX_GROUP = 32
"""Graphs in one transaction."""

MAX_GROUP_EVENTS = 2_000
"""Events in one transaction, unless one graph alone has more."""


class GraphWriter:
    """Writes graphs to Neo4j and notes it in PostgreSQL."""

    def __init__(self, database: Database, graph_store: GraphStore) -> None:
        self._database = database
        self._graph_store = graph_store

    @property
    def is_available(self) -> bool:
        """Whether it is worth trying: the graph server is configured and was not found down just now."""
        return self._graph_store.is_available

    def write(self, group: Sequence[ExecutionGraph]) -> None:
        """Write the graphs in one transaction, then note it; remove again what was deleted meanwhile.

        Raises:
            UnavailableError: Neo4j or PostgreSQL is down; what was not noted stays pending.
        """
        started = time.perf_counter()
        graphs.project(self._graph_store, group)
        time_ms = (time.perf_counter() - started) * 1000
        ids = {UUID(each.execution_id) for each in group}
        with self._database.autocommit() as unit:
            stored = storage.set_graphs_stored(unit.session, ids, time_ms)
        if gone := ids - stored:
            graphs.remove(self._graph_store, [str(each) for each in gone])

    def take_up_overdue(self) -> int:
        """Write and remove a batch of graphs that are overdue; how many were written or removed.

        Raises:
            UnavailableError: Neo4j or PostgreSQL is down; they are tried again later.
        """
        with self._database.unit_of_work() as unit:
            due = storage.take_due_graphs(unit.session, MAX_GROUP)
        if due.deleted:
            graphs.remove(self._graph_store, [str(each) for each in due.deleted])
            with self._database.autocommit() as unit:
                deleted.remove(unit.session, due.deleted)
        written = sum(self._write_apart_if_need_be(group) for group in _groups(due.pending))
        return written + len(due.deleted)

    def _write_apart_if_need_be(self, group: Sequence[ExecutionGraph]) -> int:
        """Write the graphs; one that cannot be written keeps no other one pending. How many were written."""
        try:
            self.write(group)
        except Exception as error:
            if not self.is_available:
                raise  # the server is down: the others would fare no better
            if len(group) > 1:
                return sum(self._write_apart_if_need_be([each]) for each in group)
            logger.warning(
                "The graph of execution %s stays pending: %s", group[0].execution_id, error, exc_info=True
            )
            return 0
        return len(group)


def _groups(executions: Sequence[Execution]) -> Iterator[list[ExecutionGraph]]:
    """Graphs that fit one transaction together."""
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
    """The event graph of a stored execution, derived from its events."""
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
