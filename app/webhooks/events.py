"""The events that webhooks can ask for, and what their ``data`` holds."""

from collections.abc import Sequence
from enum import StrEnum

MAX_LISTED_IDS = 1_000
"""An event of a batch lists so many ids at most; ``count`` says how many there were."""

MAX_LISTED_BYTES = 64 * 1024
"""And so many bytes of ids: receivers commonly refuse large bodies."""


class EventType(StrEnum):
    """What can happen."""

    VECTOR_INSERTED = "vector.inserted"
    VECTOR_UPDATED = "vector.updated"
    VECTOR_DELETED = "vector.deleted"
    ENTANGLEMENT_CREATED = "entanglement.created"
    ENTANGLEMENT_UPDATED = "entanglement.updated"
    ENTANGLEMENT_DELETED = "entanglement.deleted"
    EXECUTION_SUCCEEDED = "execution.succeeded"
    EXECUTION_FAILED = "execution.failed"
    COHERENCE_CLEANED = "coherence.cleaned"


TEST_EVENT = "webhook.test"
"""Sent on request to one webhook, whatever it asked for."""

ALL = "*"

FAMILIES = tuple(dict.fromkeys(event.partition(".")[0] for event in EventType))

PATTERNS = (*EventType, *(f"{family}.*" for family in FAMILIES), ALL)
"""What a webhook may ask for: an event, all of a family (``vector.*``), all there are and will be (``*``)."""


def patterns_of(event_type: str) -> list[str]:
    """The patterns that an event fits."""
    return [event_type, event_type.partition(".")[0] + ".*", ALL]


def listed(ids: Sequence[str]) -> dict[str, object]:
    """The ``data`` of an event about many things: the first ids, and how many there were in all.

    A change of thousands is one event, not thousands: the ids end at ``MAX_LISTED_IDS`` and at
    ``MAX_LISTED_BYTES``, and ``ids_truncated`` says whether they did.
    """
    kept: list[str] = []
    size = 0
    for each in ids:
        size += len(each.encode())
        if len(kept) == MAX_LISTED_IDS or size > MAX_LISTED_BYTES:
            break
        kept.append(each)
    return {"ids": kept, "count": len(ids), "ids_truncated": len(kept) < len(ids)}
