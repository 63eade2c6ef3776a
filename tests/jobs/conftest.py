"""For tests of jobs: a notifier on an empty Valkey, and a worker that runs scripted work."""

from collections.abc import Iterator
from threading import Event, Thread

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from app.database import Database
from app.jobs.engine import JobEngine
from app.jobs.notifier import JobNotifier, WakeUps
from app.jobs.running import RunningJobs
from app.jobs.service import JobServices
from app.models import Job, JobStatus
from app.redis.clients import blocking_client
from app.rest.wiring import provided
from app.settings import Settings
from tests.jobs.helpers import INTERACTIVE, ScriptedKind

LOOK_SECONDS = 0.02


class InstantWorker:
    """A thread that runs queued jobs by the real engine."""

    def __init__(self, jobs: JobServices, database: Database) -> None:
        self.kind = ScriptedKind()
        self._database = database
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
        queued = select(Job.id).where(Job.status == JobStatus.QUEUED, Job.queue == INTERACTIVE)
        while not self._stopping.wait(LOOK_SECONDS):
            with self._database.reading() as session:
                job_ids = session.scalars(queued).all()
            for job_id in job_ids:
                self._engine.run_if_queued(job_id, "execute")


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
