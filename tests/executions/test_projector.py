"""The projector's thread goes on after every fault, and bounds the graphs in memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import cast
from uuid import UUID, uuid4

import pytest

from app.executions.graph_writer import MAX_GROUP_EVENTS, AwaitedCommit, GraphWriter, Written
from app.executions.projector import MAX_WAITING_EVENTS, Projection, Projector
from app.graphstore.executions import ExecutionGraph, NotCommittedError
from tests.stack import wait_until

WAIT_SECONDS = 20.0
TIME_MS = 1.5


class ScriptedWriter:
    """A graph writer controlled by the test."""

    is_available = True

    def __init__(self) -> None:
        self.written: list[str] = []
        self.fault: Exception | None = None
        self.may_write, self.may_sweep, self.is_sweeping = Event(), Event(), Event()
        self.given_up = Event()
        self.may_write.set()
        self.may_sweep.set()

    def write(self, group: Sequence[ExecutionGraph], commit: AwaitedCommit | None = None) -> Written:
        """Note the graphs, or fail."""
        assert self.may_write.wait(WAIT_SECONDS)
        if commit is not None and not commit.wait():
            self.given_up.set()
            raise NotCommittedError
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        self.written.extend(each.execution_id for each in group)
        return Written({UUID(each.execution_id) for each in group}, TIME_MS)

    def take_up_overdue(self) -> int:
        """Sweep until the test ends it."""
        self.is_sweeping.set()
        assert self.may_sweep.wait(WAIT_SECONDS)
        return 0


@pytest.fixture
def writer() -> ScriptedWriter:
    """A writer whose writes succeed."""
    return ScriptedWriter()


class Waiters:
    """Those who wait for jobs, and the responses that they were sent."""

    def __init__(self) -> None:
        self.woken: dict[UUID, bytes | None] = {}
        self.fault: Exception | None = None

    def wake(self, job_ids: Iterable[UUID], responses: Mapping[UUID, bytes]) -> None:
        """Note who is woken, or fail."""
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault
        self.woken.update({job_id: responses.get(job_id) for job_id in job_ids})


@pytest.fixture
def waiters() -> Waiters:
    """Nobody was woken yet."""
    return Waiters()


@pytest.fixture
def projector(writer: ScriptedWriter, waiters: Waiters) -> Iterator[Projector]:
    """A running projector."""
    made = Projector(cast(GraphWriter, writer), waiters.wake)
    made.start()
    yield made
    writer.may_write.set()
    writer.may_sweep.set()
    made.stop()


def submit(
    projector: Projector, num_events: int = 6, respond: Callable[[float], bytes] | None = None
) -> UUID:
    """Submit a graph; return the id of its job."""
    projection = new_projection(num_events, respond)
    projector.submit(projection)
    assert projection.job_id is not None
    return projection.job_id


def new_projection(num_events: int = 6, respond: Callable[[float], bytes] | None = None) -> Projection:
    """Return a graph to be written, of a job of its own."""
    job_id = uuid4()
    graph = ExecutionGraph(str(job_id), "bell", datetime.now(UTC), False, num_events, [], [])
    return Projection(graph, job_id, respond)


def begin(projector: Projector, group: Sequence[Projection]) -> AwaitedCommit:
    """Begin to write a group as soon as the projector has nothing else to do."""
    begun: list[AwaitedCommit] = []

    def has_begun() -> bool:
        commit = projector.begin(group)
        begun.extend([commit] if commit is not None else [])
        return commit is not None

    wait_until(has_begun, what="an idle projector")
    return begun[0]


def is_woken(waiters: Waiters, job_id: UUID) -> None:
    """Wait until a job's waiters are woken."""
    wait_until(lambda: job_id in waiters.woken, what="the wake-up")


def test_a_fault_of_one_write_or_of_one_wake_up_ends_nothing(
    projector: Projector, writer: ScriptedWriter, waiters: Waiters, caplog: pytest.LogCaptureFixture
) -> None:
    writer.fault = ValueError("a graph that cannot be written")
    is_woken(waiters, submit(projector))
    waiters.fault = LookupError("waiters that cannot be woken")
    second = submit(projector)
    wait_until(lambda: waiters.fault is None, what="the fault")
    third = submit(projector)
    is_woken(waiters, third)
    assert writer.written == [str(second), str(third)]
    assert "a graph that cannot be written" in caplog.text
    assert "waiters that cannot be woken" in caplog.text


def test_the_response_of_a_written_graph_goes_with_the_wake_up(
    projector: Projector, writer: ScriptedWriter, waiters: Waiters
) -> None:
    def respond(time_ms: float) -> bytes:
        return f"written in {time_ms}".encode()

    def stumble(time_ms: float) -> bytes:
        raise LookupError("a response that cannot be made")

    stored, unmade = submit(projector, respond=respond), submit(projector, respond=stumble)
    is_woken(waiters, stored)
    is_woken(waiters, unmade)
    writer.fault = ValueError("a graph that cannot be written")
    pending = submit(projector, respond=respond)
    is_woken(waiters, pending)
    assert waiters.woken == {stored: f"written in {TIME_MS}".encode(), unmade: None, pending: None}


def test_a_group_that_was_begun_is_written_once_its_rows_are_committed(
    projector: Projector, writer: ScriptedWriter, waiters: Waiters
) -> None:
    group = [new_projection(respond=lambda time_ms: b"response"), new_projection()]
    commit = begin(projector, group)
    later = submit(projector)
    assert projector.begin([new_projection()]) is None, "it has something to do"
    assert (writer.written, waiters.woken) == ([], {}), "the rows are not committed"
    assert all(commit.done() for _ in group)
    is_woken(waiters, later)
    assert writer.written == [*(str(each.job_id) for each in group), str(later)]
    assert waiters.woken == {group[0].job_id: b"response", group[1].job_id: None, later: None}


def test_a_group_whose_rows_are_not_committed_in_time_is_left_to_who_began_it(
    projector: Projector, writer: ScriptedWriter, waiters: Waiters
) -> None:
    projection = new_projection()
    commit = begin(projector, [projection])
    assert writer.given_up.wait(WAIT_SECONDS)
    assert not commit.done()
    is_woken(waiters, submit(projector))
    assert str(projection.job_id) not in writer.written
    assert projection.job_id not in waiters.woken
    projector.submit(projection)
    wait_until(lambda: projection.job_id in waiters.woken, what="the wake-up")


def test_if_a_group_that_was_begun_cannot_be_written_its_waiters_are_woken_after_the_commit(
    projector: Projector, writer: ScriptedWriter, waiters: Waiters
) -> None:
    writer.fault = ValueError("a graph that cannot be written")
    projection = new_projection(respond=lambda time_ms: b"response")
    commit = begin(projector, [projection])
    assert waiters.woken == {}
    assert commit.done()
    wait_until(lambda: waiters.woken == {projection.job_id: None}, what="the wake-up")


def test_a_group_of_too_many_events_is_not_begun(projector: Projector) -> None:
    assert projector.begin([new_projection(MAX_GROUP_EVENTS), new_projection()]) is None


def test_whoever_waits_for_a_graph_does_not_wait_for_older_ones(
    writer: ScriptedWriter, waiters: Waiters
) -> None:
    projector = Projector(cast(GraphWriter, writer), waiters.wake)
    writer.may_sweep.clear()
    job_id = submit(projector)
    projector.start()
    assert writer.is_sweeping.wait(WAIT_SECONDS)
    assert job_id in waiters.woken, "the sweep has begun and not ended"
    writer.may_sweep.set()
    projector.stop()


def test_graphs_above_the_bound_wait_in_postgres_and_not_in_memory(
    projector: Projector, writer: ScriptedWriter, waiters: Waiters
) -> None:
    writer.may_write.clear()
    large = MAX_WAITING_EVENTS // 2
    first, second, _, last = [submit(projector, large) for _ in range(4)]
    assert last in waiters.woken, "it is not kept, and its waiter goes on"
    assert first not in waiters.woken
    writer.may_write.set()
    is_woken(waiters, first)
    is_woken(waiters, second)
    assert writer.written[:2] == [str(first), str(second)]
    assert str(last) not in writer.written
    later = submit(projector, large)
    is_woken(waiters, later)
    assert writer.written[-1] == str(later)
