"""Waiting for the end of a job, by requests that ask for its result and by long polls."""

import time
from dataclasses import dataclass
from uuid import UUID

from app.database import Database
from app.errors import UnavailableError
from app.jobs import repository
from app.jobs.notifier import POLL_SECONDS, WOKEN, WakeUps
from app.models import TERMINAL_STATUSES, JobStatus
from app.settings import Settings
from app.turns import end_turn

GRAPH_WAIT_SECONDS = 5.0
"""How long a response waits for the event graph of a job that has ended: writing one takes some 20 ms."""


def long_poll(
    database: Database, wake_ups: WakeUps, settings: Settings, job_id: UUID, seconds: float
) -> None:
    """Wait for the end of a job that somebody asks about, for at most ``max_wait_seconds``.

    The row is read first: the wake-up of a job that ended long ago has expired, and a job that does not exist
    gets none.
    """
    with database.reading() as session:
        status = repository.status_of(session, job_id)
    if status is not None and status not in TERMINAL_STATUSES:
        wait_for_end(database, wake_ups, job_id, min(seconds, settings.max_wait_seconds))


@dataclass(frozen=True)
class Waited:
    """The result of a wait for the end of a job; it has the response if that came with the wake-up."""

    has_ended: bool
    response: bytes | None = None


def wait_for_end(database: Database, wake_ups: WakeUps, job_id: UUID, seconds: float) -> Waited:
    """Wait until the job has ended and its graph was tried, for at most ``seconds``.

    1. The row is read after each wake-up and after each slice without one, so that a lost wake-up costs one
       slice. A wake-up with the response says all: the job has succeeded.
    2. A job that has ended waits for its graph at most ``GRAPH_WAIT_SECONDS`` more.
    3. While PostgreSQL is away the wait goes on: the job is accepted, and an error would say that it is not.
    """
    end_turn()
    deadline = time.monotonic() + seconds
    ended = False
    while (remaining := deadline - time.monotonic()) > 0:
        woken = wake_ups.wait(job_id, remaining)
        if woken is not None and woken != WOKEN:
            return Waited(has_ended=True, response=woken)
        try:
            with database.reading() as session:
                status = repository.status_of(session, job_id)
        except UnavailableError:
            time.sleep(min(remaining, POLL_SECONDS))
            continue
        if status is None:
            return Waited(has_ended=True)  # it was deleted meanwhile, which the caller finds when it reads it
        if status in TERMINAL_STATUSES and not ended:
            ended = True
            deadline = min(deadline, time.monotonic() + GRAPH_WAIT_SECONDS)
        if ended and (woken is not None or status is not JobStatus.SUCCEEDED):
            return Waited(has_ended=True)
    return Waited(ended)
