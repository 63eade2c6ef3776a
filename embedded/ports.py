"""TCP ports of this machine: find a free one, and check that a chosen one is free."""

import socket
import time
from random import SystemRandom

from embedded.errors import PortTakenError

LOOPBACK = "127.0.0.1"
# Above the usual ports of servers, and below those that Linux (from 32768) and macOS (from 49152) give to
# connections: a connection may take such a port before a server listens on it.
SERVER_PORTS = range(20_000, 32_768)
# The ports of a stack that was killed are free after about a second.
WAIT_FOR_PORT_SECONDS = 3.0


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    while not is_free(port := SystemRandom().choice(SERVER_PORTS)):
        pass
    return port


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free(
    port: int, setting: str, purpose: str, host: str = LOOPBACK, seconds: float = WAIT_FOR_PORT_SECONDS
) -> None:
    """Wait a moment for the port to be free.

    Raises:
        PortTakenError: it is still taken; the message names the setting to change.
    """
    deadline = time.monotonic() + seconds
    while not is_free(port, host):
        if time.monotonic() > deadline:
            raise PortTakenError(f"port {port} for {purpose} is taken: set {setting} to another one")
        time.sleep(0.1)
