"""The operations on API keys: create, check, revoke, rotate.

Every function that takes a ``key_id`` raises NotFoundError if there is no such key.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app import audit
from app import key_format as keys
from app.api_keys import repository
from app.api_keys.repository import FoundKey
from app.audit import Action, Kind
from app.errors import ConflictError, InvalidInputError, NotFoundError, UnauthenticatedError, UnknownKeyError
from app.models import ApiKey, Role

MALFORMED = f"This is no API key: one begins with {keys.PREFIX} and ends with a checksum, which differs here."
BOOTSTRAP_NAME = "bootstrap"
EXPIRES_AT = ("body", "expires_at")
UNKNOWN = "This API key is not known here."


class NewKey(NamedTuple):
    """A new key: the row that is stored, and the key itself, which is not stored."""

    stored: ApiKey
    key: str


def require_live(found: FoundKey | None) -> FoundKey:
    """Return the key if it may be used.

    Raises:
        UnknownKeyError: there is none.
        UnauthenticatedError: it is revoked or expired, as the message says.
    """
    if found is None:
        raise UnknownKeyError(UNKNOWN)
    if found.revoked_at is not None:
        raise UnauthenticatedError("This API key has been revoked.")
    if found.is_expired:
        raise UnauthenticatedError("This API key has expired.")
    return found


def create(
    session: Session, pepper: str, name: str, role: Role, expires_at: datetime | None = None
) -> NewKey:
    """Create a key without checking its expiry, for tests and tools."""
    key = keys.new_key()
    return NewKey(
        repository.add(session, {**_values(pepper, key, name, role), "expires_at": expires_at}), key
    )


def create_lasting(
    session: Session, pepper: str, name: str, role: Role, expires_at: datetime | None
) -> NewKey:
    """Create the key that a caller asks for.

    Raises:
        InvalidInputError: it would have expired already, or its expiry is after the year 9999 in UTC.
    """
    if expires_at is not None:
        _check_expiry(expires_at, repository.database_time(session))
    made = create(session, pepper, name, role, expires_at)
    _record(session, Action.CREATED, made.stored)
    return made


class Bootstrap(StrEnum):
    """The result of storing a key as an administrator's."""

    STORED = "stored"
    KNOWN = "known"
    DEAD = "dead"


def bootstrap(session: Session, pepper: str, key: str) -> Bootstrap:
    """Store a given key as an admin's, unless it was ever stored; one that was revoked stays so."""
    if repository.add_if_absent(session, _values(pepper, key, BOOTSTRAP_NAME, Role.ADMIN)):
        return Bootstrap.STORED
    found = repository.find_by_digest(session, keys.digest(pepper, key))
    try:
        require_live(found)
    except UnauthenticatedError:
        return Bootstrap.DEAD
    return Bootstrap.KNOWN


def get(session: Session, key_id: UUID) -> ApiKey:
    return _existing(session.get(ApiKey, key_id))


def revoke(session: Session, key_id: UUID, *, also_last_admin: bool = False) -> ApiKey:
    """Revoke a key, from the commit on; revoking it twice is harmless.

    Raises:
        ConflictError: it is the last admin's key: nobody could create another one over HTTP.
    """
    admins = repository.lock_live_admins(session)
    key = _existing(repository.lock(session, key_id))
    if list(admins) == [key_id] and not also_last_admin:
        raise ConflictError(
            "This is the last admin's key that works; make another one before it is revoked.",
            code="last_admin_key",
        )
    if key.revoked_at is None:
        key.revoked_at = repository.database_time(session)
        _record(session, Action.REVOKED, key)
    return key


def rotate(session: Session, pepper: str, key_id: UUID, overlap: timedelta) -> NewKey:
    """Create a key that replaces another one, which works on for the ``overlap``.

    The new key has the name, the role and the lifetime of the old one.

    Raises:
        ConflictError: it is revoked or expired.
    """
    old = _existing(repository.lock(session, key_id))
    now = repository.database_time(session)
    if state(old, now) != "active":
        raise ConflictError(
            f"Only an active key can be rotated; this one is {state(old, now)}.", code="key_is_dead"
        )
    lasts_until = old.expires_at and _same_lifetime(old.created_at, old.expires_at, now)
    old.expires_at = min(now + overlap, old.expires_at or now + overlap)
    made = create(session, pepper, old.name, Role(old.role), lasts_until)
    _record(session, Action.ROTATED, old, {"replaced_by": str(made.stored.id)})
    return made


def state(key: ApiKey, now: datetime) -> str:
    """Return ``active``, ``expired`` or ``revoked``."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def _check_expiry(expires_at: datetime, now: datetime) -> None:
    if expires_at <= now:
        raise InvalidInputError("must be in the future", EXPIRES_AT)
    try:
        expires_at.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInputError("must not be after the year 9999 in UTC", EXPIRES_AT) from error


def _same_lifetime(created_at: datetime, expires_at: datetime, now: datetime) -> datetime:
    """Return when a key of the same lifetime that begins now expires; the calendar ends in 9999."""
    try:
        return now + (expires_at - created_at)
    except OverflowError:
        return expires_at


def _record(session: Session, action: Action, key: ApiKey, more: dict[str, object] | None = None) -> None:
    details = {"name": key.name, "role": key.role, **(more or {})}
    audit.record(session, action, Kind.KEY, str(key.id), details)


def _existing(key: ApiKey | None) -> ApiKey:
    if key is None:
        raise NotFoundError("API key not found")
    return key


def _values(pepper: str, key: str, name: str, role: Role) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "name": name,
        "role": role,
        "hint": keys.hint(key),
        "digest": keys.digest(pepper, key),
    }
