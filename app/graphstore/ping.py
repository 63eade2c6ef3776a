"""Asks whether the graph server is there, without its driver.

The driver takes 47 MB of memory, and most web processes never need it, so that the health route must not load
it. The first step of the Bolt protocol shows that the server runs and does not hang.
"""

import socket
import ssl
from urllib.parse import urlsplit

NOT_REACHED = "Neo4j cannot be reached at the moment; everything that does not ask it works."
DEFAULT_PORT = 7687
MAGIC = bytes.fromhex("6060b017")
VERSIONS = bytes.fromhex("00080805000204040000000300000000")
"""The versions that the client knows: Bolt 5.8 to 5.0, 4.4 to 4.2, 3 (https://neo4j.com/docs/bolt/current/bolt/handshake/)."""
NO_VERSION = bytes(4)


def ping(url: str, seconds: float) -> bool:
    """Return whether the server agrees on a version of Bolt; each step may take ``seconds``.

    ``url`` is that of the driver: ``bolt://`` or ``neo4j://``, where ``+s`` and ``+ssc`` mean TLS.
    """
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port or DEFAULT_PORT), seconds) as plain:
            plain.settimeout(seconds)
            with _secured(plain, parts.scheme, parts.hostname or "") as connection:
                connection.sendall(MAGIC + VERSIONS)
                return _read(connection, len(NO_VERSION)) != NO_VERSION
    except OSError:
        return False


def _secured(plain: socket.socket, scheme: str, host: str) -> socket.socket:
    """Return the connection, with TLS if the scheme asks for it; ``+ssc`` accepts any certificate."""
    _, _, suffix = scheme.partition("+")
    if not suffix:
        return plain
    context = ssl.create_default_context()
    if suffix == "ssc":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)


def _read(connection: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        piece = connection.recv(length - len(received))
        if not piece:
            raise ConnectionError("the server hung up")
        received += piece
    return received
