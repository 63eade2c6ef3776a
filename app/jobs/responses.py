"""Responses to requests that make a job: its result if that comes in time, else 202 and where to look."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from uuid import UUID, uuid4

import msgspec
from flask import Response, request

from app.database import UnitOfWork
from app.errors import AppError, NotFoundError, TooManyRequestsError, UnavailableError
from app.idempotency import changes
from app.idempotency import keys as idempotency
from app.idempotency.keys import IdempotentRequest, StoredResponse
from app.jobs import presenter, repository, service
from app.jobs.queue_positions import place_of
from app.jobs.service import JobServices, Submission, Submitted
from app.jobs.waiting import Waited, wait_for_end
from app.models import Job, JobStatus
from app.rest.contracts import contract_of
from app.rest.errors import render_app_error
from app.rest.json import json_response
from app.rest.preference import Preference
from app.rest.principal import caller, current_principal
from app.rest.wiring import provided

RETRY_AFTER_SECONDS = 1
"""When to ask for the job of a 202 again."""

LOST = "The job is gone: deleted, or lost in a restart of the database. Send it again if it is still wanted."

MAY_WAIT_AFTER_SECONDS = 5
"""When a request that may not wait now can try again."""

Render = Callable[[UUID], bytes | Iterator[bytes]]
"""Returns the body for a job that has succeeded, in pieces if it is large.

Raises NotFoundError if the job did not succeed."""


class WaitingRequests:
    """Counts the requests of one web process that wait for jobs, and bounds them. Thread safe.

    A request that waits holds a connection of the web and one to Redis. Without the bound for each caller,
    one caller could take all of them.
    """

    def __init__(self, most: int, most_per_caller: int) -> None:
        self._most = most
        self._most_per_caller = most_per_caller
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    @contextmanager
    def admit(self, caller: str) -> Iterator[None]:
        """Count a request of this caller as waiting for the length of the block.

        Raises:
            TooManyRequestsError: as many of this caller or of all callers wait as may.
        """
        with self._lock:
            self._check(caller)
            self._counts[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._counts[caller] -= 1
                if not self._counts[caller]:
                    del self._counts[caller]

    def _check(self, caller: str) -> None:
        if self._counts[caller] >= self._most_per_caller:
            raise _too_many(
                f"{self._most_per_caller} of your requests wait for jobs already.",
                "max_waiting_requests_per_key",
            )
        if self._counts.total() >= self._most:
            raise _too_many(f"{self._most} requests wait for jobs already.", "max_waiting_requests")


def _too_many(message: str, limit: str) -> TooManyRequestsError:
    return TooManyRequestsError(
        f"{message} Ask without waiting, or try again shortly.",
        limit,
        MAY_WAIT_AFTER_SECONDS,
        code="too_many_waiting_requests",
    )


def admit_waiting() -> AbstractContextManager[None]:
    """Count the present request as waiting for the length of the block; see ``WaitingRequests.admit``."""
    return provided(WaitingRequests).admit(caller(current_principal().owner))


def result_response(submission: Submission, render: Render, running: UUID | None = None) -> Response:
    """Submit a job and respond as the caller prefers (RFC 7240): with its result, or 202.

    If a job is ``running`` that does the same, the response is that of it, and nothing is submitted.
    Where too many requests wait already, the job is accepted all the same and the response is 202.

    Raises:
        UnavailableError: PostgreSQL or Redis is down, or the queue is full; nothing is stored.
    """
    asked = _Request.current(submission, render)
    with ExitStack() as waiting:
        if asked.wait_seconds > 0:
            try:
                waiting.enter_context(admit_waiting())
            except TooManyRequestsError:
                asked = replace(asked, may_wait=False)
        return asked.respond() if running is None else asked.respond_by(running)


def accepted_response(submission: Submission) -> Response:
    """Submit a job and respond with 202, whatever the caller prefers; raises as ``result_response``."""
    return replace(_Request.current(submission, _nothing_to_render), may_wait=False).respond()


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
    def current(cls, submission: Submission, render: Render) -> "_Request":
        owner = current_principal().owner
        preference = Preference.from_headers(request.headers.getlist("Prefer"))
        idempotent = changes.idempotent_request()
        submission = replace(submission, owner=owner, caller=caller(owner))
        return cls(provided(JobServices), submission, render, preference, idempotent)

    @property
    def wait_seconds(self) -> float:
        settings = self.jobs.connections.settings
        if not self.may_wait:
            return 0.0
        if self.preference.wait_seconds is not None:
            return min(self.preference.wait_seconds, settings.max_wait_seconds)
        return 0.0 if self.preference.respond_async else settings.max_wait_seconds / 2

    def respond(self) -> Response:
        """Submit and respond; a repeat of an idempotent request gets the first response again."""
        job_id = uuid4()
        first = self._submit(job_id)
        if isinstance(first, StoredResponse):
            return changes.replayed_response(first)
        if isinstance(first, UUID):
            response = self._result_or_accepted(first, lambda: Waited(self.wait_seconds > 0))
            self._keep(first, response)
            response.headers[changes.REPLAYED_HEADER] = "true"
            return response
        if first.queued is not None:
            response = self._accepted(*first.queued)
        else:
            seconds = self.wait_seconds if first.is_notified else 0.0
            response = self._result_or_accepted(job_id, lambda: self._ends_within(job_id, seconds))
        self._keep(job_id, response)
        return response

    def respond_by(self, job_id: UUID) -> Response:
        """Respond by a job that another request has submitted."""
        seconds = self.wait_seconds
        return self._result_or_accepted(job_id, lambda: self._ends_within(job_id, seconds))

    def _submit(self, job_id: UUID) -> Submitted | StoredResponse | UUID:
        """Store the job and notify a worker; or return what the first request with this key came to.

        Returns:
            The submission, the first response, or the id of the first request's finished job.
        """
        with self._transaction() as unit:
            if self.idempotent is not None:
                first = idempotency.claim_key(unit.session, self.idempotent, job_id)
                if first is not None:
                    return first
            submission = replace(self.submission, is_awaited=self.wait_seconds > 0)
            submitted = service.accept(unit, self.jobs, submission, job_id)
        return submitted

    def _transaction(self) -> AbstractContextManager[UnitOfWork]:
        """Open the cheapest one that will do: a job that is waited for need not be on disk yet."""
        database, durable = self.jobs.connections.database, self.wait_seconds <= 0
        if self.idempotent is not None or self.submission.attach is not None:
            return database.unit_of_work(durable=durable)
        return database.autocommit(durable=durable)

    def _result_or_accepted(self, job_id: UUID, wait: Callable[[], Waited]) -> Response:
        """Return the result of a job that has ended, else 202; an error is a response too, to be kept."""
        try:
            waited = wait()
            if waited.has_ended:
                return self._result(job_id, waited.response)
            return self._accepted_after_all(job_id)
        except AppError as error:
            return render_app_error(error)

    def _ends_within(self, job_id: UUID, seconds: float) -> Waited:
        connections = self.jobs.connections
        return wait_for_end(connections.database, self.jobs.wake_ups, job_id, seconds)

    def _result(self, job_id: UUID, response_body: bytes | None) -> Response:
        """Return the result. It is read first, since most jobs succeed; the job is read if there is none."""
        try:
            response = json_response(self.render(job_id) if response_body is None else response_body)
        except NotFoundError as error:
            with self.jobs.connections.database.reading() as session:
                job = repository.get(session, job_id)
            if job is None:
                raise UnavailableError(LOST) from error
            if job.status == JobStatus.SUCCEEDED:
                raise  # its result was deleted meanwhile
            raise presenter.error_of(job, contract_of(request.path)) from error
        response.headers.update(self.preference.applied(respond_async=False, wait=True))
        return response

    def _accepted_after_all(self, job_id: UUID) -> Response:
        """Return 202. From here on no request waits for the job, so its row must be on disk."""
        with self.jobs.connections.database.unit_of_work() as unit:
            if not repository.make_durable(unit.session, job_id):
                raise UnavailableError(LOST)
        with self.jobs.connections.database.reading() as session:
            job = service.get(session, job_id)
            position = place_of(session, job)
        return self._accepted(job, position)

    def _accepted(self, job: Job, position: int | None) -> Response:
        """Return 202 for a job whose row is on disk."""
        contract = contract_of(request.path)
        response = json_response(msgspec.json.encode(presenter.job_document(job, contract, position)), 202)
        response.headers["Location"] = contract.job_url(job.id)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        waited_as_asked = self.wait_seconds == self.preference.wait_seconds
        response.headers.update(self.preference.applied(respond_async=True, wait=waited_as_asked))
        return response

    def _keep(self, job_id: UUID, response: Response) -> None:
        if self.idempotent is None or not idempotency.is_kept(response.status_code):
            return
        if response.is_streamed:
            return  # a repeat reads the job's result again: no second copy of a large one
        with self.jobs.connections.database.unit_of_work() as unit:
            idempotency.store_response(unit.session, self.idempotent, job_id, changes.stored(response))


def _nothing_to_render(job_id: UUID) -> bytes:
    raise LookupError(f"nobody waits for the result of job {job_id}")
