"""The worker of the queue benchmark: the real engine and lease thread, a job kind that does nothing."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pebble
from celery import Celery
from celery.signals import worker_init, worker_shutdown
from sqlalchemy.orm import Session

from app.circuits.result import RunResult
from app.connections import Connections
from app.executions import storage
from app.executions.kind import new_execution
from app.jobs.claiming import ClaimedJob
from app.jobs.engine import JobEngine
from app.jobs.leases import LeaseKeeper
from app.jobs.notifier import Notifications
from app.jobs.running import RunningJob, RunningJobs
from app.jobs.service import JobServices
from app.jobs.slots import Slots
from app.redis.clients import blocking_client
from app.settings import Settings
from app.simulators.pool import CONTEXT
from benchmarks.empty_run import empty_run

KIND = "noop"
QUEUE = "interactive"
NAME = "noop"

celery = Celery("qloom")
celery.config_from_object("celeryconfig")


class NoopKind:
    """Asks a warm process to do nothing, and stores an execution row as a real run does; no graph."""

    def __init__(self) -> None:
        CONTEXT.set_forkserver_preload([empty_run.__module__])
        self._pool = pebble.ProcessPool(max_workers=1, context=CONTEXT)

    def run(self, job: ClaimedJob, running: RunningJob) -> RunResult:
        """Ask the process."""
        future = self._pool.schedule(empty_run, timeout=60)
        running.on_stop(future.cancel)
        result: RunResult = future.result()
        return result

    def end(self, session: Session, done: Sequence[tuple[ClaimedJob, RunResult]]) -> dict[UUID, datetime]:
        """Insert the execution rows and end the jobs, as executions do."""
        return storage.end_with_results(session, [new_execution(job, result) for job, result in done])

    def announce(self, job: ClaimedJob, result: RunResult, stored: datetime) -> bool:
        """Have the waiter woken; there is no graph to wait for."""
        return True

    def close(self) -> None:
        """End the process."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


class NoopRuntime:
    """The parts of the worker process, as ``workers.runtime`` has them."""

    def __init__(self) -> None:
        settings = Settings.from_env(os.environ)
        connections = Connections(settings)
        jobs = JobServices(connections)
        parts = (settings, connections.database, jobs.notifier, jobs.wake_ups, RunningJobs())
        self.kind = NoopKind()
        self.engine = JobEngine(*parts, {KIND: self.kind}, QUEUE, NAME)
        self.keeper = LeaseKeeper(self.engine, 1)
        self.keeper.start()
        waiting = Notifications(blocking_client(settings.redis_url), settings.redis_key_prefix, QUEUE)
        self.slots = Slots(self.engine, waiting, 2)
        self.slots.start()


_runtime: list[NoopRuntime] = []


@worker_init.connect
def start(**_: Any) -> None:
    """Start the runtime before the first message."""
    _runtime.append(NoopRuntime())


@worker_shutdown.connect
def stop(**_: Any) -> None:
    """Stop its thread and its process."""
    _runtime[0].slots.stop()
    _runtime[0].keeper.stop()
    _runtime[0].kind.close()
