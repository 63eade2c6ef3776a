"""Who may call: API keys in the ``Authorization`` header, and what each role may do.

1. ``/v2`` always needs a key; ``/api`` and ``/ws`` are open in the development profile only.
2. What only describes the service (``/``, ``/docs``, ``/openapi.json``, ``/status``) is open.
3. Streams also take a ticket, since pages in browsers cannot set the header there.
"""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, g, request

from app import key_format as keys
from app.api_keys import rate_limits as limits
from app.api_keys import repository, service, tickets
from app.api_keys.lookups import SharedLookups, UsedKeys
from app.api_keys.repository import FoundKey
from app.audit.trail import ANONYMOUS as ANONYMOUS_ACTOR
from app.audit.trail import SYSTEM, Actor, act_as
from app.connections import Connections
from app.errors import AppError, ForbiddenError, UnauthenticatedError, UnknownKeyError
from app.models import Role
from app.rest.principal import ANONYMOUS, Principal, current_principal
from app.rest.wiring import current_connections, provided

logger = logging.getLogger(__name__)

SCHEME = "Bearer"
ALWAYS_PROTECTED = "/v2"
GUARDS_ITSELF = frozenset({"/v2/health"})
"""This route also works without PostgreSQL, so it checks the key itself (``require_key``)."""

PROTECTED_OUTSIDE_DEVELOPMENT = ("/api", "/ws")
STREAMS = "/ws"
TICKET = "ticket"
READING_METHODS = ("GET", "HEAD")

MISSING = "This route needs an API key: send it as Authorization: Bearer qloom_…"

ROLES = tuple(Role)
"""In ascending order of what they may do."""


def register(app: Flask) -> None:
    """Check every request of ``app``, also those for which there is no route."""
    app.before_request(guard)
    app.teardown_request(lambda _error: act_as(SYSTEM))  # the thread may go on with something else


def guard() -> None:
    """Find out who calls; refuse callers who may not do this, or who call too often.

    A request whose key is not valid counts against its address and against no key.

    Raises:
        UnauthenticatedError: there is no key, or it is not valid.
        ForbiddenError: the key's role is too low.
        TooManyRequestsError: the caller has used its limit up.
        UnavailableError: PostgreSQL is down.
    """
    if request.method == "OPTIONS" or request.path in GUARDS_ITSELF:  # browsers ask OPTIONS without the key
        return
    connections, needed = current_connections(), needed_role()
    try:
        principal = _principal(connections, needed)
    except UnauthenticatedError:
        limits.count_request(connections.settings, None)
        raise
    g.principal = principal
    act_as(ANONYMOUS_ACTOR if principal.owner is None else Actor(principal.owner, principal.name))
    limits.count_request(connections.settings, principal.owner)
    if is_protected(request.path, needed):
        authorize(principal, needed or default_role(request.method))


def is_protected(path: str, needed: Role | None) -> bool:
    """Return whether a route needs a key or a ticket, at least outside of development."""
    return is_below(path, ALWAYS_PROTECTED, *PROTECTED_OUTSIDE_DEVELOPMENT) or needed is not None


def is_open(path: str, needed: Role | None, *, is_development: bool) -> bool:
    """Return whether callers without a key may use a route."""
    if not is_protected(path, needed):
        return True
    return is_development and not is_below(path, ALWAYS_PROTECTED) and needed is not Role.ADMIN


def authorize(principal: Principal, needed: Role, what: str = "This") -> None:
    """Refuse a role that is too low.

    Args:
        what: the subject of the message: what needs the role.

    Raises:
        ForbiddenError: the role is too low; the message names the needed one.
    """
    if ROLES.index(principal.role) < ROLES.index(needed):
        raise ForbiddenError(f"{what} needs a key of role {needed}; yours is of role {principal.role}.")


def needed_role() -> Role | None:
    """Return the role that the present route names itself (``Blueprint.requires``)."""
    view: Any = current_app.view_functions.get(request.endpoint or "")
    role: Role | None = getattr(view, "_apidoc", {}).get("role")
    return role


def default_role(method: str) -> Role:
    """Return the role that a route needs if it names none."""
    return Role.READER if method in READING_METHODS else Role.WRITER


def is_below(path: str, *prefixes: str) -> bool:
    """Return whether a path is one of these, or below one."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)


def bearer_token(header: str | None) -> str:
    """Return the token of an ``Authorization`` header (RFC 6750, 2.1).

    Raises:
        UnauthenticatedError: there is none.
    """
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != SCHEME.lower() or not token.strip():
        raise UnauthenticatedError(MISSING)
    return token.strip()


def _principal(connections: Connections, needed: Role | None) -> Principal:
    if not is_protected(request.path, needed):
        return ANONYMOUS
    if is_below(request.path, STREAMS) and TICKET in request.args:
        return _principal_of(tickets.redeem(connections, request.args[TICKET]))
    header = request.headers.get("Authorization")
    if header is None and is_open(request.path, needed, is_development=connections.settings.is_development):
        return ANONYMOUS
    return principal_of_key(connections, bearer_token(header))


def principal_of_key(connections: Connections, key: str) -> Principal:
    """Return the principal of a key; refuse addresses that have shown too many wrong keys.

    1. Only a key that never existed is wrong: whoever shows a revoked or expired one has not guessed.
    2. Keys that have worked here are not refused, so that callers who share an address with a guesser go on.

    Raises:
        UnauthenticatedError: the key is not valid.
        TooManyRequestsError: the address has shown too many wrong keys.
        UnavailableError: PostgreSQL is down.
    """
    settings, used = connections.settings, provided(UsedKeys)
    digest = keys.digest(settings.api_key_pepper, key)
    if digest not in used:
        limits.refuse_guessing(settings, adds_one=False)
    try:
        if not keys.is_well_formed(key):
            raise UnknownKeyError(service.MALFORMED)
        found = service.require_live(provided(SharedLookups).find(connections.database, digest))
    except UnknownKeyError:
        limits.refuse_guessing(settings, adds_one=True)
        raise
    if used.is_to_be_noted(digest):
        _note_use(connections, found)
    return _principal_of(found)


def recheck(connections: Connections) -> Callable[[], None]:
    """Return a check, to be made at any later time, of whether the present request's key still may do this.

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
    """Refuse callers without a key; if keys cannot be looked up now, a well-formed one is enough.

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


def _note_use(connections: Connections, found: FoundKey) -> None:
    """Write when a key was last used; if that fails, the request goes on."""
    try:
        with connections.database.autocommit() as unit:
            repository.note_use(unit.session, found.id)
    except AppError as error:
        logger.warning("The use of key %s was not noted: %s", found.id, error.message)
