"""All SQL on API keys."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import ApiKey

_keys: Any = ApiKey.__table__
_EXPIRED = func.coalesce(_keys.c.expires_at <= func.now(), False).label("is_expired")
_FOUND = select(_keys.c.id, _keys.c.name, _keys.c.role, _keys.c.revoked_at, _EXPIRED)
_BY_DIGEST = _FOUND.where(_keys.c.digest == bindparam("digest"))


class FoundKey(NamedTuple):
    """What every request asks of its key."""

    id: UUID
    name: str
    role: str
    revoked_at: datetime | None
    is_expired: bool


def find_by_digest(session: Session, digest: bytes) -> FoundKey | None:
    """The key with this digest, dead or alive."""
    row = session.execute(_BY_DIGEST, {"digest": digest}).first()
    return None if row is None else FoundKey(*row)


def add_if_absent(session: Session, values: dict[str, Any]) -> bool:
    """Store a key unless one with its digest is there; whether it was stored. Several may try at once."""
    statement = insert(ApiKey).values(values).on_conflict_do_nothing(index_elements=["digest"])
    return session.execute(statement.returning(ApiKey.id)).first() is not None


def add(session: Session, values: dict[str, Any]) -> ApiKey:
    """Store a key."""
    key = ApiKey(**values)
    session.add(key)
    session.flush()
    return key
