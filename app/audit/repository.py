"""The SQL that reads and thins out the audit trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import Session

from app.models import AuditEntry


@dataclass(frozen=True)
class AuditFilters:
    """Which entries are shown; all that are set must hold. ``since`` is inclusive, ``until`` is not."""

    actor: str | None = None
    action: str | None = None
    kind: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def matching(filters: AuditFilters) -> Select[Any]:
    """The entries that fit, newest first."""
    conditions: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (AuditEntry.actor, filters.actor),
            (AuditEntry.action, filters.action),
            (AuditEntry.kind, filters.kind),
            (AuditEntry.subject_id, filters.subject_id),
        )
        if value is not None
    ]
    if filters.since is not None:
        conditions.append(AuditEntry.at >= filters.since)
    if filters.until is not None:
        conditions.append(AuditEntry.at < filters.until)
    return select(AuditEntry).where(*conditions).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())


def remove_before(session: Session, moment: datetime, limit: int) -> int:
    """Remove a batch of the entries of before a time; the number removed."""
    old = (
        select(AuditEntry.id)
        .where(AuditEntry.at < moment)
        .order_by(AuditEntry.at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("old")
        .prefix_with("MATERIALIZED")
    )
    gone = delete(AuditEntry).where(AuditEntry.id.in_(select(old.c.id))).returning(AuditEntry.id).cte("gone")
    statement: Select[Any] = select(func.count()).select_from(gone)
    return int(session.execute(statement).scalar_one())
