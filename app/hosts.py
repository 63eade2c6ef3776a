"""The names that a web answers to: what may stand in a request's ``Host`` header.

A page on the internet can have its own name resolved to 127.0.0.1 (DNS rebinding); a browser then lets it
read what a web on that machine answers. The page's name stands in ``Host``, so a web that knows its own names
refuses such requests.
"""

import re
from collections.abc import Collection

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.ASCII)
"""A name, an IPv4 address or an IPv6 address in brackets, with or without a port (RFC 9110, 7.2)."""


def read_hosts(text: str) -> tuple[str, ...]:
    """The hosts of a comma-separated list; one without a port stands for all ports.

    Raises:
        ValueError: an entry is no host; the message is the entry.
    """
    hosts = tuple(host for host in (part.strip().lower() for part in text.split(",")) if host)
    for host in hosts:
        if not HOST.fullmatch(host):
            raise ValueError(host)
    return hosts


def is_allowed(host: str, allowed: Collection[str]) -> bool:
    """Whether a ``Host`` header names one of the allowed hosts."""
    given = HOST.fullmatch(host.lower())
    return given is not None and (given[1] in allowed or given[0] in allowed)
