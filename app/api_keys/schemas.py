"""The bodies, queries and answers of the routes of API keys."""

from marshmallow import ValidationError, fields

from app.key_format import MAX_NAME_CHARACTERS, name_problem
from app.models import Role
from app.rest.page_request import MAX_COUNTED_ROWS
from app.rest.pagination import MAX_LIMIT
from app.rest.schemas import PaginationSchema
from app.rest.validation import OneOf, QueryInteger, Range, Schema, Timestamp, TypedMessage

DEFAULT_OVERLAP_SECONDS = 24 * 3600
MAX_OVERLAP_SECONDS = 7 * 24 * 3600

ROLES = OneOf([role.value for role in Role])
STATES = OneOf(["active", "expired", "revoked"])


def check_name(name: str) -> None:
    """Refuse a name that is empty, too long or holds control characters."""
    if problem := name_problem(name):
        raise ValidationError(TypedMessage(problem, "value_error.name"))


class NewKeyBody(Schema):
    name = fields.String(
        required=True,
        validate=check_name,
        metadata={
            "description": "Whose key it is, or its purpose; lists show it.",
            "minLength": 1,
            "maxLength": MAX_NAME_CHARACTERS,
        },
    )
    role = fields.String(
        required=True,
        validate=ROLES,
        metadata={"description": "reader: read; writer: also run and store; admin: everything."},
    )
    expires_at = Timestamp(
        allow_none=True,
        metadata={"description": "RFC 3339 with an offset; null or left out: never."},
    )


class RotateBody(Schema):
    """How long the old key works on."""

    overlap_seconds = fields.Integer(
        strict=True,
        load_default=DEFAULT_OVERLAP_SECONDS,
        validate=Range(min=0, max=MAX_OVERLAP_SECONDS),
        metadata={"description": "How long the old key still works."},
    )


class KeyListQuery(Schema):
    """Selects a page of the keys, newest first."""

    page = QueryInteger(
        validate=Range(min=1), metadata={"description": f"Ends at row {MAX_COUNTED_ROWS}.", "default": 1}
    )
    size = QueryInteger(load_default=MAX_LIMIT, validate=Range(min=1, max=MAX_LIMIT))
    cursor = fields.String(metadata={"description": "next_cursor of another page, instead of page."})


class KeySchema(Schema):
    """An API key as it is shown, without the key itself."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=ROLES)
    hint = fields.String(required=True, metadata={"description": "How the key begins."})
    status = fields.String(required=True, validate=STATES)
    created_at = Timestamp(required=True)
    expires_at = Timestamp(required=True, allow_none=True)
    revoked_at = Timestamp(required=True, allow_none=True)
    last_used_at = Timestamp(
        required=True, allow_none=True, metadata={"description": "Exact to about a minute."}
    )


class CreatedKeySchema(KeySchema):
    """A new API key; only this answer shows it."""

    key = fields.String(required=True, metadata={"description": "Shown once and not stored."})


class KeyPaginationSchema(PaginationSchema):
    class Meta(Schema.Meta):
        exclude = ("total_is_estimate",)


class KeyListSchema(Schema):
    results = fields.List(fields.Nested(KeySchema), required=True)
    pagination = fields.Nested(KeyPaginationSchema, required=True)


class TicketSchema(Schema):
    ticket = fields.String(
        required=True, metadata={"description": "For ?ticket= of a route under /ws; it works once."}
    )
    expires_at = Timestamp(required=True)
