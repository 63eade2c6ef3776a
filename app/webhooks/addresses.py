"""Which URLs a webhook may have, so that nobody can make Qloom call its own network (SSRF).

A URL is checked as text, then every address that its name resolves to. The caller connects to a checked
address and never resolves the name again, so a name that changes its address (DNS rebinding) does no harm.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Thread
from urllib.parse import urlsplit

from app.settings.webhooks import WebhookSettings

MAX_URL_CHARACTERS = 2_048

RESOLVE_SECONDS = 3.0

DEFAULT_PORTS = {"https": 443, "http": 80}

PRINTABLE = re.compile(r"[!-\[\]-~]+")
"""ASCII without spaces, control characters, and the backslash, on which parsers differ."""

HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)"
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*"
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)

NUMBER_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""Many resolvers read a name that ends in a number as an address (url.spec.whatwg.org/#host-parsing)."""

NEVER_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # "this network"; connects to the host itself on Linux
        "169.254.0.0/16",  # link-local, metadata of most clouds
        "168.63.129.16/32",  # Azure's host service
        "100.100.100.200/32",  # Alibaba's metadata
        "192.0.0.192/32",  # Oracle's metadata
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
"""Refused even where private addresses are allowed."""

PRIVATE_V4 = tuple(
    IPv4Network(network)
    for network in (
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598)
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
    )
)
"""https://www.iana.org/assignments/iana-ipv4-special-registry. ``is_private`` is less strict, and its list
differs between versions of Python."""

GLOBAL_V6 = IPv6Network("2000::/3")
NOT_GLOBAL_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # IETF assignments, with Teredo, which carries an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4, which carries an IPv4 address
        "3fff::/20",
    )
)
PRIVATE_V6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
METADATA_V6 = IPv6Address("fd00:ec2::254")
NAT64 = IPv6Network("64:ff9b::/96")

Resolver = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a name; raises OSError when it has none."""


class AddressRefusedError(Exception):
    """The URL must not be called. The message says why, and does not show what the name resolved to."""


@dataclass(frozen=True)
class Target:
    """The parts of a URL. TLS and the Host header use ``host``; ``path`` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """Return the Host header, with the port only if it is not the scheme's default."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == DEFAULT_PORTS[self.scheme] else f"{name}:{self.port}"


@dataclass(frozen=True)
class AddressPolicy:
    """The allowed addresses; ``allows_private`` (in development) also allows plain http and any port."""

    allows_private: bool
    ports: frozenset[int]

    @classmethod
    def of(cls, settings: WebhookSettings) -> "AddressPolicy":
        return cls(settings.webhook_allow_private, settings.webhook_ports)

    def parse(self, url: str) -> Target:
        """Return the parts of a URL.

        Raises:
            AddressRefusedError: it may not be called.
        """
        if len(url) > MAX_URL_CHARACTERS or not PRINTABLE.fullmatch(url):
            raise AddressRefusedError(
                f"the URL must be 1 to {MAX_URL_CHARACTERS} printable ASCII characters without spaces"
            )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise AddressRefusedError("the URL cannot be read") from error
        schemes = ("https", "http") if self.allows_private else ("https",)
        if parts.scheme not in schemes:
            raise AddressRefusedError(
                f"the URL must begin with {' or '.join(f'{name}://' for name in schemes)}"
            )
        if "@" in parts.netloc:
            raise AddressRefusedError("the URL must not hold a user name or a password")
        if "#" in url:
            raise AddressRefusedError("the URL must not have a fragment")
        host = _host(parts.hostname or "", is_bracketed="[" in parts.netloc)
        port = DEFAULT_PORTS[parts.scheme] if port is None else port
        if port == 0 or not (self.allows_private or port in self.ports):
            allowed = ", ".join(map(str, sorted(self.ports)))
            raise AddressRefusedError(f"the port {port} is not allowed; allowed: {allowed}")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(parts.scheme, host, port, path)

    def resolve(self, target: Target, resolver: Resolver) -> list[str]:
        """Return the addresses of the target; all of them are allowed.

        Raises:
            AddressRefusedError: there is none, one of them is forbidden, or the resolver is too slow.
        """
        is_literal = ":" in target.host or NUMBER_LABEL.fullmatch(target.host.rpartition(".")[2])
        addresses = [target.host] if is_literal else _resolve_in_time(resolver, target.host, target.port)
        if not addresses:
            raise AddressRefusedError("the URL's host has no address")
        for address in addresses:
            if not self.allows(address):
                raise AddressRefusedError("the URL's host is not on the public internet")
        return addresses

    def allows(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return self._allows_v4(parsed) if isinstance(parsed, IPv4Address) else self._allows_v6(parsed)

    def _allows_v4(self, address: IPv4Address) -> bool:
        if any(address in network for network in NEVER_V4):
            return False
        return self.allows_private or not any(address in network for network in PRIVATE_V4)

    def _allows_v6(self, address: IPv6Address) -> bool:
        if address.scope_id is not None or address == METADATA_V6:
            return False
        if address.ipv4_mapped is not None:
            return self._allows_v4(address.ipv4_mapped)
        if address in NAT64:
            return self._allows_v4(IPv4Address(int(address) & 0xFFFFFFFF))
        if any(address in network for network in PRIVATE_V6):
            return self.allows_private
        return address in GLOBAL_V6 and not any(address in network for network in NOT_GLOBAL_V6)


def system_resolver(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _host(host: str, *, is_bracketed: bool) -> str:
    if is_bracketed:
        try:
            return str(IPv6Address(host))
        except ValueError as error:
            raise AddressRefusedError("the URL's host is not an IPv6 address") from error
    host = host.removesuffix(".")
    if not HOST_NAME.fullmatch(host):
        raise AddressRefusedError("the URL's host is not a host name (write other alphabets in Punycode)")
    if NUMBER_LABEL.fullmatch(host.rpartition(".")[2]):
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise AddressRefusedError(
                "the URL's host must be a name, or an address like 203.0.113.7"
            ) from error
    return host


def _resolve_in_time(resolver: Resolver, host: str, port: int) -> list[str]:
    """Resolve in a separate thread, since the system's resolver has no timeout."""
    outcome: list[Sequence[str] | OSError | UnicodeError] = []

    def resolve() -> None:
        try:
            outcome.append(resolver(host, port))
        except (OSError, UnicodeError) as error:
            outcome.append(error)

    thread = Thread(target=resolve, name="resolve", daemon=True)
    thread.start()
    thread.join(RESOLVE_SECONDS)
    if not outcome:
        raise AddressRefusedError(f"the URL's host did not resolve within {RESOLVE_SECONDS:g} s")
    if isinstance(outcome[0], OSError | UnicodeError):
        raise AddressRefusedError("the URL's host does not resolve") from outcome[0]
    return list(outcome[0])
