"""What the comparison routes answer; they take what the execution routes take."""

from marshmallow import fields

from app.replay.schemas import CompareSchema


class ComparisonSchema(CompareSchema):
    """The clean execution (a) and the noisy one (b) side by side."""

    job_id = fields.UUID(required=True)
