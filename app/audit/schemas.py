"""The query and the answer of the route of the audit trail."""

from marshmallow import fields

from app.audit.trail import Action, Kind
from app.rest.page_request import MAX_COUNTED_ROWS
from app.rest.schemas import PaginationSchema
from app.rest.validation import OneOf, QueryInteger, Range, Schema, Timestamp

MAX_PAGE_ENTRIES = 200

ACTIONS = [action.value for action in Action]
KINDS = [kind.value for kind in Kind]


class AuditQuery(Schema):
    """Selects entries; all given conditions must hold."""

    actor = fields.String(metadata={"description": "The id of an API key, or anonymous, operator or system."})
    action = fields.String(validate=OneOf(ACTIONS))
    kind = fields.String(validate=OneOf(KINDS))
    id = fields.String(metadata={"description": "The id of what was changed."})
    since = Timestamp(metadata={"description": "From this moment on."})
    until = Timestamp(metadata={"description": "Before this moment."})
    page = QueryInteger(
        validate=Range(min=1), metadata={"description": f"Ends at row {MAX_COUNTED_ROWS}.", "default": 1}
    )
    size = QueryInteger(load_default=50, validate=Range(min=1, max=MAX_PAGE_ENTRIES))
    cursor = fields.String(
        metadata={"description": "next_cursor or previous_cursor of another page, instead of page."}
    )


class AuditEntrySchema(Schema):
    id = fields.UUID(required=True)
    at = Timestamp(required=True)
    actor = fields.String(
        required=True, metadata={"description": "The id of an API key, or anonymous, operator or system."}
    )
    actor_name = fields.String(required=True, metadata={"description": "The key's name as it was then."})
    action = fields.String(required=True, validate=OneOf(ACTIONS))
    kind = fields.String(required=True, validate=OneOf(KINDS))
    subject_id = fields.String(
        required=True, allow_none=True, metadata={"description": "null where many things changed at once."}
    )
    details = fields.Dict(keys=fields.String(), required=True, allow_none=True)


class AuditPaginationSchema(PaginationSchema):
    previous_cursor = fields.String(required=True, allow_none=True)


class AuditPageSchema(Schema):
    results = fields.List(fields.Nested(AuditEntrySchema), required=True)
    pagination = fields.Nested(AuditPaginationSchema, required=True)
