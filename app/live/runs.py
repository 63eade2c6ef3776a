"""``/ws/execute``: a job from its request to its counts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.connections import Connections
from app.errors import BadRequestError, UnavailableError
from app.executions.service import read_existing
from app.jobs import presenter, repository, service
from app.jobs.service import JobServices, Submission
from app.live import messages, submissions
from app.live import repository as recordings
from app.live.client import Client
from app.live.errors import SilentClientError
from app.live.schemas import decode_message, load_execution
from app.models import Job, JobStatus
from app.rest.contracts import API

Found = TypeVar("Found")

FIRST_MESSAGE_SECONDS = 30.0
POLL_SECONDS = 0.25
"""How often a job's row is read; its end wakes the stream at once."""

BATCH = 64
"""Events between two looks at whether the client is still there."""


class JobState(NamedTuple):
    """A job as its row was read, and how many stand before it in its queue."""

    job: Job
    queue_position: int | None

    def differs_from(self, other: "JobState") -> bool:
        """Whether there is something to tell."""
        return any(
            getattr(self.job, name) != getattr(other.job, name)
            for name in ("status", "queue", "attempt", "progress")
        ) or (self.queue_position != other.queue_position)


def stream_execution(client: Client, jobs: JobServices, owner: str | None = None) -> None:
    """Take one message, run what it asks for, and send job states, events and counts.

    The job is ``owner``'s; it goes on when the client leaves: its id was in the first message.

    Raises:
        InvalidInputError, NotFoundError: the message asks for nothing that can be run.
        UnavailableError: PostgreSQL or Redis is down, or the queue is full.
        TooManyRequestsError: the key has used up what it may.
        AppError: the job failed or was cancelled; as the REST route would have answered.
        ConnectionLostError, TooManyMessagesError, StreamsStoppingError: see ``Client``.
    """
    connections = jobs.connections
    submitted = _submit(jobs, replace(_asked_for(client, connections), owner=owner))
    for job, position in _states(jobs, submitted, client):
        client.tell([messages.job_message(job, position)])
    if job.status != JobStatus.SUCCEEDED:
        raise presenter.error_of(job, API)
    recording = _patiently(client, lambda: read_existing(connections.database, job.id, recordings.find))
    events = messages.split_events(recording.events)
    for start in range(0, len(events), BATCH):
        _expect_silence(client)
        positions = range(start, min(start + BATCH, len(events)))
        client.tell(messages.event_messages(events, positions))
    client.tell([messages.counts_message(recording)])


def _asked_for(client: Client, connections: Connections) -> Submission:
    message = client.hear(FIRST_MESSAGE_SECONDS)
    if message is None:
        raise SilentClientError(
            f"No message within {FIRST_MESSAGE_SECONDS:g} s; send what to execute as the first one."
        )
    body, is_named = load_execution(decode_message(message))
    submission = submissions.library_submission if is_named else submissions.program_submission
    return submission(body, connections.settings.run_limits)


def _submit(jobs: JobServices, submission: Submission) -> JobState:
    """Store the job and notify a worker of it; return the job as it was before that."""
    job_id = uuid4()
    with jobs.connections.database.unit_of_work() as unit:
        service.accept(unit, jobs, submission, job_id)
        return _state(unit.session, job_id)


def _states(jobs: JobServices, submitted: JobState, client: Client) -> Iterator[JobState]:
    """The job each time that its row has changed, until it has ended.

    Raises:
        NotFoundError: the job was deleted meanwhile.
    """
    last = submitted
    yield last
    while not JobStatus(last.job.status).is_terminal:
        _expect_silence(client)
        jobs.wake_ups.wait(last.job.id, POLL_SECONDS)
        state = _patiently(client, lambda: _read_state(jobs.connections, submitted.job.id))
        if state.differs_from(last):
            yield state
        last = state


def _read_state(connections: Connections, job_id: UUID) -> JobState:
    with connections.database.reading() as session:
        return _state(session, job_id)


def _state(session: Session, job_id: UUID) -> JobState:
    job = service.get(session, job_id)
    return JobState(job, repository.queue_position(session, job))


def _patiently(client: Client, read: Callable[[], Found]) -> Found:
    """Read while PostgreSQL may be away: the job is accepted, and an error would say that it is not."""
    while True:
        try:
            return read()
        except UnavailableError:
            _expect_silence(client, POLL_SECONDS)


def _expect_silence(client: Client, seconds: float = 0) -> None:
    """Notice that the client has left, and refuse messages that nobody would read."""
    if client.hear(seconds) is not None:
        raise BadRequestError(
            "This stream takes one message. To replay at a speed of your own, connect to /ws/replay/{job_id}."
        )
