"""The host names of a web, as requests name them in the ``Host`` header.

A page on the internet can make its own name resolve to 127.0.0.1 (DNS rebinding). A browser then lets it read
the responses of a web on that machine. ``Host`` has the page's name then, so a web that knows its own names
can refuse such requests.
"""

import re
from collections.abc import Collection

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.ASCII)
"""A name, an IPv4 address or an IPv6 address in brackets, with or without a port (RFC 9110, 7.2)."""


def read_hosts(text: str) -> tuple[str, ...]:
    """Return the hosts of a comma-separated list; one without a port means all ports.

    Raises:
        ValueError: an entry is not a host; the message is the entry.
    """
    hosts = tuple(host for host in (part.strip().lower() for part in text.split(",")) if host)
    for host in hosts:
        if not HOST.fullmatch(host):
            raise ValueError(host)
    return hosts


def is_allowed(host: str, allowed: Collection[str]) -> bool:
    """Return whether a ``Host`` header names one of the allowed hosts."""
    given = HOST.fullmatch(host.lower())
    return given is not None and (given[1] in allowed or given[0] in allowed)
