"""The projector: the thread of a worker process that sees event graphs into Neo4j.

Executions that finish while a transaction is under way go together into the next one (group commit), so
that a busy worker pays for one transaction what an idle one pays for one graph. What could not be written
stays ``pending`` in PostgreSQL and is taken up again from there.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import Empty, Queue
from threading import Lock, Thread

from app.errors import UnavailableError
from app.executions.graph_writer import MAX_GROUP, MAX_GROUP_EVENTS, GraphWriter
from app.graphstore.executions import ExecutionGraph

logger = logging.getLogger(__name__)

MAX_WAITING_EVENTS = 50_000
"""Events of the graphs that wait in memory, 0.8 kB each with its edges; above, they wait in PostgreSQL."""

SWEEP_SECONDS = 2.0
"""How often PostgreSQL is asked for graphs that are overdue."""


@dataclass(frozen=True)
class Projection:
    """A graph to be written, and what to call when that was tried."""

    graph: ExecutionGraph
    done: Callable[[], None]


class Projector:
    """Feeds a graph writer from memory and, now and then, from PostgreSQL."""

    def __init__(self, writer: GraphWriter) -> None:
        self._writer = writer
        self._waiting: Queue[Projection | None] = Queue()
        self._waiting_events = 0
        self._counting = Lock()
        self._next_sweep = 0.0
        self._thread = Thread(target=self._loop, name="projector", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def submit(self, projection: Projection) -> None:
        """Queue a graph; if too much waits, call ``done`` now: PostgreSQL knows that it is pending."""
        if self._count(projection.graph.num_events) <= MAX_WAITING_EVENTS:
            self._waiting.put(projection)
        else:
            self._count(-projection.graph.num_events)
            projection.done()

    def _loop(self) -> None:
        is_running = True
        while is_running:
            group, is_running = self._next_group()
            if group:
                _try(partial(self._writer.write, [each.graph for each in group]))
            for each in group:  # before the sweep: whoever waits for a graph does not wait for older ones
                _try(each.done)
            if is_running:
                _try(self._sweep_when_due)

    def _next_group(self) -> tuple[list[Projection], bool]:
        """What waits, as far as it fits one transaction; False once the projector is stopped."""
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


def _try(step: Callable[[], object]) -> None:
    """Take one step; what goes wrong is logged, and the thread lives on: the graphs stay pending."""
    try:
        step()
    except UnavailableError as error:
        logger.info("Graphs stay pending: %s", error.message)
    except Exception:
        logger.exception("Graphs stay pending after a fault")
