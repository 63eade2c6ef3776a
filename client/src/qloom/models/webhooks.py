"""Webhooks and their deliveries."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook; ``secret`` is set only in the answer that made it.

    Attributes:
        disabled_reason: Why Qloom disabled it; null if it did not.
        failing_since: The first failure after the last success; disabled after five days.
    """

    id: str
    url: str
    events: list[str]
    description: str | None
    enabled: bool
    disabled_reason: str | None
    failing_since: datetime | None
    previous_secret_expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt to deliver a message.

    Attributes:
        response: The first 1,000 characters of the response's body.
    """

    attempt: int
    at: datetime
    status_code: int | None
    duration_ms: float
    response: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a webhook, with its attempts.

    Attributes:
        message_id: The header webhook-id; the same in every attempt.
    """

    id: str
    webhook_id: str
    message_id: str
    event: str
    status: str
    redelivery_of: str | None
    attempts: list[DeliveryAttempt]
    next_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
