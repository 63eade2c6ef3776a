"""API keys, tickets and the audit trail."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; ``key`` is set only in the answer that made it.

    Attributes:
        hint: How the key begins.
        last_used_at: Exact to about a minute.
    """

    id: str
    name: str
    role: str
    hint: str
    status: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that opens one WebSocket.

    Attributes:
        ticket: The value for ?ticket= of a route under /ws; it works once.
    """

    ticket: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who changed what.

    Attributes:
        actor: The id of an API key, or anonymous, operator or system.
        actor_name: The key's name as it was then.
        subject_id: null where many things changed at once.
    """

    id: str
    at: datetime
    actor: str
    actor_name: str
    action: str
    kind: str
    subject_id: str | None
    details: dict[str, Any] | None
