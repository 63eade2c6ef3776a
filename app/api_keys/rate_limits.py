"""How many requests a caller may send: by API key, or by address where there is none.

Every answer says how the caller stands (``X-RateLimit-*``, the contract's headers, of the minute's window),
refusals and errors too; only a 429 says when to come back (``Retry-After``). While Redis is away nobody is
limited, and no answer carries the headers.
"""

from ipaddress import IPv6Address, ip_address

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.connections import Connections
from app.errors import TooManyRequestsError
from app.redis.sliding_window import SlidingWindows, Standing
from app.rest.wiring import provide, provided
from app.settings import Settings

PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/v2/health"})
"""What orchestrators ask without end, and must not be refused."""

IPV6_PREFIX_BITS = 64
"""A customer is given at least so much of IPv6 (RFC 6177): addresses inside it are one caller."""


def register(app: Flask, settings: Settings) -> None:
    """Show each caller how it stands; addresses are those that so many trusted proxies tell."""
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    redis = provided(Connections, app).bounded_redis
    provide(app, SlidingWindows(redis, settings.redis_key_prefix))
    app.after_request(_show)


def count_request(settings: Settings, owner: str | None) -> None:
    """Count the present request against its key, or against its address.

    Raises:
        TooManyRequestsError: the caller has used its limit up.
    """
    if request.path in PROBES:
        return
    standing = _windows().take(caller(owner), settings.rate_limit_per_minute, settings.rate_limit_per_second)
    g.rate_standing = standing
    if standing is not None and not standing.passes:
        what = "this API key" if owner else "your address"
        raise TooManyRequestsError(
            f"Too many requests: {what} may send {settings.rate_limit_per_minute} a minute and "
            f"{settings.rate_limit_per_second} a second.",
            _exhausted(standing),
            standing.retry_after_seconds,
        )


def refuse_guessing(settings: Settings) -> None:
    """Refuse an address that has shown too many wrong keys, before this one is looked at.

    Raises:
        TooManyRequestsError: it has.
    """
    _guess(
        settings,
        _windows().look(_guesser(), settings.failed_keys_per_minute, settings.failed_keys_per_minute),
    )


def count_guess(settings: Settings) -> None:
    """Count a wrong key against the address that showed it; raises as ``refuse_guessing``."""
    _guess(
        settings,
        _windows().take(_guesser(), settings.failed_keys_per_minute, settings.failed_keys_per_minute),
    )


def headers() -> dict[str, str]:
    """How the present caller stands with its limit; empty where nothing was counted."""
    standing: Standing | None = g.get("rate_standing")
    if standing is None:
        return {}
    return {
        "X-RateLimit-Limit": str(standing.limit),
        "X-RateLimit-Remaining": str(standing.remaining),
        "X-RateLimit-Reset": str(standing.reset_at),
    }


def caller(owner: str | None) -> str:
    """Whom the present request counts against: its key, or its address if it has none."""
    return f"key:{owner}" if owner else f"address:{client_address()}"


def client_address() -> str:
    """Where the present request comes from; of IPv6 only the network."""
    given = request.remote_addr or "unknown"
    try:
        address = ip_address(given.partition("%")[0])
    except ValueError:
        return given
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> IPV6_PREFIX_BITS << IPV6_PREFIX_BITS))


def _windows() -> SlidingWindows:
    return provided(SlidingWindows)


def _guesser() -> str:
    return f"guesses:{client_address()}"


def _guess(settings: Settings, standing: Standing | None) -> None:
    if standing is not None and not standing.passes:
        g.rate_standing = standing
        raise TooManyRequestsError(
            f"Your address has shown {settings.failed_keys_per_minute} wrong API keys within a minute.",
            "failed_keys_per_minute",
            standing.retry_after_seconds,
            code="too_many_failed_keys",
        )


def _exhausted(standing: Standing) -> str:
    return "rate_limit_per_minute" if standing.remaining == 0 else "rate_limit_per_second"


def _show(response: Response) -> Response:
    response.headers.update(headers())
    return response
