"""Which pages in browsers may drive this web: those of its own hosts, and of the origins that CORS allows.

A caller that is no browser sends a ``Host`` and nothing else of this, so only its ``Host`` is looked at.
"""

from flask import Flask, request

from app.errors import BadRequestError, ForbiddenError
from app.hosts import is_allowed
from app.rest.wiring import current_connections
from app.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing here, and browsers show what they answer only to pages that CORS allows."""

ORCHESTRATORS_ASK = frozenset({"/healthz", "/readyz", "/v2/health"})
"""Probes reach a web by an address that nobody knows before; what these answer is public, or needs a key."""

METRICS = "/metrics"
"""As those, but for the development profile, where it needs no key."""

OWN_SITES = ("same-origin", "none")
"""``Sec-Fetch-Site`` of a page of this web, and of what a person typed (W3C Fetch Metadata)."""

ANY_ORIGIN = "*"


class UnknownHostError(BadRequestError):
    """The request asks for a host that this web does not answer to (400)."""

    code = "unknown_host"


class OriginRefusedError(ForbiddenError):
    """A page of another origin would change something, or open a stream (403)."""

    code = "origin_refused"
    title = "Origin refused"


def register(app: Flask) -> None:
    """Check every request of ``app``, before anybody's key is looked at."""
    app.before_request(guard)


def guard() -> None:
    """Refuse requests that another site's page makes a browser send.

    Raises:
        UnknownHostError: ``Host`` is none of ``ALLOWED_HOSTS``.
        OriginRefusedError: a page that ``CORS_ORIGINS`` does not name would change something.
    """
    settings = current_connections().settings
    _check_host(settings)
    if request.method not in SAFE_METHODS or request.headers.get("Upgrade", "").lower() == "websocket":
        _check_origin(settings.cors_origins)


def _check_host(settings: Settings) -> None:
    host = request.headers.get("Host", "")
    if is_allowed(host, settings.allowed_hosts) or request.path in ORCHESTRATORS_ASK:
        return
    if request.path == METRICS and not settings.is_development:
        return
    raise UnknownHostError(
        f"This web does not answer to the host {host!r}; the setting ALLOWED_HOSTS lists those it answers to."
    )


def _check_origin(allowed: tuple[str, ...]) -> None:
    """Refuse pages of other origins: of a form and of a WebSocket, browsers ask nobody before they send."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if ANY_ORIGIN in allowed or origin in allowed:
        return
    host = request.headers.get("Host", "")
    is_own = origin is None or origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())
    if is_own and site in (None, *OWN_SITES):
        return
    raise OriginRefusedError(f"The origin {origin or 'of this page'} is not among CORS_ORIGINS.")
