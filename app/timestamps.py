"""Times as answers write them: ISO 8601 in UTC, in each half of the API as its contract shows them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

TimeFormat: TypeAlias = Callable[[datetime], str]


def iso8601(moment: datetime) -> str:
    """Return a time in the form of ``/v2`` and of webhooks: ``2025-12-13T10:30:00Z``."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def iso8601_with_offset(moment: datetime) -> str:
    """Return a time in the form of ``/api``: ``2025-12-13T10:30:00+00:00``."""
    return moment.astimezone(UTC).isoformat()
