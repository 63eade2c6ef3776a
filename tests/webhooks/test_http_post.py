"""One POST over real connections, to receivers that misbehave."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.webhooks.addresses import AddressPolicy, system_resolver
from app.webhooks.http_post import MAX_READ_BYTES, SNIPPET_CHARACTERS, Poster, PostResult
from embedded.ports import free_port
from tests.webhooks.conftest import DEVELOPMENT, PRODUCTION
from tests.webhooks.receiver import Receiver, hold, reply

BODY = b'{"type":"webhook.test"}'
NAME = "hooks.example.com"
SHORT_SECONDS = 1.5
"""A timeout that a test waits for; the receiver answers long before it."""


def post(url: str, *, policy: AddressPolicy = DEVELOPMENT, timeout_seconds: float = 60.0) -> PostResult:
    """Post once, as a worker does."""
    poster = Poster(policy, system_resolver, ssl.create_default_context(), timeout_seconds)
    return poster.post(url, {"X-Test": "1"}, BODY)


@contextmanager
def raw_server(response: bytes, *, drip: bool = False) -> Iterator[str]:
    """Run a server that answers one connection with these bytes; ``drip`` adds one byte after another."""
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            try:
                connection.sendall(response)
                while drip and not done.wait(0.02):
                    connection.sendall(b"x")
                done.wait(120 if drip else 0)
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        done.set()
        listening.close()
        thread.join(60)


def test_the_exact_bytes_and_headers_arrive(receiver: Receiver) -> None:
    receiver.replies = [reply(200, b"thanks")]
    response = post(receiver.url + "?token=1")
    assert response.is_success
    assert (response.status_code, response.snippet, response.error) == (200, "thanks", None)
    message = receiver.messages[0]
    assert (message.path, message.body) == ("/hook?token=1", BODY)
    assert message.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert message.headers["x-test"] == "1"


def test_no_redirect_is_followed(receiver: Receiver) -> None:
    receiver.replies = [reply(307, Location=receiver.url)]
    response = post(receiver.url)
    assert (response.status_code, response.is_success) == (307, False)
    assert len(receiver.messages) == 1


def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert post(receiver.url).is_success


def test_of_a_gigabyte_only_the_beginning_is_read(receiver: Receiver) -> None:
    sent: list[int] = []

    def gigabyte(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(1024**3))
        handler.end_headers()
        block = b"x" * MAX_READ_BYTES
        for _ in range(1024**3 // MAX_READ_BYTES):
            handler.wfile.write(block)
            sent.append(len(block))

    receiver.replies = [gigabyte]
    response = post(receiver.url)
    assert response.is_success
    assert response.snippet == "x" * SNIPPET_CHARACTERS
    assert sum(sent) < 100 * 1024**2


def test_a_receiver_that_says_nothing_is_left_after_the_whole_time(receiver: Receiver) -> None:
    released = threading.Event()
    receiver.replies = [hold(released)]
    try:
        assert (
            post(receiver.url, timeout_seconds=SHORT_SECONDS).error == "the receiver did not answer in time"
        )
    finally:
        released.set()


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_head_that_drips_is_left_after_the_whole_time(head: bytes) -> None:
    with raw_server(head, drip=True) as url:
        response = post(url, timeout_seconds=SHORT_SECONDS)
    assert response.status_code is None
    assert response.error in ("the receiver did not answer in time", "the receiver did not answer with HTTP")


def test_a_body_that_drips_does_not_undo_the_status() -> None:
    with raw_server(b"HTTP/1.1 202 Accepted\r\n\r\n", drip=True) as url:
        response = post(url, timeout_seconds=SHORT_SECONDS)
    assert response.status_code == 202
    assert set(response.snippet) == {"x"}


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 99999 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    ],
)
def test_what_is_no_http_is_a_failure(response: bytes) -> None:
    with raw_server(response) as url:
        failed = post(url)
    assert failed.status_code is None
    assert failed.error is not None


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 500 No\r\nContent-Length: -5\r\n\r\nabc",
        b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nabc",
        b"HTTP/1.1 500 No\r\n\r\n\0\xff\xfe",
    ],
)
def test_a_broken_body_is_no_fault(response: bytes) -> None:
    with raw_server(response) as url:
        failed = post(url)
    assert failed.status_code == 500
    assert "\0" not in failed.snippet


def test_a_port_where_nobody_listens_is_a_failure() -> None:
    assert post(f"http://127.0.0.1:{free_port()}/").error == "the connection was refused"


def test_a_private_address_is_not_connected_to(receiver: Receiver) -> None:
    poster = Poster(
        AddressPolicy(allows_private=False, ports=frozenset({receiver.port})),
        system_resolver,
        ssl.create_default_context(),
        60.0,
    )
    response = poster.post(f"https://localhost:{receiver.port}/", {}, BODY)
    assert response.error == "the URL's host is not on the public internet"
    assert not receiver.messages


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(receiver: Receiver) -> None:
    responses = [["93.184.215.14"], ["127.0.0.1"]]
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return responses[min(len(asked), len(responses)) - 1]

    policy = AddressPolicy(allows_private=False, ports=frozenset({receiver.port}))
    poster = Poster(policy, rebinding, ssl.create_default_context(), 60.0)
    target = policy.parse(f"https://rebinding.example:{receiver.port}/")
    assert policy.resolve(target, rebinding) == ["93.184.215.14"]  # as when the webhook is made
    response = poster.post(f"https://rebinding.example:{receiver.port}/", {}, BODY)
    assert response.error == "the URL's host is not on the public internet"
    assert asked == ["rebinding.example"] * 2, "each check resolves once, and connects to what it checked"
    assert not receiver.messages


def test_the_name_is_resolved_once_and_its_checked_address_is_connected_to(receiver: Receiver) -> None:
    asked: list[str] = []

    def once(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    poster = Poster(DEVELOPMENT, once, ssl.create_default_context(), 60.0)
    assert poster.post(f"http://no.such.name.example:{receiver.port}/", {}, BODY).is_success
    assert asked == ["no.such.name.example"]
    assert receiver.messages[0].headers["host"] == f"no.such.name.example:{receiver.port}"


def test_the_next_address_is_tried_when_one_refuses(receiver: Receiver) -> None:
    poster = Poster(DEVELOPMENT, lambda *_: ["127.0.0.2", "127.0.0.1"], ssl.create_default_context(), 60.0)
    assert poster.post(f"http://two.example:{receiver.port}/", {}, BODY).is_success


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the TLS of a server named ``NAME``, and of a client that trusts its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    alternatives = x509.SubjectAlternativeName([x509.DNSName(NAME), x509.IPAddress(ip_address("127.0.0.9"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


@pytest.fixture
def tls_receiver(tmp_path: Path) -> Iterator[tuple[Receiver, ssl.SSLContext]]:
    """Return a receiver with TLS as ``NAME``, and a client's context that trusts it."""
    server, client = certificate(tmp_path)
    made = Receiver(tls=server)
    made.start()
    yield made, client
    made.stop()


def test_tls_is_checked_for_the_name_though_the_address_is_connected_to(
    tls_receiver: tuple[Receiver, ssl.SSLContext],
) -> None:
    receiver, trusting = tls_receiver
    poster = Poster(DEVELOPMENT, lambda *_: ["127.0.0.1"], trusting, 60.0)
    assert poster.post(f"https://{NAME}:{receiver.port}/", {}, BODY).is_success
    wrong = poster.post(f"https://other.example.com:{receiver.port}/", {}, BODY)
    assert wrong.error is not None
    assert "TLS certificate is not valid" in wrong.error
    assert len(receiver.messages) == 1


def test_a_certificate_of_an_unknown_authority_is_refused(
    tls_receiver: tuple[Receiver, ssl.SSLContext],
) -> None:
    receiver, _ = tls_receiver
    poster = Poster(DEVELOPMENT, lambda *_: ["127.0.0.1"], ssl.create_default_context(), 60.0)
    response = poster.post(f"https://{NAME}:{receiver.port}/", {}, BODY)
    assert response.error is not None
    assert "TLS certificate is not valid" in response.error
    assert not receiver.messages


def test_a_server_that_never_answers_the_handshake_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert post(f"https://127.0.0.1:{port}/", timeout_seconds=SHORT_SECONDS).error is not None


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/"]
)
def test_a_url_that_was_stored_before_the_rules_changed_is_not_called(url: str) -> None:
    response = post(url, policy=PRODUCTION)
    assert response.status_code is None
    assert response.error is not None
    assert response.error.startswith("the URL")
