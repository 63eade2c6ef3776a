"""The published limits of entanglement (``GET /api/limits``)."""

from app.vectors.limits import MAX_ID_CHARACTERS

MIN_MEMBERS = 2

MAX_MEMBERS = 256

MAX_GROUPS_OF_A_VECTOR = 32
"""This bounds how many partners the change of one vector moves: at most 32 × 255."""

MAX_PAGE_GROUPS = 200

MAX_HOPS = 3

MAX_NEIGHBORS = 1_000

LIMITS: dict[str, object] = {
    "max_group_members": MAX_MEMBERS,
    "max_group_id_characters": MAX_ID_CHARACTERS,
    "max_groups_of_a_vector": MAX_GROUPS_OF_A_VECTOR,
    "max_neighborhood_hops": MAX_HOPS,
    "max_neighbors": MAX_NEIGHBORS,
}
"""By the names that errors give them."""
