"""The SQL that reads the audit trail and removes old entries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from app.models import AuditEntry

EQUAL_COLUMNS = {
    "actor": AuditEntry.actor,
    "action": AuditEntry.action,
    "kind": AuditEntry.kind,
    "id": AuditEntry.subject_id,
}
"""The columns by the query parameters that they must be equal to."""


BY_AGE = (AuditEntry.at, AuditEntry.id)

REMOVE = text("""
    WITH old AS MATERIALIZED (
      SELECT id FROM audit_entries WHERE at < :moment ORDER BY at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    DELETE FROM audit_entries WHERE id IN (SELECT id FROM old) RETURNING id
""")


def matching(query: Mapping[str, Any]) -> Select[Any]:
    """Select the entries that fit all parameters, newest first; ``since`` is inclusive, ``until`` is not."""
    conditions = [column == query[name] for name, column in EQUAL_COLUMNS.items() if name in query]
    if "since" in query:
        conditions.append(AuditEntry.at >= query["since"])
    if "until" in query:
        conditions.append(AuditEntry.at < query["until"])
    return select(AuditEntry).where(*conditions).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())


def remove_before(session: Session, moment: datetime, limit: int) -> int:
    """Remove a batch of the entries from before a moment; return the number removed."""
    return len(session.execute(REMOVE, {"moment": moment, "limit": limit}).all())
