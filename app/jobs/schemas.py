"""The bodies and responses of the routes of jobs."""

from typing import Annotated, Any, NotRequired, TypedDict
from uuid import UUID

import msgspec
from marshmallow import fields

from app.models import JobStatus
from app.rest.pagination import Page
from app.rest.schemas import PageQuery
from app.rest.struct_schemas import DateTime, described
from app.rest.validation import OneOf, QueryInteger, Range, Schema


class JobError(TypedDict):
    """Why a job failed, as a synchronous caller would have been told."""

    code: str
    message: str
    details: NotRequired[dict[str, Any]]


class Job(msgspec.Struct):
    """One job."""

    job_id: UUID
    kind: str
    circuit_name: Annotated[
        str | None, described("The circuit that it runs, with its noise; null of kinds that run none.")
    ]
    status: JobStatus
    progress: Annotated[float, described("The part of the job's steps (parse, simulate, store) done.")]
    queue: str
    queue_position: Annotated[
        int | None,
        described(
            "Older queued jobs of the same queue, counted up to 1,000; null unless QUEUED. Callers take "
            "turns: a job of one who has fewer jobs running is run first."
        ),
    ]
    attempt: Annotated[int, described("How many workers have claimed it since it was queued.")]
    max_attempts: int
    worker: Annotated[str | None, described("The worker process that runs it, or ran it last.")]
    lease_expires_at: Annotated[
        DateTime | None,
        described(
            "Until when its worker has it; the worker extends it again and again. If it ends, the job is "
            "given to another. Null unless it runs."
        ),
    ]
    tags: list[str]
    retry_of: UUID | None
    request_id: Annotated[
        str | None,
        described("The X-Request-ID of the request that asked for it: log lines about the job carry it."),
    ]
    created_at: DateTime
    queued_at: DateTime
    started_at: DateTime | None
    finished_at: DateTime | None
    error: JobError | None
    result: Annotated[
        Any,
        described(
            "Of a succeeded job: where its result is, or, where one job of a kind without a place of its "
            "own is read, the result itself. Null of other jobs.",
        ),
    ]


class JobList(Page):
    """One page of jobs."""

    jobs: list[Job]


class JobListQuery(PageQuery):
    """Filters of the list of jobs; all that are given must hold."""

    status = fields.List(
        fields.String(validate=OneOf([str(status) for status in JobStatus])),
        metadata={"description": "Any of these; repeatable."},
    )
    kind = fields.String(metadata={"description": "`execute`, for example."})
    tag = fields.List(fields.String(), metadata={"description": "Jobs that have all of these tags."})


class WaitQuery(Schema):
    """How long to wait for a job to end."""

    wait = QueryInteger(
        load_default=0,
        validate=Range(min=0),
        metadata={"description": "Seconds to wait for the job's end; at most max_wait_seconds."},
    )
