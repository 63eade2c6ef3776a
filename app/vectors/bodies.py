"""The bodies that routes of vectors read, each declared once: as it is decoded and as OpenAPI describes it.

``app.vectors.vector_input`` and the services check the bounds of ``described``: their messages name the
place, what was wrong and what would be right.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.rest.page_request import MAX_COUNTED_ROWS
from app.rest.struct_schemas import described, reference_to
from app.settings.limits import MAX_DIMENSION
from app.vectors import limits

ID = {"minLength": 1, "maxLength": limits.MAX_ID_CHARACTERS, "pattern": r"^[^/\x00-\x1f\x7f-\x9f]*$"}
NUMBERS = "false leaves the vectors' numbers out."
CONTEXT = "Only vectors that stand in this context."
PAGE = f"Ends at row {MAX_COUNTED_ROWS}."
CURSOR = "next_cursor of another page, instead of page."

Numbers = Annotated[
    list[Annotated[float, described(minimum=-limits.LARGEST_COMPONENT, maximum=limits.LARGEST_COMPONENT)]],
    described(minItems=1, maxItems=MAX_DIMENSION),
]
CoherenceTime = Annotated[
    float | None,
    described(
        "How long the state stays coherent, from the last write on; null: without end.",
        exclusiveMinimum=0,
        maximum=limits.MAX_COHERENCE_TIME_MS,
    ),
]


class ContextInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A context that a vector stands in, and its part of the vector's state."""

    name: Annotated[str, described(minLength=1, maxLength=limits.MAX_CONTEXT_CHARACTERS)]
    weight: Annotated[float, described(exclusiveMinimum=0)]


Contexts = Annotated[list[ContextInput], described(maxItems=limits.MAX_CONTEXTS)]


class VectorDescription(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """All that a stored vector has beside its numbers."""

    id: Annotated[
        str,
        described(
            "None that clients resolve as a part of a path, and no name of a route.",
            **ID,
            **{"not": {"enum": [*limits.DOT_SEGMENTS, *limits.ROUTE_NAMES]}},
        ),
    ]
    contexts: Contexts = []
    coherence_time_ms: CoherenceTime = None
    metadata: dict[str, Any] = {}


class VectorInput(VectorDescription, frozen=True, kw_only=True):
    """A vector to be stored, not checked yet."""

    vector: Numbers


class VectorChange(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The changes of a vector; members that are not set stay unchanged."""

    vector: Numbers | UnsetType = UNSET
    contexts: Contexts | UnsetType = UNSET
    coherence_time_ms: CoherenceTime | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


class BatchInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A batch; its items are decoded one by one, so that a bad one spoils no other."""

    vectors: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra_json_schema=reference_to(VectorInput))]],
        described(minItems=1, maxItems=limits.MAX_BATCH_VECTORS),
    ]
    transaction: Annotated[bool, described("true: all or nothing; false: what is good is stored.")] = True


class DeleteInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Which vectors to delete: either by their ids or by a filter of their metadata."""

    ids: Annotated[
        list[Annotated[str, described(**ID)]] | UnsetType,
        described(minItems=1, maxItems=limits.MAX_BATCH_VECTORS),
    ] = UNSET
    filter: Annotated[
        dict[str, Any] | UnsetType,
        described("As in queries; not empty. One request deletes at most max_batch_vectors."),
    ] = UNSET


class SelectionInput(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which vectors to read: all, or those that fit a filter and stand in a context."""

    filter: Annotated[dict[str, Any] | UnsetType, described("As in queries.")] = UNSET
    context: Annotated[str | UnsetType, described(CONTEXT)] = UNSET
    include_vector: Annotated[bool, described(NUMBERS)] = True


class ReadInput(SelectionInput, frozen=True, kw_only=True):
    """A page of the selected vectors; or, with ``ids``, those, and nothing else but ``include_vector``."""

    ids: Annotated[list[str] | UnsetType, described(minItems=1, maxItems=limits.MAX_READ_VECTORS)] = UNSET
    page: Annotated[int, Meta(ge=1, description=PAGE, extra_json_schema={"default": 1})] | UnsetType = UNSET
    size: Annotated[int, Meta(ge=1, le=limits.MAX_PAGE_VECTORS)] = limits.DEFAULT_PAGE_VECTORS
    cursor: Annotated[str | UnsetType, described(CURSOR)] = UNSET
