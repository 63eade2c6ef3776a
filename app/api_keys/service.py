"""What is done with API keys: make, check, list, revoke, rotate."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from app.api_keys import keys, repository
from app.api_keys.repository import FoundKey
from app.errors import UnauthenticatedError
from app.models import ApiKey, Role

MALFORMED = f"This is no API key: one begins with {keys.PREFIX} and ends with a checksum, which differs here."
BOOTSTRAP_NAME = "bootstrap"
UNKNOWN = "This API key is not known here."


def check(session: Session, pepper: str, key: str) -> FoundKey:
    """The live key that a caller has shown.

    Raises:
        UnauthenticatedError: it is malformed, unknown, revoked or expired; which, the message says.
    """
    if not keys.is_well_formed(key):
        raise UnauthenticatedError(MALFORMED)
    return require_live(repository.find_by_digest(session, keys.digest(pepper, key)))


def require_live(found: FoundKey | None) -> FoundKey:
    """The key, if it may be used.

    Raises:
        UnauthenticatedError: there is none, or it is revoked or expired.
    """
    if found is None:
        raise UnauthenticatedError(UNKNOWN)
    if found.revoked_at is not None:
        raise UnauthenticatedError("This API key has been revoked.")
    if found.is_expired:
        raise UnauthenticatedError("This API key has expired.")
    return found


def create(
    session: Session, pepper: str, name: str, role: Role, expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key; what is stored, and the key itself, which is not."""
    key = keys.new_key()
    return repository.add(session, {**_values(pepper, key, name, role), "expires_at": expires_at}), key


def bootstrap(session: Session, pepper: str, key: str) -> bool:
    """Store a given key as an admin's, unless it is there, dead or alive; whether it was stored."""
    return repository.add_if_absent(session, _values(pepper, key, BOOTSTRAP_NAME, Role.ADMIN))


def _values(pepper: str, key: str, name: str, role: Role) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "name": name,
        "role": role,
        "hint": keys.hint(key),
        "digest": keys.digest(pepper, key),
    }
