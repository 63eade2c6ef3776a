"""Times as every answer writes them."""

from datetime import UTC, datetime


def iso8601(moment: datetime) -> str:
    """ISO 8601 in UTC with its offset, as the contracts' examples have it."""
    return moment.astimezone(UTC).isoformat()
