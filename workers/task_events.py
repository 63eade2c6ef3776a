"""What Flower is told of jobs: the events of Celery's tasks, under the jobs' ids, many in one message.

Celery's own messages and events would cost a job several times what its claim costs. Events may be lost:
nothing but what Flower shows depends on them
(https://docs.celeryq.dev/en/stable/userguide/monitoring.html#event-reference).
"""

import logging
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from threading import Event, Thread
from typing import Any
from uuid import UUID

from celery import Celery
from celery.events import EventDispatcher
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from app.database import Database
from app.errors import UnavailableError
from app.jobs import repository
from app.jobs.claiming import ClaimedJob
from app.jobs.repository import JobEnd
from app.models import JobStatus
from app.telemetry.metrics import JobOutcome
from workers.base import TASK_PREFIX

logger = logging.getLogger(__name__)

SEND_SECONDS = 0.1
"""How long events are collected for one message."""

MOST_WAITING = 10_000
"""Events that wait while Redis is away; older ones are dropped."""


class TaskEvents:
    """Tells Flower of the jobs of one worker, from a thread of its own."""

    def __init__(self, celery: Celery, hostname: str, database: Database) -> None:
        self._celery = celery
        self._hostname = hostname
        self._database = database
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque(maxlen=MOST_WAITING)
        self._to_look_up: deque[tuple[UUID, float | None]] = deque(maxlen=MOST_WAITING)
        self._stopping = Event()
        self._thread = Thread(target=self._loop, name="task-events", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Send what waits, then end the thread."""
        self._stopping.set()
        self._thread.join()

    def started(self, jobs: Sequence[ClaimedJob]) -> None:
        """Jobs were received and begin."""
        for job in jobs:
            self._received(job.id, job.kind)
            self._add("task-started", job.id)

    def left(self, job: ClaimedJob, outcome: JobOutcome, seconds: float) -> None:
        """A job left its slot; how it ended, only its row knows, unless it succeeded."""
        if outcome is JobOutcome.SUCCEEDED:
            self._succeeded(job.id, seconds)
        else:
            self._to_look_up.append((job.id, seconds))

    def notified_in_vain(self, job_ids: Sequence[UUID]) -> None:
        """Somebody else runs these jobs, or will, or they were cancelled in the queue."""
        self._to_look_up.extend((job_id, None) for job_id in job_ids)

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
                    logger.info("Flower is told later: %s", error)
                    stack.close()
                    dispatcher = None
                except Exception:
                    logger.exception("Flower was not told of some jobs")

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
        """Tell how jobs ended that did not succeed here; a job that waits or runs elsewhere has no end."""
        asked = dict(self._to_look_up.popleft() for _ in range(len(self._to_look_up)))
        if not asked:
            return
        try:
            with self._database.reading() as session:
                jobs = repository.ends_of(session, asked)
        except UnavailableError:
            return
        for job in jobs:
            self._tell_end(job, asked[job.id])

    def _tell_end(self, job: JobEnd, seconds: float | None) -> None:
        if job.status == JobStatus.CANCELLED:
            if seconds is None:
                self._received(job.id, job.kind)
            self._add("task-revoked", job.id, terminated=True, signum=None, expired=False)
        elif seconds is None:
            return
        elif job.status == JobStatus.FAILED:
            message = job.error["message"] if job.error else "The job failed."
            self._add("task-failed", job.id, exception=f"JobFailedError({message!r})", traceback=message)
        elif job.status == JobStatus.SUCCEEDED:
            self._succeeded(job.id, seconds)

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
