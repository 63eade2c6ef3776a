"""Who may call: API keys in the ``Authorization`` header, and what each role may do.

``/v2`` always needs a key; ``/api`` and ``/ws`` are open in the development profile only. What only describes
the service (``/``, ``/docs``, ``/openapi.json``, ``/status``) is open.
"""

from typing import Any

from flask import Flask, current_app, g, request

from app.api_keys import service
from app.errors import ForbiddenError, UnauthenticatedError
from app.extensions import Extensions
from app.models import Role
from app.rest.principal import ANONYMOUS, Principal

SCHEME = "Bearer"
ALWAYS_PROTECTED = "/v2"
PROTECTED_OUTSIDE_DEVELOPMENT = ("/api", "/ws")
READING_METHODS = ("GET", "HEAD")

MISSING = "This route needs an API key: send it as Authorization: Bearer qloom_…"

ROLES = tuple(Role)
"""From the one that may do least to the one that may do everything."""


def register(app: Flask) -> None:
    """Check every request of ``app``, also those that no route answers."""
    app.before_request(guard)


def guard() -> None:
    """Find out who calls, and refuse who may not.

    Raises:
        UnauthenticatedError: no key, or one that is not valid.
        ForbiddenError: the key's role is too low.
        UnavailableError: PostgreSQL is down.
    """
    if request.method == "OPTIONS":  # browsers ask it without the key
        return
    extensions: Extensions = current_app.extensions["qloom"]
    needed = needed_role()
    path = request.path
    if is_below(path, ALWAYS_PROTECTED):
        g.principal = _authenticated(extensions)
    elif is_below(path, *PROTECTED_OUTSIDE_DEVELOPMENT) or needed is not None:
        is_open = extensions.settings.is_development and needed is not Role.ADMIN
        has_key = "Authorization" in request.headers
        g.principal = ANONYMOUS if is_open and not has_key else _authenticated(extensions)
    else:
        g.principal = ANONYMOUS
        return
    authorize(g.principal, needed or default_role(request.method))


def _authenticated(extensions: Extensions) -> Principal:
    key = bearer_token(request.headers.get("Authorization"))
    with extensions.database.reading() as session:
        found = service.check(session, extensions.settings.api_key_pepper, key)
    return Principal(found.id, found.name, Role(found.role))


def bearer_token(header: str | None) -> str:
    """The token of an ``Authorization`` header (RFC 6750, 2.1).

    Raises:
        UnauthenticatedError: there is none.
    """
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != SCHEME.lower() or not token.strip():
        raise UnauthenticatedError(MISSING)
    return token.strip()


def authorize(principal: Principal, needed: Role) -> None:
    """Refuse a role that is too low.

    Raises:
        ForbiddenError: it is; the message names the needed one.
    """
    if ROLES.index(principal.role) < ROLES.index(needed):
        raise ForbiddenError(f"This needs a key of role {needed}; yours is of role {principal.role}.")


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
