"""For tests of jobs: a notifier on an empty Valkey, and a worker that runs scripted work."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from flask import Flask
from redis import Redis

from app.database import Database
from app.jobs.engine import JobEngine
from app.jobs.notifier import JobNotifier, WakeUps
from app.jobs.running import RunningJobs
from app.jobs.service import JobServices
from app.redis.clients import blocking_client, command_client
from app.rest.wiring import provided
from app.settings import Settings
from tests.jobs.helpers import INTERACTIVE, ScriptedKind
from tests.jobs.slot import FlakyDatabase, Slot

LOOK_SECONDS = 0.02


class InstantWorker:
    """A thread that runs queued jobs by the real engine."""

    def __init__(self, jobs: JobServices, database: Database) -> None:
        self.kind = ScriptedKind()
        self._engine = JobEngine(
            jobs.connections.settings,
            database,
            jobs.notifier,
            jobs.wake_ups,
            RunningJobs(),
            {"execute": self.kind},
            INTERACTIVE,
            "instant",
        )
        self._stopping = Event()
        self._thread = Thread(target=self._loop, name="instant-worker")

    def start(self) -> None:
        """Start looking for jobs."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _loop(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            while self._engine.run_next().are_more:
                continue


@pytest.fixture
def notifier(redis: "Redis", settings: Settings) -> JobNotifier:
    """A notifier on the empty Valkey."""
    return JobNotifier(redis, settings.redis_key_prefix)


@pytest.fixture
def wake_ups(redis: "Redis", settings: Settings) -> WakeUps:
    """The wake-ups of the tests' Redis."""
    return WakeUps(redis, blocking_client(settings.redis_url), settings.redis_key_prefix)


@pytest.fixture
def idle_worker(app: Flask, database: Database) -> Iterator[InstantWorker]:
    """A worker that has not been started yet."""
    made = InstantWorker(provided(JobServices, app), database)
    yield made
    made.stop()


@pytest.fixture
def worker(idle_worker: InstantWorker) -> InstantWorker:
    """A worker that runs what is queued."""
    idle_worker.start()
    return idle_worker


@pytest.fixture
def slot(settings: Settings, database: Database) -> Iterator[Slot]:
    """A slot of a worker of the interactive queue."""
    redis, blocking = command_client(settings.redis_url), blocking_client(settings.redis_url)
    redis.flushdb()
    flaky = FlakyDatabase(settings.database_url)
    notifier = JobNotifier(redis, settings.redis_key_prefix)
    wake_ups = WakeUps(redis, blocking, settings.redis_key_prefix)
    running, kind = RunningJobs(), ScriptedKind()
    engine = JobEngine(settings, flaky, notifier, wake_ups, running, {"execute": kind}, INTERACTIVE, "me")
    yield Slot(flaky, notifier, wake_ups, running, kind, engine)
    flaky.close()
    redis.close()
    blocking.close()
