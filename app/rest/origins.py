"""Which pages in browsers may use this web: those of its own hosts, and of the origins that CORS allows.

Callers that are no browsers send only a ``Host`` of all the headers that are checked here.
"""

import re
from collections.abc import Sequence

from flask import Flask, request
from flask_cors import CORS

from app.errors import BadRequestError, ForbiddenError
from app.hosts import is_allowed
from app.rest.wiring import current_connections
from app.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing here, and browsers show their responses only to pages that CORS allows."""

PROBED_PATHS = frozenset({"/healthz", "/readyz", "/v2/health"})
"""Orchestrators reach a web by an address that nobody knows before, so these paths take every ``Host``: what
they show is public, or needs a key."""

METRICS = "/metrics"
"""It takes every ``Host`` too, except in the development profile, where it needs no key."""

OWN_SITES = ("same-origin", "none")
"""``Sec-Fetch-Site`` of a page of this web, and of an address that a person typed (W3C Fetch Metadata)."""

ANY_ORIGIN = "*"

ABSOLUTE_TARGET = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*)", re.IGNORECASE | re.ASCII)
"""A request line that names the host itself; it must be the one of ``Host`` (RFC 9112, 3.2)."""

EXPOSED_HEADERS = (
    "Location",
    "Retry-After",
    "X-Request-ID",
    "Preference-Applied",
    "Idempotency-Replayed",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)
"""The response headers that a page may read beside the few that every page may."""

PREFLIGHT_SECONDS = 600


class UnknownHostError(BadRequestError):
    """The request asks for a host that this web does not serve (400)."""

    code = "unknown_host"


class OriginRefusedError(ForbiddenError):
    """A page of another origin would change something, or open a stream (403)."""

    code = "origin_refused"
    title = "Origin refused"


def allow_pages(app: Flask, origins: Sequence[str]) -> None:
    """Let pages of these origins (``*``: of all) use every route; without origins, none may."""
    if origins:
        CORS(app, origins=list(origins), expose_headers=EXPOSED_HEADERS, max_age=PREFLIGHT_SECONDS)


def check_request() -> None:
    """Refuse requests that another site's page makes a browser send.

    Raises:
        UnknownHostError: ``Host`` is none of ``ALLOWED_HOSTS``, or the request line names another host.
        OriginRefusedError: a page that ``CORS_ORIGINS`` does not name would change something.
    """
    settings = current_connections().settings
    _check_host(settings)
    # the header is a list: "websocket," opens a stream too
    opens_stream = "websocket" in request.headers.get("Upgrade", "").lower()
    if request.method not in SAFE_METHODS or opens_stream:
        _check_origin(settings.cors_origins)


def _check_host(settings: Settings) -> None:
    if request.path in PROBED_PATHS or (request.path == METRICS and not settings.is_development):
        return
    host = request.headers.get("Host", "")
    target = ABSOLUTE_TARGET.match(request.environ.get("RAW_URI", ""))
    if target is not None and target[1].lower() != host.lower():
        raise UnknownHostError(f"The request line names the host {target[1]!r}, the Host header {host!r}.")
    if not is_allowed(host, settings.allowed_hosts):
        raise UnknownHostError(
            f"This web does not answer to the host {host!r}; the setting ALLOWED_HOSTS lists those it "
            "answers to."
        )


def _check_origin(allowed: tuple[str, ...]) -> None:
    """Refuse pages of other origins: browsers send forms and open WebSockets without asking first."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if ANY_ORIGIN in allowed or origin in allowed:
        return
    host = request.headers.get("Host", "")
    is_own = origin is None or origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())
    if is_own and site in (None, *OWN_SITES):
        return
    raise OriginRefusedError(f"The origin {origin or 'of this page'} is not among CORS_ORIGINS.")
