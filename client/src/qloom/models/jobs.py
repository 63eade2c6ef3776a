"""Jobs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed."""

    code: str
    message: str
    details: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted piece of work.

    Attributes:
        progress: The part of the job's steps (parse, simulate, store) done.
        queue_position: Older queued jobs of the same queue, counted up to 1,000; null unless
            QUEUED. Callers take turns: a job of one who has fewer jobs running is run first.
        result: Of a succeeded job: where its result is, or, where one job of a kind without a place
            of its own is read, the result itself. Null of other jobs.
        circuit_name: The circuit that it runs, with its noise; null of kinds that run none.
        worker: The worker process that runs it, or ran it last.
        lease_expires_at: Until when its worker has it, unless that extends it; null unless it runs.
        request_id: That of the request that asked for it: the server's log lines about the job carry it.
    """

    job_id: str
    kind: str
    status: str
    progress: float
    queue: str
    queue_position: int | None
    attempt: int
    max_attempts: int
    tags: list[str]
    retry_of: str | None
    created_at: datetime
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: JobError | None
    result: Any
    worker: str | None = None
    lease_expires_at: datetime | None = None
    request_id: str | None = None
    circuit_name: str | None = None
