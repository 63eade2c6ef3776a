"""Who makes the present request."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from uuid import UUID

from flask import g, has_request_context, request

from app.models import Role

IPV6_PREFIX_BITS = 64
"""Providers give each customer at least this much (RFC 6177): addresses inside it are one caller."""


@dataclass(frozen=True)
class Principal:
    """The API key of a request; ``key_id`` is ``None`` for callers of open routes, who need none."""

    key_id: UUID | None
    name: str
    role: Role

    @property
    def owner(self) -> str | None:
        """Return the caller's name in jobs, the audit trail and idempotency keys."""
        return None if self.key_id is None else str(self.key_id)


ANONYMOUS = Principal(None, "anonymous", Role.WRITER)
"""Callers of open routes."""


def current_principal() -> Principal:
    """Return who makes the present request; anonymous where no key was needed."""
    principal: Principal = g.get("principal", ANONYMOUS) if has_request_context() else ANONYMOUS
    return principal


def caller(owner: str | None) -> str:
    """Return what the present request counts against: its key, or its address if it has none."""
    return f"key:{owner}" if owner else f"address:{client_address()}"


def client_address() -> str:
    """Return the address of the present request; of an IPv6 address only the network."""
    return _network(request.remote_addr or "unknown")


@lru_cache(maxsize=10_000)
def _network(given: str) -> str:
    """Return an address as it counts; each request asks for its own several times."""
    try:
        address = ip_address(given.partition("%")[0])
    except ValueError:
        return given
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> IPV6_PREFIX_BITS << IPV6_PREFIX_BITS))
