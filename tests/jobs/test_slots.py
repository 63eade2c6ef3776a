"""The slots of a worker run what is queued, with or without notifications, and go on after every fault."""

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.database import Database
from app.jobs.claiming import ClaimedJob
from app.jobs.engine import JobEngine
from app.jobs.notifier import JobNotifier, Notifications, WakeUps
from app.jobs.running import RunningJob, RunningJobs
from app.jobs.slots import Slots
from app.models import JobStatus
from app.redis.clients import blocking_client
from app.settings import Settings
from tests.jobs.helpers import INTERACTIVE, ScriptedKind, queued, read
from tests.stack import wait_until

DEAD_REDIS = "redis://127.0.0.1:1/0"

StartSlots = Callable[..., JobEngine]


@pytest.fixture
def kind() -> ScriptedKind:
    """What the slots do."""
    return ScriptedKind()


@pytest.fixture
def start(
    settings: Settings, database: Database, notifier: JobNotifier, wake_ups: WakeUps, kind: ScriptedKind
) -> Iterator[StartSlots]:
    """Start slots; return their engine."""
    made: list[Slots] = []

    def start(number: int = 1, redis_url: str = settings.redis_url) -> JobEngine:
        engine = JobEngine(
            settings, database, notifier, wake_ups, RunningJobs(), {"execute": kind}, INTERACTIVE, "me"
        )
        waiting = Notifications(blocking_client(redis_url), settings.redis_key_prefix, INTERACTIVE)
        made.append(Slots(engine, waiting, number))
        made[-1].start()
        return engine

    yield start
    for slots in made:
        slots.stop()


def have_ended(database: Database, job_ids: list[UUID]) -> bool:
    """Return whether all jobs have succeeded."""
    return all(read(database, job_id).status == JobStatus.SUCCEEDED for job_id in job_ids)


def test_a_slot_that_goes_on_takes_the_notifications_of_what_it_claims(
    start: StartSlots, database: Database, notifier: JobNotifier, kind: ScriptedKind
) -> None:
    left: list[int] = []

    def work(job: ClaimedJob, running: RunningJob) -> str:
        left.append(notifier.lengths()[INTERACTIVE])
        return "result"

    kind.work = work
    job_ids = [queued(database) for _ in range(3)]
    for job_id in job_ids:
        notifier.notify(job_id, INTERACTIVE)
    start(1)
    wait_until(lambda: have_ended(database, job_ids), what="the jobs")
    assert left == [2, 1, 0], "none is left that would have a slot claim in vain"


@pytest.mark.parametrize("notified", [0, 1, 5])
def test_jobs_are_run_however_many_notifications_arrive(
    start: StartSlots, database: Database, notifier: JobNotifier, kind: ScriptedKind, notified: int
) -> None:
    job_ids = [queued(database) for _ in range(3)]
    start(number=2)
    for _ in range(notified):
        notifier.notify(uuid4(), INTERACTIVE)
    wait_until(lambda: have_ended(database, job_ids), what="the jobs")
    assert sorted(kind.ran) == sorted(job_ids)


def test_jobs_are_run_while_redis_is_away(start: StartSlots, database: Database) -> None:
    start(redis_url=DEAD_REDIS)
    job_ids = [queued(database) for _ in range(3)]
    wait_until(lambda: have_ended(database, job_ids), what="the jobs")


def test_a_slot_goes_on_after_a_fault(
    start: StartSlots, database: Database, kind: ScriptedKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.slots.FAULT_SECONDS", 0.05)
    faults = iter([LookupError("a fault of the engine")])

    def claim_with_faults(self: JobEngine) -> Any:
        for fault in faults:
            raise fault
        return claim(self)

    claim = JobEngine._claim
    monkeypatch.setattr(JobEngine, "_claim", claim_with_faults)
    start()
    job_id = queued(database)
    wait_until(lambda: have_ended(database, [job_id]), what="the job")


def test_a_draining_slot_passes_its_notification_on(
    start: StartSlots,
    database: Database,
    notifier: JobNotifier,
    kind: ScriptedKind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = start()
    engine.running.drain(grace_seconds=0)
    job_id = queued(database)
    notify, told = notifier.notify, []

    def note(job_id: UUID, queue: str) -> bool:
        told.append(job_id)
        return notify(job_id, queue)

    monkeypatch.setattr(notifier, "notify", note)
    notify(job_id, INTERACTIVE)
    wait_until(lambda: job_id in told, what="the slot takes it, and gives it back")
    wait_until(lambda: notifier.lengths()[INTERACTIVE] == 1, what="the slot gives it back")
    assert (kind.ran, read(database, job_id).status) == ([], JobStatus.QUEUED)


def test_stopping_waits_for_what_runs(
    settings: Settings, database: Database, notifier: JobNotifier, wake_ups: WakeUps, kind: ScriptedKind
) -> None:
    is_running, may_end = Event(), Event()

    def work(job: ClaimedJob, running: RunningJob) -> str:
        is_running.set()
        assert may_end.wait(60)
        return "result"

    kind.work = work
    engine = JobEngine(
        settings, database, notifier, wake_ups, RunningJobs(), {"execute": kind}, INTERACTIVE, "me"
    )
    waiting = Notifications(blocking_client(settings.redis_url), settings.redis_key_prefix, INTERACTIVE)
    slots = Slots(engine, waiting, 1)
    slots.start()
    job_id = queued(database)
    assert is_running.wait(60)
    may_end.set()
    slots.stop()
    assert have_ended(database, [job_id])
