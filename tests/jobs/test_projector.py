"""The projector's thread goes on after every fault, and bounds the graphs in memory."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import cast

import pytest

from app.executions.projector import MAX_WAITING_EVENTS, GraphWriter, Projection, Projector
from app.graphstore.executions import ExecutionGraph

WAIT_SECONDS = 20.0


class ScriptedWriter:
    """A graph writer controlled by the test."""

    is_available = True

    def __init__(self) -> None:
        self.written: list[str] = []
        self.fault: Exception | None = None
        self.may_write, self.may_sweep, self.is_sweeping = Event(), Event(), Event()
        self.may_write.set()
        self.may_sweep.set()

    def write(self, group: Sequence[ExecutionGraph]) -> None:
        """Note the graphs, or fail."""
        assert self.may_write.wait(WAIT_SECONDS)
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        self.written.extend(each.execution_id for each in group)

    def take_up_overdue(self) -> int:
        """Sweep until the test ends it."""
        self.is_sweeping.set()
        assert self.may_sweep.wait(WAIT_SECONDS)
        return 0


@pytest.fixture
def writer() -> ScriptedWriter:
    """A writer whose writes succeed."""
    return ScriptedWriter()


@pytest.fixture
def projector(writer: ScriptedWriter) -> Iterator[Projector]:
    """A running projector."""
    made = Projector(cast(GraphWriter, writer))
    made.start()
    yield made
    writer.may_write.set()
    writer.may_sweep.set()
    made.stop()


def submit(projector: Projector, name: str, num_events: int = 6, done: object = None) -> Event:
    """Submit a graph; return an event that is set when it was tried."""
    tried = Event()
    graph = ExecutionGraph(name, "bell", datetime.now(UTC), False, num_events, [], [])
    projector.submit(Projection(graph, done if callable(done) else tried.set))
    return tried


def test_a_fault_of_one_write_or_of_one_waiter_ends_nothing(
    projector: Projector, writer: ScriptedWriter, caplog: pytest.LogCaptureFixture
) -> None:
    writer.fault = ValueError("a graph that cannot be written")
    assert submit(projector, "a").wait(WAIT_SECONDS)

    def stumble() -> None:
        raise LookupError("a waiter that cannot be woken")

    submit(projector, "b", done=stumble)
    assert submit(projector, "c").wait(WAIT_SECONDS)
    assert writer.written == ["b", "c"]
    assert "a graph that cannot be written" in caplog.text
    assert "a waiter that cannot be woken" in caplog.text


def test_whoever_waits_for_a_graph_does_not_wait_for_older_ones(writer: ScriptedWriter) -> None:
    projector = Projector(cast(GraphWriter, writer))
    writer.may_sweep.clear()
    tried = submit(projector, "a")
    projector.start()
    assert writer.is_sweeping.wait(WAIT_SECONDS)
    assert tried.is_set(), "the sweep has begun and not ended"
    writer.may_sweep.set()
    projector.stop()


def test_graphs_above_the_bound_wait_in_postgres_and_not_in_memory(
    projector: Projector, writer: ScriptedWriter
) -> None:
    writer.may_write.clear()
    large = MAX_WAITING_EVENTS // 2
    waiting = [submit(projector, str(number), large) for number in range(4)]
    assert waiting[-1].is_set(), "it is not kept, and its waiter goes on"
    assert not waiting[0].is_set()
    writer.may_write.set()
    for tried in waiting:
        assert tried.wait(WAIT_SECONDS)
    assert writer.written[:2] == ["0", "1"]
    assert "3" not in writer.written
    assert submit(projector, "later", large).wait(WAIT_SECONDS)
    assert writer.written[-1] == "later"
