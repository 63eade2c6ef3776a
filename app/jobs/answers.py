"""The answer to a request that makes a job: its result if that comes in time, else 202 and where to look."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
from flask import Flask, Response, request

from app.api_keys import rate_limits as limits
from app.database import UnitOfWork
from app.errors import AppError, NotFoundError, TooManyRequestsError, UnavailableError
from app.idempotency import changes
from app.idempotency import keys as idempotency
from app.idempotency.keys import IdempotentRequest, StoredAnswer
from app.jobs import presenter, repository, service
from app.jobs.allowance import check_allowance
from app.jobs.service import Submission
from app.jobs.waits import Waits
from app.jobs.wiring import JobServices
from app.models import JobStatus
from app.rest.errors import render_app_error
from app.rest.json import json_response
from app.rest.preference import Preference
from app.rest.principal import current_principal
from app.rest.wiring import provide, provided
from app.settings import Settings

RETRY_AFTER_SECONDS = 1
"""When to ask for the job of a 202 again."""

LOST = "The job is gone: deleted, or lost in a restart of the database. Send it again if it is still wanted."

Render = Callable[[UUID], bytes | Iterator[bytes]]
"""Gives the body of the 200 answer of a job that has succeeded, in pieces if it is large.

Raises NotFoundError if the job did not succeed."""


def register(app: Flask, settings: Settings) -> None:
    """Bound the requests that wait for jobs."""
    provide(app, Waits(settings.max_waiting_requests, settings.max_waiting_requests_per_key))


def place() -> AbstractContextManager[None]:
    """A place among the requests that wait, for the length of the block; raises as ``Waits.place``."""
    return provided(Waits).place(limits.caller(current_principal().owner))


def run(submission: Submission, render: Render) -> Response:
    """Submit a job and answer as the caller prefers (RFC 7240): with its result, or 202.

    Where too many requests wait already, the job is accepted all the same and the answer is 202.

    Raises:
        UnavailableError: PostgreSQL or Redis is down, or the queue is full; nothing is stored.
    """
    preference = Preference.from_headers(request.headers.getlist("Prefer"))
    return _Request.current(submission, render, preference).answer()


def accept(submission: Submission) -> Response:
    """Submit a job and answer 202, whatever the caller prefers.

    Raises:
        UnavailableError: as ``run``.
    """
    return _Request.current(submission, _nothing_to_render, Preference(respond_async=True)).answer()


@dataclass(frozen=True)
class _Request:
    """One request that makes a job."""

    jobs: JobServices
    submission: Submission
    render: Render
    preference: Preference
    idempotent: IdempotentRequest | None
    may_wait: bool = True

    @classmethod
    def current(cls, submission: Submission, render: Render, preference: Preference) -> "_Request":
        owned = replace(submission, owner=current_principal().owner)
        return cls(provided(JobServices), owned, render, preference, _idempotent_request(owned.owner))

    def answer(self) -> Response:
        """Submit and answer; a repeat of an idempotent request gets the first answer again."""
        if self._wait_seconds() <= 0:
            return self._answer()
        with ExitStack() as waiting:
            try:
                waiting.enter_context(place())
            except TooManyRequestsError:
                return replace(self, may_wait=False)._answer()
            return self._answer()

    def _answer(self) -> Response:
        job_id = uuid4()
        first = self._submit(job_id)
        if isinstance(first, StoredAnswer):
            return changes.replayed(first)
        wait_seconds = self._wait_seconds()
        if isinstance(first, UUID):
            answer = self._answer_once(first, lambda: wait_seconds > 0)
            self._keep(first, answer)
            answer.headers[changes.REPLAYED] = "true"
            return answer
        answer = self._answer_once(job_id, lambda: self._ends_within(job_id, wait_seconds if first else 0.0))
        self._keep(job_id, answer)
        return answer

    def _submit(self, job_id: UUID) -> bool | StoredAnswer | UUID:
        """Store the job and notify a worker; or return what the first request with this key came to.

        Returns:
            Whether a worker was notified, the first answer, or the id of the first request's finished job.
        """
        settings = self.jobs.connections.settings
        with self._transaction() as unit:
            if self.idempotent is not None:
                kept = timedelta(hours=settings.idempotency_hours)
                first = idempotency.claim_key(unit.session, self.idempotent, job_id, kept)
                if first is not None:
                    return first
            service.check_admission(self.jobs.notifier, settings.max_queued_jobs)
            check_allowance(unit.session, self.submission.owner, settings)
            submitted = service.submit(
                unit, self.jobs.notifier, self.submission, settings.max_attempts, job_id
            )
        return submitted.is_notified

    def _transaction(self) -> AbstractContextManager[UnitOfWork]:
        """The cheapest one that will do: what is answered at once is on disk, what waits need not be."""
        database = self.jobs.connections.database
        if self._wait_seconds() <= 0:
            return database.unit_of_work()
        if self.idempotent is not None:
            return database.unit_of_work(durable=False)
        return database.single_statement()

    def _answer_once(self, job_id: UUID, has_ended: Callable[[], bool]) -> Response:
        """The result of a job that ``has_ended``, else 202; errors are answers too, to be kept."""
        try:
            return self._ended(job_id) if has_ended() else self._accepted(job_id)
        except AppError as error:
            return render_app_error(error)

    def _ends_within(self, job_id: UUID, seconds: float) -> bool:
        connections = self.jobs.connections
        return service.wait_for_end(
            connections.database, self.jobs.wake_ups, connections.settings, job_id, seconds
        )

    def _ended(self, job_id: UUID) -> Response:
        """The result, asked for first since most jobs succeed; the job is read only where there is none."""
        try:
            answer = json_response(self.render(job_id))
        except NotFoundError as error:
            with self.jobs.connections.database.reading() as session:
                job = repository.get(session, job_id)
            if job is None:
                raise UnavailableError(LOST) from error
            if job.status == JobStatus.SUCCEEDED:
                raise  # its result was deleted meanwhile
            raise presenter.error_of(job) from error
        answer.headers.update(self.preference.applied(respond_async=False, wait=True))
        return answer

    def _accepted(self, job_id: UUID) -> Response:
        """202: from here on the job is nobody's to wait for, so its row must be on disk."""
        with self.jobs.connections.database.unit_of_work() as unit:
            if not repository.make_durable(unit.session, job_id):
                raise UnavailableError(LOST)
        with self.jobs.connections.database.reading() as session:
            job = service.get(session, job_id)
            document = presenter.job_document(
                job, changes.time_format(), repository.queue_position_if_queued(session, job)
            )
        answer = json_response(msgspec.json.encode(document), 202)
        answer.headers["Location"] = _job_url(job_id)
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        answer.headers.update(self.preference.applied(respond_async=True, wait=self.may_wait))
        return answer

    def _wait_seconds(self) -> float:
        settings = self.jobs.connections.settings
        if not self.may_wait:
            return 0.0
        if self.preference.wait_seconds is not None:
            return min(self.preference.wait_seconds, settings.max_wait_seconds)
        return 0.0 if self.preference.respond_async else settings.sync_wait_seconds

    def _keep(self, job_id: UUID, answer: Response) -> None:
        if self.idempotent is None or not idempotency.is_kept(answer.status_code):
            return
        if answer.is_streamed:
            return  # a repeat reads the job's result again: no second copy of a large one
        with self.jobs.connections.database.unit_of_work() as unit:
            idempotency.store_answer(unit.session, self.idempotent, job_id, changes.stored(answer))


def _job_url(job_id: UUID) -> str:
    """Where the job is shown, in the half of the API that made it."""
    return f"{changes.jobs_path()}/{job_id}"


def _idempotent_request(owner: str | None) -> IdempotentRequest | None:
    header = request.headers.get("Idempotency-Key")
    return None if header is None else changes.idempotent_request(header, owner)


def _nothing_to_render(job_id: UUID) -> bytes:
    raise LookupError(f"nobody waits for the result of job {job_id}")
