"""Schemas that several features share."""

from marshmallow import fields

from app.rest.pagination import MAX_LIMIT
from app.rest.validation import QueryInteger, Range, Schema


class PageQuery(Schema):
    """The page of a list."""

    page = QueryInteger(validate=Range(min=1), metadata={"description": "Ends at row 100,000.", "default": 1})
    limit = QueryInteger(load_default=10, validate=Range(min=1, max=MAX_LIMIT))
    cursor = fields.String(
        metadata={"description": "next_cursor or previous_cursor of another page, instead of page."}
    )


class PageSchema(Schema):
    """The members of a page beside its rows, as ``RowPage.envelope`` gives them."""

    page = fields.Integer(required=True, allow_none=True)
    limit = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)
    total_is_estimate = fields.Boolean(
        required=True, metadata={"description": "Above 100,000 the total may be PostgreSQL's estimate."}
    )
    next_cursor = fields.String(required=True, allow_none=True)
    previous_cursor = fields.String(required=True, allow_none=True)


class PaginationSchema(Schema):
    """Where a page stands; `page`, `total` and `pages` are null when reading by cursor."""

    page = fields.Integer(required=True, allow_none=True)
    size = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)
    pages = fields.Integer(required=True, allow_none=True)
    total_is_estimate = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)
