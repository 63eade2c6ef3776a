"""``/ws/execute``: a stream sends the states of a job, then its events and counts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.circuits.spec import NoiseSpec, RunLimits
from app.connections import Connections
from app.database import Database
from app.errors import BadRequestError, UnavailableError
from app.executions import repository as executions
from app.executions import specs
from app.executions.service import noise_of, program_submission, read_existing, run_options
from app.jobs import presenter, service
from app.jobs.queue_positions import place_of
from app.jobs.service import JobServices, Submission
from app.live import messages
from app.live.client import Client
from app.live.errors import SilentClientError
from app.live.schemas import decode_message, load_execution
from app.models import TERMINAL_STATUSES, Job, JobStatus
from app.rest.contracts import API

Found = TypeVar("Found")

FIRST_MESSAGE_SECONDS = 30.0
POLL_SECONDS = 0.25
"""How often a job's row is read; the end of the job also wakes the stream."""

BATCH = 64
"""Events that are sent between two checks of whether the client has left."""

NOISE_OPTIONS = {"noise_type": "type", "noise_level": "level"}
"""The noisy route's names for the members of a noise model."""


class JobState(NamedTuple):
    """A job as its row was read, and its position in its queue."""

    job: Job
    queue_position: int | None

    def differs_from(self, other: "JobState") -> bool:
        """Return whether the client must be told of a change."""
        return any(
            getattr(self.job, name) != getattr(other.job, name)
            for name in ("status", "queue", "attempt", "progress")
        ) or (self.queue_position != other.queue_position)


def stream_execution(client: Client, jobs: JobServices, owner: str | None, caller: str) -> None:
    """Receive one message, run what it asks for, and send the job's states, its events and its counts.

    The job belongs to ``owner``; it takes turns as ``caller``'s. It goes on when the client leaves,
    who got its id in the first message.

    Raises:
        InvalidInputError, NotFoundError: what the message asks for cannot be run.
        UnavailableError: PostgreSQL or Redis is down, or the queue is full.
        TooManyRequestsError: the key has used its limit up.
        AppError: the job failed or was cancelled; the same error that the REST route raises.
        BadRequestError: the tenth message after the first one.
        ConnectionLostError, TooManyMessagesError, StreamsStoppingError: see ``Client``.
    """
    connections = jobs.connections
    submitted = _submit(jobs, replace(_requested(client, connections), owner=owner, caller=caller))
    for job, position in _states(jobs, submitted, client):
        client.send([messages.job_message(job, position)])
    if job.status != JobStatus.SUCCEEDED:
        raise presenter.error_of(job, API)
    execution = _patiently(client, lambda: read_existing(connections.database, job.id, executions.find))
    events = messages.split_events(execution.events)
    for start in range(0, len(events), BATCH):
        _expect_silence(client)
        positions = range(start, min(start + BATCH, len(events)))
        client.send(messages.event_messages(events, positions))
    client.send([messages.counts_message(execution)])


def _requested(client: Client, connections: Connections) -> Submission:
    message = client.receive(FIRST_MESSAGE_SECONDS)
    if message is None:
        raise SilentClientError(
            f"No message within {FIRST_MESSAGE_SECONDS:g} s; send what to execute as the first one."
        )
    body, limits = load_execution(decode_message(message)), connections.settings.run_limits
    if "circuit_name" in body:
        return _library_submission(body, limits, connections.database)
    return program_submission(body, {}, limits, connections.database)


def _library_submission(body: Mapping[str, Any], limits: RunLimits, database: Database) -> Submission:
    options = run_options("body", body, _noise(body, database))
    parameters = {name: body[name] for name in specs.PARAMETERS if name in body}
    spec = specs.library_spec(body["circuit_name"], parameters, options, limits)
    return specs.submission_of(spec, body.get("tags", []))


def _noise(body: Mapping[str, Any], database: Database) -> NoiseSpec | None:
    if "noise" in body:
        return noise_of(body["noise"], database)
    named = {member: body[name] for name, member in NOISE_OPTIONS.items() if name in body}
    return noise_of(named, database) if named else None


def _submit(jobs: JobServices, submission: Submission) -> JobState:
    """Store the job and notify a worker of it; return its state from before the notification."""
    job_id = uuid4()
    with jobs.connections.database.unit_of_work() as unit:
        service.accept(unit, jobs, submission, job_id)
        return _state(unit.session, job_id)


def _states(jobs: JobServices, submitted: JobState, client: Client) -> Iterator[JobState]:
    """Yield the job each time that its row has changed, until it has ended.

    Raises:
        NotFoundError: the job was deleted meanwhile.
    """
    last = submitted
    yield last
    while last.job.status not in TERMINAL_STATUSES:
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
    return JobState(job, place_of(session, job))


def _patiently(client: Client, read: Callable[[], Found]) -> Found:
    """Repeat a read while PostgreSQL is away: an error would say that the job was not accepted."""
    while True:
        try:
            return read()
        except UnavailableError:
            _expect_silence(client, POLL_SECONDS)


def _expect_silence(client: Client, seconds: float = 0) -> None:
    """Raise if the client has left; answer any message with an error, since nothing is done with it."""
    if client.receive(seconds) is not None:
        client.tell_mistake(
            BadRequestError(
                "This stream takes one message. To replay at your own speed, connect to /ws/replay/{job_id}."
            )
        )
