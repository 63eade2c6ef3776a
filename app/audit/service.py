"""What administrators and beat do with the audit trail: read it, and let old entries go."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.audit import repository
from app.audit.repository import AuditFilters
from app.database import Database
from app.models import AuditEntry
from app.rest.pagination import PageRequest, fetch_page
from app.timestamps import iso8601

BATCH = 1_000
"""Entries that one transaction removes."""


def read_page(session: Session, query: Mapping[str, Any]) -> dict[str, object]:
    """A page of the entries that fit the query, newest first."""
    request = PageRequest(query["size"], query.get("page"), query.get("cursor"))
    filters = AuditFilters(
        actor=query.get("actor"),
        action=query.get("action"),
        kind=query.get("kind"),
        subject_id=query.get("id"),
        since=query.get("since"),
        until=query.get("until"),
    )
    page = fetch_page(session, repository.matching(filters), request)
    pagination = {
        "page": request.number,
        "size": request.limit,
        "total": page.total,
        "pages": None if page.total is None else -(-page.total // request.limit),
        "total_is_estimate": page.total_is_estimate,
        "next_cursor": page.next_cursor,
        "previous_cursor": page.previous_cursor,
    }
    return {"results": [_document(row[0]) for row in page.rows], "pagination": pagination}


def remove_expired(database: Database, kept_days: int | None) -> int:
    """Remove what is older than ``kept_days`` (all is kept without), in bounded transactions; how many."""
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


def _document(entry: AuditEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "at": iso8601(entry.at),
        "actor": entry.actor,
        "actor_name": entry.actor_name,
        "action": entry.action,
        "kind": entry.kind,
        "subject_id": entry.subject_id,
        "details": entry.details,
    }
