"""The query parameters and the answers of the routes of vectors; ``bodies`` has what they read."""

from marshmallow import fields

from app.rest.schemas import PaginationSchema
from app.rest.validation import OneOf, QueryBoolean, QueryInteger, Range, Schema
from app.vectors.bodies import CONTEXT, CURSOR, NUMBERS, PAGE
from app.vectors.limits import DEFAULT_PAGE_VECTORS, MAX_CONTEXT_CHARACTERS, MAX_PAGE_VECTORS

FILTER = (
    'JSON text of a filter: `{"metadata.source": "arxiv", "metadata.year": {"$gte": 2020}}`. Operators: $eq '
    "$ne $gt $gte $lt $lte $in $nin $exists $and $or $not."
)


class UpsertQuery(Schema):
    """What to do with ids that are taken."""

    upsert = QueryBoolean(load_default=False, metadata={"description": "Replace the vectors that exist."})


class ChangeQuery(Schema):
    """What to do with the metadata of a change."""

    metadata = fields.String(
        load_default="merge",
        validate=OneOf(["merge", "replace"]),
        metadata={"description": "merge: keys that are not given stay."},
    )


class NumbersQuery(Schema):
    """Whether answers carry the vectors' numbers."""

    include_vector = QueryBoolean(load_default=True, metadata={"description": NUMBERS})


class SelectionQuery(NumbersQuery):
    """Which vectors."""

    filter = fields.String(metadata={"description": FILTER})
    context = fields.String(metadata={"description": CONTEXT})


class ListQuery(SelectionQuery):
    """A page of vectors, or those with some ids."""

    page = QueryInteger(validate=Range(min=1), metadata={"description": PAGE, "default": 1})
    size = QueryInteger(load_default=DEFAULT_PAGE_VECTORS, validate=Range(min=1, max=MAX_PAGE_VECTORS))
    cursor = fields.String(metadata={"description": CURSOR})
    id = fields.List(fields.String(), metadata={"description": "Read these vectors instead; repeatable."})
    ids = fields.String(metadata={"description": "The same with commas between the ids."})


class StateSchema(Schema):
    """The record of a vector's quantum state."""

    num_qubits = fields.Integer(required=True)
    coherent = fields.Boolean(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)


class ContextSchema(Schema):
    """A context, and its part of the vector's state; the weights of a vector are scaled to a sum of 1."""

    name = fields.String(required=True, metadata={"minLength": 1, "maxLength": MAX_CONTEXT_CHARACTERS})
    weight = fields.Float(required=True, metadata={"minimum": 0, "exclusiveMinimum": True})


class VectorSchema(Schema):
    """One vector; `vector` is left out with `include_vector=false`."""

    id = fields.String(required=True)
    vector = fields.List(fields.Float())
    contexts = fields.List(fields.Nested(ContextSchema), required=True)
    coherence_time_ms = fields.Float(required=True, allow_none=True)
    metadata = fields.Dict(keys=fields.String(), required=True)
    quantum_state = fields.Nested(
        StateSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null once decoherence cleanup has removed it."},
    )
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class VectorListSchema(Schema):
    """A page of vectors with its `pagination`; or, where ids were asked for, those and the `missing` ids."""

    results = fields.List(fields.Nested(VectorSchema), required=True)
    pagination = fields.Nested(PaginationSchema)
    missing = fields.List(fields.String())


class InsertedSchema(Schema):
    """That a vector was stored."""

    id = fields.String(required=True)
    status = fields.String(required=True, validate=OneOf(["inserted", "updated"]))
    quantum_encoded = fields.Boolean(
        required=True, metadata={"description": "That its state was recorded; no circuit was run."}
    )
    timestamp = fields.AwareDateTime(required=True)


class UpdatedSchema(Schema):
    """That a vector was changed."""

    id = fields.String(required=True)
    status = fields.String(required=True, validate=OneOf(["updated"]))
    entangled_partners_updated = fields.Integer(required=True)
    quantum_propagation = fields.Boolean(
        required=True, metadata={"description": "Whether an entangled partner was moved."}
    )


class DeletedSchema(Schema):
    """That a vector was deleted."""

    id = fields.String(required=True)
    status = fields.String(required=True, validate=OneOf(["deleted"]))
    entanglements_removed = fields.Integer(required=True)


class DeletedManySchema(Schema):
    """How many vectors were deleted; by ids also which were not there, by filter whether more are left."""

    deleted = fields.Integer(required=True)
    missing = fields.List(fields.String())
    more = fields.Boolean()


class ItemErrorSchema(Schema):
    """Why an item of a batch was not stored."""

    code = fields.String(required=True)
    detail = fields.String(required=True)


class ItemSchema(Schema):
    """What became of one item of a batch."""

    index = fields.Integer(required=True)
    id = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=OneOf(["inserted", "updated", "failed"]))
    error = fields.Nested(ItemErrorSchema)


class BatchAnswerSchema(Schema):
    """What became of a batch; `inserted` counts what was stored, replaced ones too."""

    inserted = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    transaction_id = fields.String(required=True)
    quantum_batch = fields.Boolean(
        required=True, metadata={"description": "That the states of all that were stored are recorded."}
    )
    results = fields.List(fields.Nested(ItemSchema))
