"""The SQL that reads the audit trail and removes old entries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from app.database import locked_batch
from app.models import AuditEntry

EQUAL_COLUMNS = {
    "actor": AuditEntry.actor,
    "action": AuditEntry.action,
    "kind": AuditEntry.kind,
    "id": AuditEntry.subject_id,
}
"""The columns by the query parameters that they must be equal to."""


BY_AGE = (AuditEntry.at, AuditEntry.id)


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
    old = select(AuditEntry.id).where(AuditEntry.at < moment).order_by(AuditEntry.at)
    chosen = AuditEntry.id.in_(select(locked_batch(old, limit)))
    statement = delete(AuditEntry).where(chosen).returning(AuditEntry.id)
    return len(session.scalars(statement.execution_options(synchronize_session=False)).all())
