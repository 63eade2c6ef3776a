"""Writing the audit trail: one row for each change, in the change's own transaction."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from sqlalchemy.orm import Session

from app.direct_sql import run_plain


class Action(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    CANCELLED = "cancelled"
    ROTATED = "rotated"
    REVOKED = "revoked"
    CLEANED = "cleaned"


class Kind(StrEnum):
    VECTOR = "vector"
    ENTANGLEMENT_GROUP = "entanglement_group"
    QUANTUM_STATE = "quantum_state"
    WEBHOOK = "webhook"
    KEY = "key"
    JOB = "job"
    EXECUTION = "execution"
    SWEEP = "sweep"
    DEVICE = "device"


@dataclass(frozen=True)
class Actor:
    """Who acts: the id and the name of an API key, or one of those below."""

    id: str
    name: str


ANONYMOUS = Actor("anonymous", "a caller without a key")
"""A caller of ``/api`` in the development profile."""

OPERATOR = Actor("operator", "the command line")

SYSTEM = Actor("system", "Qloom itself")
"""Workers and beat."""

_acting: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)

INSERT = (
    b"INSERT INTO audit_entries (actor, actor_name, action, kind, subject_id, details) VALUES"
    b" (%(actor)s, %(actor_name)s, %(action)s, %(kind)s, %(subject_id)s, %(details)s::jsonb)"
)
"""Sent by the driver: every change is recorded, and SQLAlchemy would take as long as PostgreSQL."""


def act_as(actor: Actor) -> None:
    """Let this context (a request, a command) act for ``actor`` from now on."""
    _acting.set(actor)


@contextmanager
def on_behalf_of(owner: str | None, name: str) -> Iterator[None]:
    """Act for the key ``owner``, if there is one, within the block; the trail calls it ``name``."""
    token = _acting.set(SYSTEM if owner is None else Actor(owner, name))
    try:
        yield
    finally:
        _acting.reset(token)


def record(
    session: Session,
    action: Action,
    kind: Kind,
    subject_id: str | None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Record that the current actor did this, if the session's transaction is committed.

    A change of many things at once is one entry: without ``subject_id``, with their ``count`` in ``details``.
    ``details`` are plain JSON values, never numbers of vectors and never secrets.
    """
    actor = _acting.get()
    run_plain(
        session,
        INSERT,
        {
            "actor": actor.id,
            "actor_name": actor.name,
            "action": action.value,
            "kind": kind.value,
            "subject_id": subject_id,
            "details": None if details is None else msgspec.json.encode(details).decode(),
        },
    )
