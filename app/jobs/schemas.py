"""What goes in and out of the routes of jobs."""

from marshmallow import fields

from app.models import JobStatus
from app.rest.schemas import PageQuery, PageSchema
from app.rest.validation import OneOf, QueryInteger, Range, Schema

STATUSES = [status.value for status in JobStatus]


class JobErrorSchema(Schema):
    """Why a job failed, as a synchronous caller would have been told."""

    code = fields.String(required=True)
    message = fields.String(required=True)
    details = fields.Dict(keys=fields.String())


class JobSchema(Schema):
    """One job."""

    job_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True, validate=OneOf(STATUSES))
    progress = fields.Float(
        required=True, metadata={"description": "The part of the job's steps (parse, simulate, store) done."}
    )
    queue = fields.String(required=True)
    queue_position = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Queued jobs before this one, counted up to 1,000; null unless QUEUED."},
    )
    attempt = fields.Integer(required=True)
    max_attempts = fields.Integer(required=True)
    tags = fields.List(fields.String(), required=True)
    retry_of = fields.UUID(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    queued_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    error = fields.Nested(JobErrorSchema, required=True, allow_none=True)
    result = fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "description": "Of a succeeded job: where its result is, or, where one job of a kind without a "
            "place of its own is read, the result itself."
        },
    )


class JobListSchema(PageSchema):
    """One page of jobs."""

    jobs = fields.List(fields.Nested(JobSchema), required=True)


class JobListQuery(PageQuery):
    """Filters of the list of jobs; all that are given must hold."""

    status = fields.List(
        fields.String(validate=OneOf(STATUSES)), metadata={"description": "Any of these; repeatable."}
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
