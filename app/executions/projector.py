"""From PostgreSQL to Neo4j: write the event graphs of executions, and remove those of deleted ones.

Executions that finish while a transaction with Neo4j runs go together into the next one (group commit), so
that a busy worker writes many graphs in the time of one. A graph that could not be written stays ``pending``
in PostgreSQL, and some worker takes it up again.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, Queue
from threading import Lock
from typing import TypeAlias, TypeVar
from uuid import UUID

from app.background import Background
from app.errors import UnavailableError
from app.executions.graph_writer import (
    MAX_GROUP,
    MAX_GROUP_EVENTS,
    NOTHING_WRITTEN,
    AwaitedCommit,
    GraphWriter,
    Written,
)
from app.graphstore.executions import ExecutionGraph, NotCommittedError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

MAX_WAITING_EVENTS = 50_000
"""Most events of the graphs that wait in memory (0.8 kB each with its edges); other graphs wait in
PostgreSQL."""

SWEEP_SECONDS = 2.0
"""How often PostgreSQL is asked for graphs that are overdue."""


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


@dataclass(frozen=True)
class _Begun:
    """Graphs whose write begins before their rows are committed."""

    group: Sequence[Projection]
    commit: AwaitedCommit


Wake: TypeAlias = Callable[[Iterable[UUID], Mapping[UUID, bytes]], object]
"""Wakes the waiters of jobs; the mapping has the responses that are sent with it."""


class Projector(Background):
    """The thread of a worker that writes graphs: those that wait in memory, and now and then overdue ones."""

    def __init__(self, writer: GraphWriter, wake: Wake) -> None:
        super().__init__("projector")
        self._writer = writer
        self._wake = wake
        self._waiting: Queue[Projection | _Begun | None] = Queue()
        self._is_idle = False
        self._next: _Begun | None = None
        self._waiting_events = 0
        self._counting = Lock()
        self._next_sweep = 0.0

    def stop(self) -> None:
        """Write the waiting graphs, then end the thread."""
        self._waiting.put(None)
        super().stop()

    def submit(self, projection: Projection) -> None:
        """Queue a graph. If too many wait, wake its waiters: the graph stays pending in PostgreSQL."""
        if self._count(projection.graph.num_events) <= MAX_WAITING_EVENTS:
            self._waiting.put(projection)
        else:
            self._count(-projection.graph.num_events)
            self._wake_waiters([projection], NOTHING_WRITTEN)

    def begin(self, group: Sequence[Projection]) -> AwaitedCommit | None:
        """Begin to write graphs whose rows are to be committed next; ``None`` if others are written now.

        The caller says when the commit is done. Then the waiters are woken, as after ``submit``.
        """
        events = sum(each.graph.num_events for each in group)
        if not (group and self._is_idle and self._waiting.empty()) or events > MAX_GROUP_EVENTS:
            return None
        self._count(events)
        begun = _Begun(group, AwaitedCommit())
        self._waiting.put(begun)
        return begun.commit

    def _loop(self) -> None:
        is_running = True
        while is_running:
            group, commit, is_running = self._next_group()
            if group:
                written = _try(partial(self._writer.write, [each.graph for each in group], commit))
                if commit is None or commit.wait():  # if not, who began it submits it again
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

    def _next_group(self) -> tuple[Sequence[Projection], AwaitedCommit | None, bool]:
        """Return the waiting graphs that fit one transaction, and False once the projector is stopped.

        What was begun is a group of its own, which has a commit to wait for.
        """
        group: list[Projection] = []
        events = 0
        while len(group) < MAX_GROUP and events < MAX_GROUP_EVENTS:
            try:
                waiting = self._next or (self._waiting.get_nowait() if group else self._wait())
            except Empty:
                break
            if waiting is None:
                return group, None, False
            self._next = None
            if isinstance(waiting, _Begun):
                if group:
                    self._next = waiting
                    break
                self._count(-sum(each.graph.num_events for each in waiting.group))
                return waiting.group, waiting.commit, True
            group.append(waiting)
            events += waiting.graph.num_events
            self._count(-waiting.graph.num_events)
        return group, None, True

    def _wait(self) -> Projection | _Begun | None:
        self._is_idle = True
        try:
            return self._waiting.get(timeout=max(0.0, self._next_sweep - time.monotonic()))
        finally:
            self._is_idle = False

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
    except NotCommittedError:
        logger.info("Graphs were not written, since their rows were not committed in time")
    except Exception:
        logger.exception("Graphs stay pending after a fault")
    return None
