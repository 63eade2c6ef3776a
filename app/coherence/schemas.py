"""What goes out of the route of decoherence."""

from marshmallow import fields

from app.rest.validation import Schema


class DecoherenceSchema(Schema):
    """What a cleanup did."""

    states_cleaned = fields.Integer(required=True)
    memory_freed_mb = fields.Float(
        required=True, metadata={"description": "Of the removed rows, by pg_column_size, in 1,000,000 bytes."}
    )
    execution_time_ms = fields.Float(required=True)
    complete = fields.Boolean(
        required=True, metadata={"description": "false: time was up, and another call goes on."}
    )
