"""Jobs: list, read, wait, cancel, retry."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from qloom.calls import Answer, Call, Flow, Repeat, as_type, ask, get, path, query, send_json, texts
from qloom.errors import ConflictError, JobCancelledError, JobFailedError, WaitTimeoutError
from qloom.models.jobs import Job
from qloom.operations import D, Page, PageCall, Resource, listing, operation
from qloom.progress import Bar, Progress
from qloom.reading import read
from qloom.retries import IN_FLIGHT

POLL_SECONDS = 25
"""How long one long poll waits: less than the usual time-outs of proxies."""

PROGRESS_SECONDS = 1
"""How long one long-poll waits while a bar shows the progress."""

SPARE_SECONDS = 30.0
"""How much longer than its wait a long-poll may take."""

ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


def job_id_of(job: Job | str) -> str:
    """Return the id of a job, which may be given by its id."""
    return job if isinstance(job, str) else job.job_id


def read_job(job_id: str, wait: int = 0) -> Call[Job]:
    """Return the call that reads a job, after at most ``wait`` seconds."""
    call = get(path("api", "jobs", job_id), Job, wait=wait or None)
    return Call(call.method, call.path, call.read, call.params, seconds=wait + SPARE_SECONDS)


def wait_for_end(job: Job | str, timeout: float | None, progress: Progress = False) -> Flow[Job]:
    """Poll a job until it has ended, with any status.

    Raises:
        WaitTimeoutError: it still runs after ``timeout`` seconds.
    """
    job_id = job_id_of(job)
    deadline = None if timeout is None else time.monotonic() + timeout
    most = PROGRESS_SECONDS if progress else POLL_SECONDS
    bar, percent = Bar(progress, 100, "%"), 0
    found = (yield from ask(read_job(job_id))) if isinstance(job, str) else job
    try:
        while found.status not in ENDED:
            left = most if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise WaitTimeoutError(found, timeout or 0.0)
            found = yield from ask(read_job(job_id, max(1, min(most, int(left)))))
            bar.advance(round(100 * found.progress) - percent)
            percent = round(100 * found.progress)
        if percent < round(100 * found.progress):  # it had ended before the first wait
            bar.advance(round(100 * found.progress) - percent)
    finally:
        bar.close()
    return found


def succeed(job: Job | str, timeout: float | None) -> Flow[Job]:
    """Wait for a job that is to succeed.

    Raises:
        JobFailedError, JobCancelledError: it did not.
        WaitTimeoutError: it still runs after ``timeout`` seconds.
    """
    ended = yield from wait_for_end(job, timeout)
    if ended.status == "FAILED":
        raise JobFailedError(ended)
    if ended.status == "CANCELLED":
        raise JobCancelledError(ended)
    return ended


def run_to_result(
    call: Call[Any], kind: Callable[[Answer], Any], result: Callable[[Job], Call[Any]], timeout: float | None
) -> Flow[Any]:
    """Carry out a call that answers with its result, or with 202 and a job."""

    def either(answer: Answer) -> Any:
        return read(Job, answer.json()) if answer.status == 202 else kind(answer)

    found = yield from _or_its_job(replace(call, read=either))
    if isinstance(found, Job):
        ended = yield from succeed(found, timeout)
        found = yield from ask(result(ended))
    return found


def submit(call: Call[Job]) -> Flow[Job]:
    """Carry out a call that answers with 202 and a job."""
    return _or_its_job(call)


def _or_its_job(call: Call[Any]) -> Flow[Any]:
    """Carry out a call that makes a job, or read the job that an earlier attempt made and that still runs."""
    try:
        return (yield from ask(call))
    except ConflictError as error:
        if error.code != IN_FLIGHT:
            raise
        job_id = str(error.document["location"]).rpartition("/")[2]
    return (yield from ask(read_job(job_id)))


def page_of(kind: type[Any], name: str, answer: Answer) -> Page[Any]:
    """Read one page of a list, whose items the document has under ``name``."""
    document = answer.json()
    numbers = document.get("pagination", document)
    return Page(
        read(list[kind], document[name]),  # type: ignore[valid-type]
        numbers.get("total"),
        bool(numbers.get("total_is_estimate", False)),
        numbers.get("next_cursor"),
    )


def get_page(where: str, kind: type[Any], member: str, /, **params: Any) -> Call[Page[Any]]:
    """Return the call of one page of a list."""
    return Call("GET", where, lambda answer: page_of(kind, member, answer), query(**params))


class Jobs(Resource[D]):
    """Jobs: every piece of accepted work, whether it was waited for or not."""

    @operation
    def list(
        self,
        *,
        status: str | list[str] | None = None,
        kind: str | None = None,
        tags: list[str] | None = None,
        limit: int = 10,
        page: int | None = None,
        cursor: str | None = None,
    ) -> Call[Page[Job]]:
        """List jobs, newest first, one page.

        Args:
            status: any of these, for example ``"RUNNING"``.
            tags: jobs that have all of these tags.
            limit: at most so many; the server allows ``max_page_limit``.
            page: from 1.
            cursor: ``next_cursor`` of another page, instead of ``page``.
        """
        return get_page(
            "/api/jobs",
            Job,
            "jobs",
            status=status,
            kind=kind,
            tag=tags,
            limit=limit,
            page=page,
            cursor=cursor,
        )

    @listing
    def all(
        self, *, status: str | None = None, kind: str | None = None, tags: tuple[str, ...] = ()
    ) -> PageCall[Job]:
        """Iterate over all jobs, newest first."""
        return lambda cursor: get_page(
            "/api/jobs",
            Job,
            "jobs",
            status=status,
            kind=kind,
            tag=texts("tags", tags),
            limit=50,
            cursor=cursor,
        )

    @operation
    def get(self, job_id: str) -> Call[Job]:
        """Read one job as it is now."""
        return read_job(job_id)

    @operation
    def wait(self, job: Job | str, timeout: float | None = None, *, progress: Progress = False) -> Flow[Job]:
        """Wait until a job has ended, with any status. A wait never changes the job.

        Args:
            job: a job or its id.
            timeout: seconds; ``None``: without end.
            progress: ``True`` for a bar; or a function that is called with the percentage done, and 100.

        Raises:
            WaitTimeoutError: it still runs.
        """
        return wait_for_end(job, timeout, progress)

    @operation
    def wait_for_success(self, job: Job | str, timeout: float | None = None) -> Flow[Job]:
        """Wait for a job that is to succeed.

        Raises:
            JobFailedError, JobCancelledError: it did not.
            WaitTimeoutError: it still runs after ``timeout`` seconds.
        """
        return succeed(job, timeout)

    @operation
    def cancel(self, job: Job | str) -> Call[Job]:
        """Cancel a queued or a running job; a second call has no effect."""
        return Call("DELETE", path("api", "jobs", job_id_of(job)), as_type(Job))

    @operation
    def retry(self, job: Job | str) -> Call[Job]:
        """Run a failed job again, as a new job."""
        where = path("api", "jobs", job_id_of(job), "retry")
        return send_json("POST", where, as_type(Job), repeat=Repeat.KEYED)
