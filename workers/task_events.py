"""Sends events of jobs to Flower: Celery's task events with the jobs' ids, many in one message.

Celery's own messages and events would cost a job several times what its claim costs. Events may be lost:
nothing but what Flower shows depends on them
(https://docs.celeryq.dev/en/stable/userguide/monitoring.html#event-reference).
"""

import logging
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from celery import Celery
from celery.events import EventDispatcher
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from app.background import Background
from app.database import Database
from app.errors import UnavailableError
from app.jobs import repository
from app.jobs.claiming import ClaimedJob
from app.jobs.reports import JobReports
from app.jobs.repository import JobEnd
from app.models import JobStatus
from app.telemetry.metrics import JobOutcome
from workers.base import TASK_PREFIX

logger = logging.getLogger(__name__)

SEND_SECONDS = 0.1
"""How long events are collected for one message."""

MOST_WAITING = 10_000
"""The most events that wait while Redis is down; older ones are dropped."""


class TaskEvents(Background, JobReports):
    """Sends the events of one worker's jobs to Flower, from a thread of its own."""

    def __init__(self, celery: Celery, hostname: str, database: Database) -> None:
        super().__init__("task-events")
        self._celery = celery
        self._hostname = hostname
        self._database = database
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque(maxlen=MOST_WAITING)
        self._to_look_up: deque[tuple[UUID, bool]] = deque(maxlen=MOST_WAITING)

    def started(self, jobs: Sequence[ClaimedJob]) -> None:
        """Note that jobs begin."""
        for job in jobs:
            self._received(job.id, job.kind)
            self._add("task-started", job.id)

    def left(self, job: ClaimedJob, outcome: JobOutcome, seconds: float) -> None:
        """Note that a job has left its slot. If it did not succeed, its row says how it ended.

        A shard may have ended its whole job. A job that was split ends with one of its shards.
        """
        if outcome is JobOutcome.SUCCEEDED and job.parent_id is None:
            self._succeeded(job.id, seconds)
        elif outcome is not JobOutcome.SPLIT:
            self._to_look_up.append((job.id, True))

    def reaped(self, job_ids: Sequence[UUID]) -> None:
        """Note that the workers of these jobs have ended and can send no events."""
        self._to_look_up.extend((job_id, True) for job_id in job_ids)

    def notified_in_vain(self, job_ids: Sequence[UUID]) -> None:
        """Note that there was nothing to claim: other workers run these jobs, or they were cancelled."""
        self._to_look_up.extend((job_id, False) for job_id in job_ids)

    def _loop(self) -> None:
        with ExitStack() as stack:
            dispatcher: EventDispatcher | None = None
            is_last = False
            while not is_last:
                is_last = self._stopping.wait(SEND_SECONDS)
                self._look_up()
                try:
                    if dispatcher is None and self._waiting:
                        dispatcher = self._dispatcher(stack)
                    self._send(dispatcher)
                except (BrokerError, RedisError, OSError) as error:
                    logger.info("Events for Flower are delayed: %s", error)
                    stack.close()
                    dispatcher = None
                except Exception:
                    logger.exception("Events of some jobs were not sent to Flower")

    def _dispatcher(self, stack: ExitStack) -> EventDispatcher:
        connection = stack.enter_context(self._celery.connection_for_write())
        return stack.enter_context(
            self._celery.events.Dispatcher(
                connection,
                hostname=self._hostname,
                buffer_group={"task"},
                buffer_limit=MOST_WAITING,
                buffer_while_offline=False,
            )
        )

    def _send(self, dispatcher: EventDispatcher | None) -> None:
        while dispatcher is not None and self._waiting:
            kind, fields = self._waiting.popleft()
            dispatcher.send(kind, **fields)
        if dispatcher is not None:
            dispatcher.flush(errors=False)

    def _look_up(self) -> None:
        """Send the ends of jobs that did not succeed here; jobs that wait or run elsewhere have not ended."""
        asked: dict[UUID, bool] = {}
        for _ in range(len(self._to_look_up)):
            job_id, has_run = self._to_look_up.popleft()
            asked[job_id] = asked.get(job_id, False) or has_run
        if not asked:
            return
        try:
            with self._database.reading() as session:
                jobs = repository.ends_of(session, asked)
        except UnavailableError:
            return
        jobs.sort(key=lambda job: asked[job.known_by])
        for job in {job.id: job for job in jobs}.values():  # of the shards that know it, one that was run
            self._tell_end(job, has_run=asked[job.known_by])

    def _tell_end(self, job: JobEnd, *, has_run: bool) -> None:
        """Send how a job ended.

        Args:
            has_run: whether this worker ran the job or the shard that ended it; then no other sends it.
        """
        if job.status == JobStatus.CANCELLED:
            if not has_run and job.id == job.known_by:
                self._received(job.id, job.kind)
            self._add("task-revoked", job.id, terminated=True, signum=None, expired=False)
        elif not has_run:
            return
        elif job.status == JobStatus.FAILED:
            message = job.error["message"] if job.error else "The job failed."
            self._add("task-failed", job.id, exception=f"JobFailedError({message!r})", traceback=message)
        elif job.status == JobStatus.SUCCEEDED:
            self._succeeded(job.id, job.seconds)

    def _received(self, job_id: UUID, kind: str) -> None:
        self._add(
            "task-received",
            job_id,
            name=TASK_PREFIX + kind,
            args=f"({job_id})",
            kwargs="{}",
            root_id=str(job_id),
            parent_id=None,
            retries=0,
            eta=None,
            expires=None,
        )

    def _succeeded(self, job_id: UUID, seconds: float) -> None:
        self._add("task-succeeded", job_id, result="None", runtime=seconds)

    def _add(self, kind: str, job_id: UUID, **fields: object) -> None:
        self._waiting.append((kind, {"uuid": str(job_id), "timestamp": time.time(), **fields}))
