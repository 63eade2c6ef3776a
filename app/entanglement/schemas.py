"""What goes in and out of the routes of entanglement; the body of a group is read by ``GroupInput``."""

from typing import Annotated

import msgspec
from marshmallow import fields

from app.entanglement.limits import MAX_HOPS, MAX_MEMBERS, MAX_NEIGHBORS, MAX_PAGE_GROUPS, MIN_MEMBERS
from app.rest.pagination import MAX_COUNTED_ROWS
from app.rest.validation import OneOf, QueryInteger, Range, Schema
from app.vectors.limits import MAX_ID_CHARACTERS

ID = {"minLength": 1, "maxLength": MAX_ID_CHARACTERS, "pattern": r"^[^/\x00-\x1f\x7f-\x9f]*$"}
STRENGTH = {
    "minimum": 0,
    "exclusiveMinimum": True,
    "maximum": 1,
    "description": "How much of a member's change its partners take on.",
}


class GroupInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A group that is asked for."""

    group_id: str
    entity_ids: list[str]
    correlation_strength: Annotated[float, msgspec.Meta(gt=0, le=1)]


class GroupInputSchema(Schema):
    """A group to be made."""

    group_id = fields.String(required=True, metadata=ID)
    entity_ids = fields.List(
        fields.String(metadata=ID),
        required=True,
        metadata={
            "minItems": MIN_MEMBERS,
            "maxItems": MAX_MEMBERS,
            "uniqueItems": True,
            "description": "Ids of vectors that exist.",
        },
    )
    correlation_strength = fields.Float(required=True, metadata=STRENGTH)


class GroupSummarySchema(Schema):
    """One group."""

    group_id = fields.String(required=True)
    entities = fields.Integer(required=True, metadata={"description": "How many members it has."})
    correlation_strength = fields.Float(
        required=True, metadata={"description": "The one that was asked for."}
    )
    quantum_state_created = fields.Boolean(
        required=True, metadata={"description": "That the circuit of the group was run when it was made."}
    )
    measured_correlation = fields.Float(
        required=True,
        metadata={"description": "The mean of ⟨Z_i Z_j⟩ over all pairs of members, as the circuit gave it."},
    )
    shots = fields.Integer(required=True, metadata={"description": "Of the circuit."})
    seed = fields.Integer(required=True, metadata={"description": "Of the circuit."})
    graph_status = fields.String(
        required=True,
        validate=OneOf(["pending", "stored"]),
        metadata={"description": "Whether the group stands in Neo4j as it is."},
    )
    created_at = fields.AwareDateTime(required=True)


class GroupSchema(GroupSummarySchema):
    """One group with its members."""

    entity_ids = fields.List(fields.String(), required=True)


class GroupDeletedSchema(Schema):
    """That a group was deleted."""

    group_id = fields.String(required=True)
    status = fields.String(required=True, validate=OneOf(["deleted"]))


class GroupPageQuery(Schema):
    """Which page of the groups."""

    page = QueryInteger(
        load_default=1,
        validate=Range(min=1),
        metadata={"description": f"Ends at row {MAX_COUNTED_ROWS}."},
    )
    size = QueryInteger(load_default=50, validate=Range(min=1, max=MAX_PAGE_GROUPS))


class GroupPaginationSchema(Schema):
    """Where a page stands."""

    page = fields.Integer(required=True)
    size = fields.Integer(required=True)
    total = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    total_is_estimate = fields.Boolean(required=True)


class GroupListSchema(Schema):
    """A page of groups."""

    results = fields.List(fields.Nested(GroupSummarySchema), required=True)
    pagination = fields.Nested(GroupPaginationSchema, required=True)


class PartnerSchema(Schema):
    """A vector that shares a group with another one."""

    id = fields.String(required=True)
    correlation = fields.Float(required=True)
    group_id = fields.String(required=True)


class PartnersSchema(Schema):
    """Who is entangled with a vector, once for each group that they share, the strongest first."""

    entity_id = fields.String(required=True)
    partners = fields.List(fields.Nested(PartnerSchema), required=True)


class NeighborhoodQuery(Schema):
    """How far to go, and how many to find."""

    hops = QueryInteger(load_default=1, validate=Range(min=1, max=MAX_HOPS))
    limit = QueryInteger(load_default=100, validate=Range(min=1, max=MAX_NEIGHBORS))


class NeighborSchema(Schema):
    """A vector that was reached: by the strongest group over the fewest hops."""

    id = fields.String(required=True)
    distance = fields.Integer(required=True, metadata={"description": "How many hops away."})
    correlation = fields.Float(required=True, metadata={"description": "That of the last hop's group."})
    group_id = fields.String(required=True, metadata={"description": "The last hop's group."})
    via = fields.String(required=True, metadata={"description": "The vector one hop nearer."})


class NeighborhoodSchema(Schema):
    """Who is entangled with a vector over some hops, the nearest first."""

    entity_id = fields.String(required=True)
    hops = fields.Integer(required=True)
    neighbors = fields.List(fields.Nested(NeighborSchema), required=True)
    truncated = fields.Boolean(required=True, metadata={"description": "Whether there are more."})
