"""The SQL of API keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.direct_sql import Reader, run_plain
from app.models import ApiKey, Role

_keys: Any = ApiKey.__table__
_FOUND = "SELECT id, name, role, revoked_at, coalesce(expires_at <= now(), false) FROM api_keys"
_BY_DIGEST = f"{_FOUND} WHERE digest = %(digest)s".encode()
_BY_ID = f"{_FOUND} WHERE id = %(id)s".encode()
_NOTE_USE = (
    update(_keys)
    .where(_keys.c.id == bindparam("key_id"))
    .where(or_(_keys.c.last_used_at.is_(None), _keys.c.last_used_at < func.now() - timedelta(minutes=1)))
    .values(last_used_at=func.now())
)

BY_AGE = (ApiKey.created_at, ApiKey.id)


class FoundKey(NamedTuple):
    """The properties of a key that every request needs."""

    id: UUID
    name: str
    role: str
    revoked_at: datetime | None
    is_expired: bool


def find_by_digest(reader: Reader, digest: bytes) -> FoundKey | None:
    """Return the key with this digest, also a revoked or expired one."""
    return _found(run_plain(reader, _BY_DIGEST, {"digest": digest}))


def find_by_id(reader: Reader, key_id: UUID) -> FoundKey | None:
    """Return the key with this id, also a revoked or expired one."""
    return _found(run_plain(reader, _BY_ID, {"id": key_id}))


def _found(rows: Sequence[tuple[Any, ...]]) -> FoundKey | None:
    return FoundKey(*rows[0]) if rows else None


def note_use(session: Session, key_id: UUID) -> None:
    """Set when a key was last used, unless that was done within the last minute."""
    session.execute(_NOTE_USE, {"key_id": key_id})


def add_if_absent(session: Session, values: dict[str, Any]) -> bool:
    """Insert a key unless its digest exists; return whether it was inserted. Several may try at once."""
    statement = insert(ApiKey).values(values).on_conflict_do_nothing(index_elements=["digest"])
    return session.execute(statement.returning(ApiKey.id)).first() is not None


def add(session: Session, values: dict[str, Any]) -> ApiKey:
    key = ApiKey(**values)
    session.add(key)
    session.flush()
    return key


def newest_first() -> Select[Any]:
    """Select all keys, also revoked and expired ones."""
    return select(ApiKey).order_by(ApiKey.created_at.desc(), ApiKey.id.desc())


def lock(session: Session, key_id: UUID) -> ApiKey | None:
    """Return the key with this id, locked until the transaction ends."""
    return session.scalar(select(ApiKey).where(ApiKey.id == key_id).with_for_update())


def lock_live_admins(session: Session) -> Sequence[UUID]:
    """Return the ids of the admins' working keys in order, locked until the transaction ends."""
    is_live = ApiKey.revoked_at.is_(None) & or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now())
    statement = select(ApiKey.id).where(ApiKey.role == Role.ADMIN, is_live)
    return session.scalars(statement.order_by(ApiKey.id).with_for_update()).all()


def database_time(session: Session) -> datetime:
    """Return the database's time, by which keys expire."""
    return session.scalars(select(func.now())).one()
