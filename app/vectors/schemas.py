"""The query parameters of the routes of vectors."""

from marshmallow import fields

from app.rest.validation import OneOf, QueryBoolean, QueryInteger, Range, Schema
from app.vectors.bodies import CONTEXT, CURSOR, NUMBERS, PAGE
from app.vectors.limits import DEFAULT_PAGE_VECTORS, MAX_PAGE_VECTORS

FILTER = (
    'JSON text of a filter: `{"metadata.source": "arxiv", "metadata.year": {"$gte": 2020}}`. Operators: $eq '
    "$ne $gt $gte $lt $lte $in $nin $exists $and $or $not."
)


class UpsertQuery(Schema):
    """What to do with ids that are taken."""

    upsert = QueryBoolean(load_default=False, metadata={"description": "Replace the vectors that exist."})


class ConfirmQuery(Schema):
    """That every vector is meant."""

    confirm = fields.String(
        required=True, validate=OneOf(["all"]), metadata={"description": "all: every vector is deleted."}
    )


class ChangeQuery(Schema):
    """What to do with the metadata of a change."""

    metadata = fields.String(
        load_default="merge",
        validate=OneOf(["merge", "replace"]),
        metadata={"description": "merge: keys that are not given stay."},
    )


class NumbersQuery(Schema):
    """Whether responses have the vectors' numbers."""

    include_vector = QueryBoolean(load_default=True, metadata={"description": NUMBERS})


class SelectionQuery(NumbersQuery):
    """The vectors to read or list."""

    filter = fields.String(metadata={"description": FILTER})
    context = fields.String(metadata={"description": CONTEXT})


class ListQuery(SelectionQuery):
    """A page of vectors, or those with some ids."""

    page = QueryInteger(validate=Range(min=1), metadata={"description": PAGE, "default": 1})
    size = QueryInteger(load_default=DEFAULT_PAGE_VECTORS, validate=Range(min=1, max=MAX_PAGE_VECTORS))
    cursor = fields.String(metadata={"description": CURSOR})
    id = fields.List(fields.String(), metadata={"description": "Read these vectors instead; repeatable."})
    ids = fields.String(metadata={"description": "The same with commas between the ids."})
