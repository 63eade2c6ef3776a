"""Whether the graph server answers, asked without its driver.

The driver with what it brings weighs 47 MB in a process, and most webs never need it: health must not be what
loads it. The first step of the Bolt protocol says that the server is there and does not hang.
"""

import socket
import ssl
from urllib.parse import urlsplit

DEFAULT_PORT = 7687
MAGIC = bytes.fromhex("6060b017")
VERSIONS = bytes.fromhex("00080805000204040000000300000000")
"""What the client speaks: Bolt 5.8 to 5.0, 4.4 to 4.2, 3 (https://neo4j.com/docs/bolt/current/bolt/handshake/)."""
NO_VERSION = bytes(4)


def ping(url: str, seconds: float) -> bool:
    """Whether the server of a ``bolt://`` or ``neo4j://`` URL agrees on a version of Bolt.

    Args:
        url: as the driver takes it; ``+s`` and ``+ssc`` mean TLS.
        seconds: how long each step may take.
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
    """The connection under TLS if the scheme says so; ``+ssc`` takes any certificate."""
    _, _, suffix = scheme.partition("+")
    if not suffix:
        return plain
    context = ssl.create_default_context()
    if suffix == "ssc":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)


def _read(connection: socket.socket, length: int) -> bytes:
    answer = b""
    while len(answer) < length:
        received = connection.recv(length - len(answer))
        if not received:
            raise ConnectionError("the server hung up")
        answer += received
    return answer
