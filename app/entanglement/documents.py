"""The bodies and responses of the routes of entanglement, each declared once."""

from typing import Annotated

from msgspec import Meta, Struct

from app.entanglement.limits import MAX_MEMBERS, MIN_MEMBERS
from app.rest.struct_schemas import DateTime, described
from app.vectors.bodies import ID

NewId = Annotated[str, described(**ID)]


class GroupInput(Struct, forbid_unknown_fields=True, frozen=True):
    """A group that is asked for; ``service.check`` checks what is only ``described``."""

    group_id: NewId
    entity_ids: Annotated[
        list[NewId],
        described("Ids of vectors that exist.", minItems=MIN_MEMBERS, maxItems=MAX_MEMBERS, uniqueItems=True),
    ]
    correlation_strength: Annotated[
        float, Meta(gt=0, le=1, description="How much of a member's change its partners take on.")
    ]


class GroupSummary(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One group."""

    group_id: str
    entities: Annotated[int, described("How many members it has.")]
    correlation_strength: Annotated[float, described("The one that was asked for.")]
    quantum_state_created: Annotated[
        bool, described("That the circuit of the group was run when it was made.")
    ]
    measured_correlation: Annotated[
        float, described("The mean of ⟨Z_i Z_j⟩ over all pairs of members, as the circuit gave it.")
    ]
    shots: Annotated[int, described("Of the circuit.")]
    seed: Annotated[int, described("Of the circuit.")]
    graph_status: Annotated[
        str, described("Whether the group stands in Neo4j as it is.", enum=["pending", "stored"])
    ]
    created_at: DateTime


class Group(GroupSummary, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One group with its members."""

    entity_ids: list[str]


class GroupDeleted(Struct, forbid_unknown_fields=True, frozen=True):
    """That a group was deleted."""

    group_id: str
    status: Annotated[str, described(enum=["deleted"])]


class GroupPagination(Struct, forbid_unknown_fields=True, frozen=True):
    """Where a page stands."""

    page: int
    size: int
    total: int
    pages: int
    total_is_estimate: bool


class GroupList(Struct, forbid_unknown_fields=True, frozen=True):
    """A page of groups."""

    results: list[GroupSummary]
    pagination: GroupPagination


class Partner(Struct, forbid_unknown_fields=True, frozen=True):
    """A vector that shares a group with another one."""

    id: str
    correlation: float
    group_id: str


class Partners(Struct, forbid_unknown_fields=True, frozen=True):
    """Who is entangled with a vector, once for each group that they share, the strongest first."""

    entity_id: str
    partners: list[Partner]


class Neighbor(Struct, forbid_unknown_fields=True, frozen=True):
    """A vector that was reached: by the strongest group over the fewest hops."""

    id: str
    distance: Annotated[int, described("How many hops away.")]
    correlation: Annotated[float, described("That of the last hop's group.")]
    group_id: Annotated[str, described("The last hop's group.")]
    via: Annotated[str, described("The vector one hop nearer.")]


class Neighborhood(Struct, forbid_unknown_fields=True, frozen=True):
    """Who is entangled with a vector over some hops, the nearest first."""

    entity_id: str
    hops: int
    neighbors: list[Neighbor]
    truncated: Annotated[bool, described("Whether there are more.")]
