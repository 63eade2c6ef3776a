"""The states that a replay sends beside its events (``state=bloch``)."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import msgspec

from app.circuits.states.questions import AboutSteps
from app.errors import UnavailableError
from app.jobs import presenter, repository
from app.jobs import service as job_service
from app.jobs.service import JobServices
from app.models import TERMINAL_STATUSES, JobStatus
from app.rest.contracts import API
from app.states import responses, service
from app.states.specs import StatesJob, submission_of

POLL_SECONDS = 0.25
"""How long a wait for the job goes on before the client is listened to."""


def states_of_steps(
    jobs: JobServices, execution_id: UUID, owner: str | None, caller: str, listen: Callable[[], None]
) -> list[msgspec.Raw]:
    """Return, for each step, the qubits that it changed; compute them if they are not known yet.

    Args:
        listen: is called again and again while a worker computes; it ends the wait by an error.

    Raises:
        InvalidInputError, LimitExceededError: the states of this execution cannot be shown.
        UnavailableError: PostgreSQL or Redis is down, or the queue is full.
        AppError: the job failed or was cancelled.
    """
    database = jobs.connections.database
    asked = StatesJob(execution_id, AboutSteps())
    run = service.ask(database, execution_id, asked.question)
    answer = run.answer
    if answer is None:
        job_id = service.active_job(database, asked) or _submit(jobs, asked, owner, caller)
        _wait(jobs, job_id, listen)
        _, answer = service.answered(database, asked)
    return responses.step_states(answer)


def _submit(jobs: JobServices, asked: StatesJob, owner: str | None, caller: str) -> UUID:
    job_id = uuid4()
    submission = replace(submission_of(asked), owner=owner, caller=caller)
    with jobs.connections.database.unit_of_work() as unit:
        job_service.accept(unit, jobs, submission, job_id)
    return job_id


def _wait(jobs: JobServices, job_id: UUID, listen: Callable[[], None]) -> None:
    """Wait for the end of a job; while PostgreSQL is away, the wait goes on."""
    while True:
        listen()
        jobs.wake_ups.wait(job_id, POLL_SECONDS)
        try:
            with jobs.connections.database.reading() as session:
                job = repository.get(session, job_id)
        except UnavailableError:
            continue
        if job is None or job.status == JobStatus.SUCCEEDED:
            return
        if job.status in TERMINAL_STATUSES:
            raise presenter.error_of(job, API)
