"""A wait for a job ends when it is woken, and in any case within its time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from app.database import Database
from app.jobs import claims, repository, waiting
from app.jobs.notifier import MAX_SENT_BYTES, WAKE_UP_EXPIRY_SECONDS, WOKEN, WakeUps
from app.models import JobStatus
from app.redis.clients import blocking_client, command_client
from app.settings import Settings
from tests.executions.factories import store_job
from tests.jobs.helpers import change, claimed, read
from tests.stack import wait_until

DEAD_REDIS = "redis://127.0.0.1:1/0"
FAR_SECONDS = 60.0
"""Longer than the time limit of a test."""


class CountingWakeUps(WakeUps):
    """Wake-ups that note how many waits have begun, and the longest time of each."""

    def __init__(self, url: str, key_prefix: str) -> None:
        self.redis, self.blocking = command_client(url), blocking_client(url)
        super().__init__(self.redis, self.blocking, key_prefix)
        self.waits: list[float] = []

    def wait(self, job_id: UUID, seconds: float) -> bytes | None:
        """Note the wait, then wait."""
        self.waits.append(seconds)
        return super().wait(job_id, seconds)

    def close(self) -> None:
        """Close the connections."""
        self.redis.close()
        self.blocking.close()


@pytest.fixture
def wake_ups(settings: Settings) -> Iterator[CountingWakeUps]:
    """Wake-ups on the real Valkey."""
    made = CountingWakeUps(settings.redis_url, settings.redis_key_prefix)
    yield made
    made.close()


@pytest.fixture
def deaf(settings: Settings) -> Iterator[CountingWakeUps]:
    """Wake-ups whose Redis is away."""
    made = CountingWakeUps(DEAD_REDIS, settings.redis_key_prefix)
    yield made
    made.close()


Waiting = Callable[..., bool]


@pytest.fixture
def wait(database: Database, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    """Return a function that waits for a job's end."""

    def wait_for_end(
        wake_ups: WakeUps, job_id: UUID, seconds: float = FAR_SECONDS, graph_wait_seconds: float = 0.2
    ) -> bool:
        monkeypatch.setattr(waiting, "GRAPH_WAIT_SECONDS", graph_wait_seconds)
        return waiting.wait_for_end(database, wake_ups, job_id, seconds).has_ended

    return wait_for_end


def succeed(database: Database, job: claims.ClaimedJob) -> None:
    """End a claimed job."""
    with database.unit_of_work() as unit:
        assert claims.succeed(unit.session, [job])


def test_every_waiter_of_a_job_is_woken(wake_ups: CountingWakeUps) -> None:
    job_id = uuid4()
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(wake_ups.wait, job_id, FAR_SECONDS) for _ in range(5)]
        wait_until(lambda: len(wake_ups.waits) == 5, what="five waiters")
        wake_ups.wake([job_id, uuid4()])
        assert [future.result() for future in waiting] == [WOKEN] * 5
    assert wake_ups.wait(job_id, FAR_SECONDS), "whoever comes later is woken too"


def test_a_wake_up_carries_a_response_unless_it_is_large(wake_ups: CountingWakeUps) -> None:
    small, large = uuid4(), uuid4()
    wake_ups.wake([small, large], {small: b'{"a": 1}', large: b"x" * (MAX_SENT_BYTES + 1)})
    assert (wake_ups.wait(small, FAR_SECONDS), wake_ups.wait(large, FAR_SECONDS)) == (b'{"a": 1}', WOKEN)


def test_a_response_ends_a_wait_without_a_look_at_the_row(
    database: Database, wake_ups: CountingWakeUps
) -> None:
    job_id = uuid4()
    wake_ups.wake([job_id], {job_id: b"{}"})
    waited = waiting.wait_for_end(database, wake_ups, job_id, FAR_SECONDS)
    assert (waited.has_ended, waited.response) == (True, b"{}")


def test_a_wake_up_does_not_stay_for_ever(wake_ups: CountingWakeUps, settings: Settings) -> None:
    job_id = uuid4()
    wake_ups.wake([job_id])
    seconds = wake_ups.redis.ttl(f"{settings.redis_key_prefix}wake:{job_id}")
    assert 0 < int(seconds) <= WAKE_UP_EXPIRY_SECONDS  # type: ignore[arg-type]


def test_nobody_is_woken_for_another_job_or_for_nothing(wake_ups: CountingWakeUps) -> None:
    wake_ups.wake([uuid4()])
    assert not wake_ups.wait(uuid4(), 0.05)
    assert not wake_ups.wait(uuid4(), 0)
    assert not wake_ups.wait(uuid4(), -1)


def test_waking_without_redis_is_no_error(deaf: CountingWakeUps, caplog: pytest.LogCaptureFixture) -> None:
    deaf.wake([uuid4()])
    assert "Waiters were not woken" in caplog.text


def test_a_waiter_is_woken_when_the_job_has_ended(
    database: Database, wake_ups: CountingWakeUps, wait: Waiting
) -> None:
    job = claimed(database)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait, wake_ups, job.id)
        wait_until(lambda: wake_ups.waits, what="the waiter")
        succeed(database, job)
        wake_ups.wake([job.id])
        assert waiting.result()


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
def test_a_lost_wake_up_costs_one_slice(
    database: Database, wake_ups: CountingWakeUps, wait: Waiting, status: JobStatus
) -> None:
    job = claimed(database)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait, wake_ups, job.id)
        wait_until(lambda: wake_ups.waits, what="the waiter")
        change(database, job.id, status=status)
        assert waiting.result()
    assert len(wake_ups.waits) == 1


def test_a_graph_that_does_not_come_is_waited_for_within_its_bound(
    database: Database, deaf: CountingWakeUps, wait: Waiting
) -> None:
    job = claimed(database)
    succeed(database, job)
    assert wait(deaf, job.id, graph_wait_seconds=0.3)
    assert deaf.waits[-1] <= 0.3, "the bound begins when the end is seen"


def test_without_redis_the_row_is_read_again_and_again(
    database: Database, deaf: CountingWakeUps, wait: Waiting
) -> None:
    job = claimed(database)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait, deaf, job.id)
        wait_until(lambda: len(deaf.waits) >= 2, what="two looks at the row")
        succeed(database, job)
        assert waiting.result()


def test_a_wait_is_bounded(database: Database, wake_ups: CountingWakeUps, wait: Waiting) -> None:
    job = claimed(database)
    assert not wait(wake_ups, job.id, seconds=0.1)
    assert not wait(wake_ups, job.id, seconds=0)
    assert all(seconds <= 0.1 for seconds in wake_ups.waits)


def test_a_stray_wake_up_does_not_end_a_wait(
    database: Database, wake_ups: CountingWakeUps, wait: Waiting
) -> None:
    job = claimed(database)
    wake_ups.wake([job.id])
    assert not wait(wake_ups, job.id, seconds=0.2)
    assert read(database, job.id).status == JobStatus.RUNNING


def test_a_job_that_is_removed_meanwhile_ends_the_wait(
    database: Database, deaf: CountingWakeUps, wait: Waiting
) -> None:
    job = claimed(database)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait, deaf, job.id)
        wait_until(lambda: deaf.waits, what="the waiter")
        with database.unit_of_work() as unit:
            repository.remove(unit.session, [job.id])
        assert waiting.result()


@pytest.mark.parametrize("status", [JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED])
def test_a_long_poll_of_an_ended_job_waits_for_nothing(
    database: Database, wake_ups: CountingWakeUps, settings: Settings, status: JobStatus
) -> None:
    job_id = store_job(database, status)
    for each in (job_id, uuid4()):
        waiting.long_poll(database, wake_ups, settings, each, FAR_SECONDS)
    assert wake_ups.waits == []


def test_a_long_poll_is_never_longer_than_the_published_limit(
    database: Database, wake_ups: CountingWakeUps, settings: Settings
) -> None:
    job = claimed(database)
    limited = replace(settings, max_wait_seconds=0.1)
    waiting.long_poll(database, wake_ups, limited, job.id, 10**9)
    assert 0 < max(wake_ups.waits) <= 0.1
