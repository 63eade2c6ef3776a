"""The outbox: each event is one row, written in the transaction of the change that it reports.

An event is therefore sent if and only if its change was committed. If no enabled webhook subscribed to it,
the same statement writes nothing. Later a worker's sender makes the deliveries (``app.webhooks.sender``).
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import cast

import msgspec
from sqlalchemy import Table
from sqlalchemy.orm import Session

from app.direct_sql import run_plain
from app.models import Webhook, WebhookEvent

MAX_LISTED_IDS = 1_000
MAX_LISTED_BYTES = 64 * 1024
"""An event of a batch lists at most so many ids, and so many bytes of ids: receivers refuse large bodies."""

WEBHOOKS = cast(Table, Webhook.__table__)
EVENTS = cast(Table, WebhookEvent.__table__)


class EventType(StrEnum):
    VECTOR_INSERTED = "vector.inserted"
    VECTOR_UPDATED = "vector.updated"
    VECTOR_DELETED = "vector.deleted"
    ENTANGLEMENT_CREATED = "entanglement.created"
    ENTANGLEMENT_UPDATED = "entanglement.updated"
    ENTANGLEMENT_DELETED = "entanglement.deleted"
    EXECUTION_SUCCEEDED = "execution.succeeded"
    EXECUTION_FAILED = "execution.failed"
    SWEEP_SUCCEEDED = "sweep.succeeded"
    SWEEP_FAILED = "sweep.failed"
    SWEEP_CANCELLED = "sweep.cancelled"
    COHERENCE_CLEANED = "coherence.cleaned"


ALL = "*"

FAMILIES = tuple(dict.fromkeys(event.partition(".")[0] for event in EventType))

PATTERNS = (*EventType, *(f"{family}.*" for family in FAMILIES), ALL)
"""What a webhook can subscribe to: one event, a family (``vector.*``), or all present and future events."""

PUBLISH = (
    b"INSERT INTO webhook_events (type, data) SELECT %(event_type)s::text, %(event_data)s::text"
    b" WHERE EXISTS (SELECT FROM webhooks WHERE enabled AND events && %(event_patterns)s::text[])"
)
"""Sent by the driver, since every change runs it."""


def patterns_of(event_type: EventType) -> list[str]:
    """Return the patterns that match an event: webhooks that subscribed to one of them get it."""
    return [event_type.value, event_type.partition(".")[0] + ".*", ALL]


def publish(session: Session, event_type: EventType, data: Mapping[str, object]) -> None:
    """Write the event of a change in the change's transaction, if a webhook subscribed to it."""
    values = {
        "event_type": event_type.value,
        "event_data": msgspec.json.encode(data).decode(),
        "event_patterns": patterns_of(event_type),
    }
    run_plain(session, PUBLISH, values)


def publish_ids(session: Session, event_type: EventType, ids: Sequence[str]) -> None:
    """Write one event for a change of many things, as ``listed`` describes it; none if nothing changed."""
    if ids:
        publish(session, event_type, listed(ids))


def listed(ids: Sequence[str]) -> dict[str, object]:
    """Return the ``data`` of an event about many things: the first ids, and how many there were in all.

    The ids end at ``MAX_LISTED_IDS`` and ``MAX_LISTED_BYTES``; ``ids_truncated`` says whether they did.
    """
    kept: list[str] = []
    size = 0
    for each in ids:
        size += len(each.encode())
        if len(kept) == MAX_LISTED_IDS or size > MAX_LISTED_BYTES:
            break
        kept.append(each)
    return {"ids": kept, "count": len(ids), "ids_truncated": len(kept) < len(ids)}
