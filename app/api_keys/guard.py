"""Who may call: API keys in the ``Authorization`` header, and what each role may do.

``/v2`` always needs a key; ``/api`` and ``/ws`` are open in the development profile only. What only describes
the service (``/``, ``/docs``, ``/openapi.json``, ``/status``) is open. Streams take a ticket too, since pages
in browsers cannot set the header there.
"""

from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask, current_app, g, request

from app import key_format as keys
from app.api_keys import rate_limits as limits
from app.api_keys import repository, service, tickets
from app.api_keys.lookups import SharedLookups
from app.api_keys.repository import FoundKey
from app.api_keys.usage import UsedKeys
from app.connections import Connections
from app.errors import AppError, ForbiddenError, UnauthenticatedError, UnknownKeyError
from app.models import Role
from app.rest.principal import ANONYMOUS, Principal, current_principal
from app.rest.wiring import current_connections, provide, provided

logger = structlog.get_logger(__name__)

SCHEME = "Bearer"
ALWAYS_PROTECTED = "/v2"
GUARDS_ITSELF = frozenset({"/v2/health"})
"""What answers without PostgreSQL too, and so looks at the key in its own way."""

PROTECTED_OUTSIDE_DEVELOPMENT = ("/api", "/ws")
STREAMS = "/ws"
TICKET = "ticket"
READING_METHODS = ("GET", "HEAD")

MISSING = "This route needs an API key: send it as Authorization: Bearer qloom_…"

ROLES = tuple(Role)
"""From the one that may do least to the one that may do everything."""


def register(app: Flask) -> None:
    """Check every request of ``app``, also those that no route answers."""
    provide(app, UsedKeys(), SharedLookups())
    app.before_request(guard)


def guard() -> None:
    """Find out who calls, and refuse who may not, or too often.

    A request whose key is not valid counts against its address and against no key.

    Raises:
        UnauthenticatedError: no key, or one that is not valid.
        ForbiddenError: the key's role is too low.
        TooManyRequestsError: the caller has used its limit up.
        UnavailableError: PostgreSQL is down.
    """
    if request.method == "OPTIONS" or request.path in GUARDS_ITSELF:  # browsers ask OPTIONS without the key
        return
    connections = current_connections()
    try:
        g.principal = _principal(connections)
    except UnauthenticatedError:
        limits.count_request(connections.settings, None)
        raise
    limits.count_request(connections.settings, g.principal.owner)
    if is_protected(request.path, needed_role()):
        authorize(g.principal, needed_role() or default_role(request.method))


def is_protected(path: str, needed: Role | None) -> bool:
    """Whether anything is asked of who calls."""
    return is_below(path, ALWAYS_PROTECTED, *PROTECTED_OUTSIDE_DEVELOPMENT) or needed is not None


def is_open(path: str, needed: Role | None, *, is_development: bool) -> bool:
    """Whether callers without a key may come in."""
    if not is_protected(path, needed):
        return True
    return is_development and not is_below(path, ALWAYS_PROTECTED) and needed is not Role.ADMIN


def authorize(principal: Principal, needed: Role, what: str = "This") -> None:
    """Refuse a role that is too low.

    Args:
        what: needs the role; the subject of the message.

    Raises:
        ForbiddenError: it is; the message names the needed one.
    """
    if ROLES.index(principal.role) < ROLES.index(needed):
        raise ForbiddenError(f"{what} needs a key of role {needed}; yours is of role {principal.role}.")


def needed_role() -> Role | None:
    """The role that the present request's route asks for itself (``Blueprint.requires``)."""
    view: Any = current_app.view_functions.get(request.endpoint or "")
    role: Role | None = getattr(view, "_apidoc", {}).get("role")
    return role


def default_role(method: str) -> Role:
    """What a route needs that does not say: to read, or to write."""
    return Role.READER if method in READING_METHODS else Role.WRITER


def is_below(path: str, *prefixes: str) -> bool:
    """Whether a path is one of these, or below one."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)


def bearer_token(header: str | None) -> str:
    """The token of an ``Authorization`` header (RFC 6750, 2.1).

    Raises:
        UnauthenticatedError: there is none.
    """
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != SCHEME.lower() or not token.strip():
        raise UnauthenticatedError(MISSING)
    return token.strip()


def _principal(connections: Connections) -> Principal:
    needed = needed_role()
    if not is_protected(request.path, needed):
        return ANONYMOUS
    if is_below(request.path, STREAMS) and TICKET in request.args:
        return _principal_of(tickets.redeem(connections, request.args[TICKET]))
    header = request.headers.get("Authorization")
    if header is None and is_open(request.path, needed, is_development=connections.settings.is_development):
        return ANONYMOUS
    return principal_of_key(connections, bearer_token(header))


def principal_of_key(connections: Connections, key: str) -> Principal:
    """Whose key this is.

    Raises:
        UnauthenticatedError: it is not valid.
        TooManyRequestsError: the address has shown too many wrong ones.
        UnavailableError: PostgreSQL is down.
    """
    return _principal_of(_checked(connections, key))


def recheck(connections: Connections) -> Callable[[], None]:
    """What finds out, at any later time, whether the present request's key would still be let in.

    It raises UnauthenticatedError or ForbiddenError if not, and UnavailableError while PostgreSQL is down.
    """
    key_id = current_principal().key_id
    needed = needed_role() or default_role(request.method)

    def check() -> None:
        if key_id is None:
            return
        with connections.database.looking_up() as connection:
            found = service.require_live(repository.find_by_id(connection, key_id))
        authorize(_principal_of(found), needed)

    return check


def require_key(connections: Connections, *, can_look_up: bool) -> None:
    """Refuse callers without a key where it cannot always be looked up: then a well-formed one is enough.

    Raises:
        UnauthenticatedError: there is none, or it is not valid.
        TooManyRequestsError: as ``principal_of_key``.
    """
    key = bearer_token(request.headers.get("Authorization"))
    if can_look_up:
        principal_of_key(connections, key)
    elif not keys.is_well_formed(key):
        raise UnauthenticatedError(service.MALFORMED)


def _principal_of(found: FoundKey) -> Principal:
    return Principal(found.id, found.name, Role(found.role))


def _checked(connections: Connections, key: str) -> FoundKey:
    """The live key; an address that shows many wrong ones is not told about more.

    Wrong is what is no key at all: who shows one that was revoked or has expired has not guessed.

    Keys that have worked here are known, so that those who share an address with a guesser go on.
    """
    settings, used = connections.settings, provided(UsedKeys)
    digest = keys.digest(settings.api_key_pepper, key)
    if digest not in used:
        limits.refuse_guessing(settings)
    try:
        if not keys.is_well_formed(key):
            raise UnknownKeyError(service.MALFORMED)
        found = service.require_live(provided(SharedLookups).find(connections.database, digest))
    except UnknownKeyError:
        limits.count_guess(settings)
        raise
    if used.is_to_be_noted(digest):
        _note(connections, found)
    return found


def _note(connections: Connections, found: FoundKey) -> None:
    """Write down that a key is in use; a request does not fail for it."""
    try:
        with connections.database.autocommit() as unit:
            service.note_use(unit.session, found.id)
    except AppError as error:
        logger.warning("the use of a key was not noted", key_id=str(found.id), reason=error.message)
