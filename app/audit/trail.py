"""Writing the audit trail: one row for each change, in the change's own transaction."""

from collections.abc import Mapping
from enum import StrEnum
from typing import cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from app.audit.actor import current_actor
from app.models import AuditEntry


class Action(StrEnum):
    """What was done."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    CANCELLED = "cancelled"
    ROTATED = "rotated"
    REVOKED = "revoked"
    CLEANED = "cleaned"


class Kind(StrEnum):
    """To what it was done."""

    VECTOR = "vector"
    ENTANGLEMENT_GROUP = "entanglement_group"
    QUANTUM_STATE = "quantum_state"
    WEBHOOK = "webhook"
    KEY = "key"
    JOB = "job"
    EXECUTION = "execution"


ENTRIES = cast(Table, AuditEntry.__table__)
INSERT = insert(ENTRIES).inline()


def record(
    session: Session,
    action: Action,
    kind: Kind,
    subject_id: str | None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Note that the current actor did this, if the session's transaction is committed.

    A change of many things at once is one entry: without ``subject_id``, with their ``count`` in ``details``.
    ``details`` are plain JSON values, never numbers of vectors and never secrets.
    """
    actor = current_actor()
    session.execute(
        INSERT,
        {
            "actor": actor.id,
            "actor_name": actor.name,
            "action": action,
            "kind": kind,
            "subject_id": subject_id,
            "details": None if details is None else dict(details),
        },
    )
