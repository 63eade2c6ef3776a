"""How many requests a caller may send: by API key, or by address if there is no key.

Every response shows what is left of a minute's limit (``X-RateLimit-*``). Only a 429 says when to try again
(``Retry-After``). While Redis is away nobody is limited, and no response has these headers.
"""

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.errors import TooManyRequestsError
from app.redis.sliding_window import SlidingWindows, Standing
from app.rest.principal import caller, client_address
from app.rest.wiring import provided
from app.settings import Settings

PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/v2/health"})
"""Orchestrators ask these again and again, and must not be refused."""

FILES = "/console/assets/"
"""One page loads some fifty files from here, once; a page of which half is refused would be broken."""


def register(app: Flask, settings: Settings) -> None:
    """Show each caller what is left of its limit; trusted proxies tell its address."""
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    app.after_request(_show)


def count_request(settings: Settings, owner: str | None) -> None:
    """Count the present request against its key, or against its address.

    Raises:
        TooManyRequestsError: the caller has used its limit up.
    """
    if request.path in PROBES or request.path.startswith(FILES):
        return
    windows = provided(SlidingWindows)
    standing = windows.take(caller(owner), settings.rate_limit_per_minute, settings.rate_limit_per_second)
    g.rate_standing = standing
    if standing is not None and not standing.passes:
        what = "this API key" if owner else "your address"
        raise TooManyRequestsError(
            f"Too many requests: {what} may send {settings.rate_limit_per_minute} a minute and "
            f"{settings.rate_limit_per_second} a second.",
            "rate_limit_per_minute" if standing.remaining == 0 else "rate_limit_per_second",
            standing.retry_after_seconds,
        )


def refuse_guessing(settings: Settings, *, adds_one: bool) -> None:
    """Refuse an address that has shown too many wrong keys; ``adds_one`` counts another wrong key first.

    Raises:
        TooManyRequestsError: it has shown too many.
    """
    most, windows = settings.failed_keys_per_minute, provided(SlidingWindows)
    ask = windows.take if adds_one else windows.look
    standing = ask(f"guesses:{client_address()}", most, most)
    if standing is not None and not standing.passes:
        g.rate_standing = standing
        raise TooManyRequestsError(
            f"Your address has shown {most} wrong API keys within a minute.",
            "failed_keys_per_minute",
            standing.retry_after_seconds,
            code="too_many_failed_keys",
        )


def headers() -> dict[str, str]:
    """Return the headers that show what is left of the caller's limit; none if nothing was counted."""
    standing: Standing | None = g.get("rate_standing")
    if standing is None:
        return {}
    return {
        "X-RateLimit-Limit": str(standing.limit),
        "X-RateLimit-Remaining": str(standing.remaining),
        "X-RateLimit-Reset": str(standing.reset_at),
    }


def _show(response: Response) -> Response:
    response.headers.update(headers())
    return response
