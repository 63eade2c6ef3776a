"""What a kind of job is: what it declares beside its spec, and how its jobs are done. No kind is named here.

The defaults are the strictest: jobs of a kind that declares no more need a key, and keep their results.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable
from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import UnavailableError
from app.jobs.claiming import ClaimedJob
from app.jobs.running import RunningJob
from app.simulators.errors import ProcessLostError


@dataclass(frozen=True)
class KindDeclaration:
    """One kind of job.

    Attributes:
        name: the kind of its jobs; Flower shows them as tasks named ``qloom.<name>``.
        needs_key: whether its jobs are hidden from callers without a key, where routes are open to them.
        result_path: where the result of a job is read, by its id; ``None`` if the job's own row keeps it.
        on_failed: called in the transaction that fails a job, with its id and its error.
        on_cancelled: called in the transaction in which a cancelled job ends, with its id.
        on_retried: called in the transaction that stores a retry, with the ids of the failed job and of the
            new one; it copies the rows that belong to a job.
    """

    name: str
    needs_key: bool = True
    result_path: Callable[[UUID], str] | None = None
    on_failed: Callable[[Session, UUID, dict[str, Any]], None] | None = None
    on_cancelled: Callable[[Session, UUID], None] | None = None
    on_retried: Callable[[Session, UUID, UUID], None] | None = None


_declared: dict[str, KindDeclaration] = {}


def declare(kind: KindDeclaration) -> str:
    """Declare a kind of job and return its name."""
    _declared[kind.name] = kind
    return kind.name


def declaration_of(name: str) -> KindDeclaration:
    """Return the declaration of a kind."""
    return _declared.get(name) or KindDeclaration(name)


def declared_kinds() -> list[str]:
    """Return the names of all kinds."""
    return list(_declared)


def open_kinds() -> Set[str]:
    """Return the kinds whose jobs need no key where routes are open."""
    return {kind.name for kind in _declared.values() if not kind.needs_key}


def report_failure(session: Session, kind: str, job_id: UUID, error: dict[str, Any]) -> None:
    """Tell the kind of a job that it has failed, in the transaction that fails it."""
    on_failed = declaration_of(kind).on_failed
    if on_failed is not None:
        on_failed(session, job_id, error)


def report_cancel(session: Session, kind: str, job_id: UUID) -> None:
    """Tell the kind of a job that it has ended as cancelled, in the transaction in which it does."""
    on_cancelled = declaration_of(kind).on_cancelled
    if on_cancelled is not None:
        on_cancelled(session, job_id)


class TooCostlyError(Exception):
    """The job takes too long for this queue; it belongs on the heavy one."""


@contextmanager
def tried_again_while_away() -> Iterator[None]:
    """Let a job that reads PostgreSQL in this block be tried again if it is away; for ``Work.run``.

    Raises:
        ProcessLostError: it is away.
    """
    try:
        yield
    except UnavailableError as error:
        raise ProcessLostError(error.message) from error


class Work(Protocol):
    """How jobs of one kind are done."""

    def run(self, job: ClaimedJob, running: RunningJob) -> Any:
        """Do the work, outside any transaction, and return the result, which is stored and announced.

        For a ``Split`` (``app.jobs.shards``) the engine stores shards, and the last of them ends the job.

        Raises:
            AppError: the job fails, with this code and message.
            TooCostlyError: the job belongs on the heavy queue.
            ProcessLostError: the job's process died.
            CancelledError: the work was stopped through ``running``.
        """

    def announce(self, job: ClaimedJob, result: Any, stored: Any) -> bool:
        """Do what follows the commit, such as writing the graph.

        Returns:
            True if the waiters are to be woken now, False if the kind wakes them itself.
        """


class StoresResults(Work, Protocol):
    """A kind whose jobs the engine ends."""

    def store(self, session: Session, done: Sequence[tuple[ClaimedJob, Any]]) -> Sequence[Any]:
        """Write the results of jobs in the transaction that ends them; return what ``announce`` needs."""


@runtime_checkable
class EndsJobs(Work, Protocol):
    """A kind that ends its jobs and stores their results in one statement, which saves round trips."""

    def end(self, session: Session, done: Sequence[tuple[ClaimedJob, Any]]) -> Mapping[UUID, Any]:
        """End jobs as SUCCEEDED and write their results, as the first statement of a transaction.

        Returns:
            What ``announce`` needs, by the ids of the jobs whose claims still held and that nobody cancelled.
        """


JobKind: TypeAlias = StoresResults | EndsJobs


@runtime_checkable
class RunsTogether(Work, Protocol):
    """A kind whose small jobs (``Submission.is_small``) are done in one go."""

    def run_together(self, jobs: Sequence[ClaimedJob]) -> Sequence[Any]:
        """Do several small jobs, without raising.

        Returns:
            For each job its result, the ``AppError`` with which it fails, or ``None`` if it must run alone.
        """
