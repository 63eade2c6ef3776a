"""The outbox: an event is one row, written in the transaction of the change that it tells of.

So an event is sent if and only if the change was committed. Where no enabled webhook wants it, the same
statement writes nothing. A worker's sender makes the deliveries of it later (``app.webhooks.sender``).
"""

from collections.abc import Mapping, Sequence
from typing import cast

import msgspec
from sqlalchemy import ARRAY, Table, Text, bindparam, exists, insert, select
from sqlalchemy.orm import Session

from app.models import Webhook, WebhookEvent
from app.webhooks.events import EventType, listed, patterns_of

WEBHOOKS = cast(Table, Webhook.__table__)
EVENTS = cast(Table, WebhookEvent.__table__)

# Built once, since every change runs it.
PUBLISH = insert(EVENTS).from_select(
    ["type", "data"],
    select(bindparam("event_type", type_=Text), bindparam("event_data", type_=Text)).where(
        exists().where(
            WEBHOOKS.c.enabled,
            WEBHOOKS.c.events.op("&&")(bindparam("event_patterns", type_=ARRAY(Text))),
        )
    ),
)
"""Takes the parameters of ``parameters``; can also be a CTE of the statement that makes the change."""


def parameters(event_type: EventType, data: Mapping[str, object]) -> dict[str, object]:
    """The parameters of ``PUBLISH``."""
    return {
        "event_type": event_type.value,
        "event_data": msgspec.json.encode(data).decode(),
        "event_patterns": patterns_of(event_type),
    }


def publish(session: Session, event_type: EventType, data: Mapping[str, object]) -> None:
    """Tell of a change in its own transaction: one statement, and one row if anybody wants to know."""
    session.execute(PUBLISH, parameters(event_type, data))


def publish_ids(session: Session, event_type: EventType, ids: Sequence[str]) -> None:
    """Tell of a change to many things as one event that lists the first ids; of a change to none, nothing."""
    if ids:
        publish(session, event_type, listed(ids))
