"""Tickets for the WebSockets of browsers, which cannot send a header: drawn with a key, good once, for 30 s.

They may stand in a URL, and so in a proxy's log, where a key must not.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from redis.exceptions import RedisError

from app.api_keys import repository, service
from app.api_keys.repository import FoundKey
from app.connections import Connections
from app.errors import UnauthenticatedError, UnavailableError

TICKET_SECONDS = 30
TICKET_BYTES = 32

REDIS_AWAY = "Tickets need Redis, which does not answer; try again shortly."
REFUSED = (
    "This ticket is not known, was used, or is older than 30 seconds; draw another with POST /v2/tickets."
)


def issue(connections: Connections, key_id: UUID) -> tuple[str, datetime]:
    """Draw a ticket that stands for a key; return it and when it expires.

    Raises:
        UnavailableError: Redis is down.
    """
    ticket = secrets.token_urlsafe(TICKET_BYTES)
    expires_at = datetime.now(UTC) + timedelta(seconds=TICKET_SECONDS)
    try:
        connections.redis.set(_name(connections, ticket), str(key_id), ex=TICKET_SECONDS)
    except RedisError as error:
        raise UnavailableError(REDIS_AWAY) from error
    return ticket, expires_at


def redeem(connections: Connections, ticket: str) -> FoundKey:
    """Return the live key that a ticket stands for, and use the ticket up.

    Raises:
        UnauthenticatedError: the ticket is not valid, or its key was revoked or has expired meanwhile.
        UnavailableError: Redis or PostgreSQL is down.
    """
    try:
        key_id = cast(bytes | None, connections.redis.getdel(_name(connections, ticket)))
    except RedisError as error:
        raise UnavailableError(REDIS_AWAY) from error
    if key_id is None:
        raise UnauthenticatedError(REFUSED)
    with connections.database.looking_up() as connection:
        return service.require_live(repository.find_by_id(connection, UUID(key_id.decode())))


def _name(connections: Connections, ticket: str) -> str:
    """Return the Redis key of a ticket; it holds the ticket's hash, which opens no stream."""
    digest = hashlib.sha256(ticket.encode()).hexdigest()
    return f"{connections.settings.redis_key_prefix}ticket:{digest}"
