"""Whether a graph server answers, asked by the first step of Bolt alone."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.graphstore.ping import MAGIC, ping
from embedded.ports import free_port

SECONDS = 2.0
BOLT_5_8 = bytes.fromhex("00000805")


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server of one connection; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                answer(connection)

        thread = Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(SECONDS)


def agree(connection: socket.socket) -> None:
    """Speak Bolt 5.8."""
    if connection.recv(20).startswith(MAGIC):
        connection.sendall(BOLT_5_8[:2])
        connection.sendall(BOLT_5_8[2:])


def refuse(connection: socket.socket) -> None:
    """Speak no version that was offered."""
    connection.recv(20)
    connection.sendall(bytes(4))


def hang_up(connection: socket.socket) -> None:
    """Say nothing."""
    connection.recv(20)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_server_that_speaks_bolt_answers(scheme: str) -> None:
    with listening(agree) as port:
        assert ping(f"{scheme}://127.0.0.1:{port}", SECONDS)


@pytest.mark.parametrize("answer", [refuse, hang_up])
def test_a_server_that_does_not_is_down(answer: Callable[[socket.socket], None]) -> None:
    with listening(answer) as port:
        assert not ping(f"bolt://127.0.0.1:{port}", SECONDS)


def test_where_nobody_listens_it_is_down() -> None:
    assert not ping(f"bolt://127.0.0.1:{free_port()}", SECONDS)


def test_a_server_that_takes_connections_and_says_nothing_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not ping(f"bolt://127.0.0.1:{server.getsockname()[1]}", 0.1)


@pytest.mark.parametrize(("scheme", "answers"), [("bolt+ssc", True), ("neo4j+ssc", True), ("bolt+s", False)])
def test_under_tls_only_ssc_takes_a_certificate_that_nobody_vouches_for(
    tmp_path: Path, scheme: str, answers: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    def secured(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as inner:
                agree(inner)
        except ssl.SSLError:
            assert not answers

    with listening(secured) as port:
        assert ping(f"{scheme}://127.0.0.1:{port}", SECONDS) is answers


@pytest.mark.foreign
def test_a_real_neo4j_answers(neo4j_environment: dict[str, str]) -> None:
    assert ping(neo4j_environment["NEO4J_URL"], SECONDS)


def self_signed(folder: Path) -> Path:
    """A file with a key and its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.write_bytes(private + certificate.public_bytes(pem))
    return file
