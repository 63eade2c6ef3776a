"""The regular task of the audit trail: it removes old entries."""

from datetime import UTC, datetime, timedelta

from app.audit import repository
from app.database import Database

BATCH = 1_000
"""Entries that one transaction removes."""


def remove_expired(database: Database, kept_days: int | None) -> int:
    """Remove what is older than ``kept_days`` in bounded transactions; ``None`` keeps all entries.

    Returns the number removed.
    """
    if kept_days is None:
        return 0
    before = datetime.now(UTC) - timedelta(days=kept_days)
    removed = 0
    while True:
        with database.unit_of_work() as unit:
            batch = repository.remove_before(unit.session, before, BATCH)
        removed += batch
        if batch < BATCH:
            return removed
