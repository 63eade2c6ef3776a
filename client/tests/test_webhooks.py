"""Webhooks: a message is verified as the standard says, and as Qloom really sends it."""

import base64
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue

import pytest
import standardwebhooks
from qloom import Qloom, WebhookSignatureError, verify_webhook

from tests.server import WAIT_SECONDS

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
BODY = '{"type": "vector.inserted", "data": {"ids": ["ä"]}}'


def signed(moment: datetime, body: str = BODY) -> dict[str, str]:
    signature = standardwebhooks.Webhook(SECRET).sign("msg_1", moment, body)
    at = str(int(moment.timestamp()))
    return {"Webhook-Id": "msg_1", "webhook-timestamp": at, "webhook-signature": signature}


def test_what_the_reference_library_signs_is_accepted() -> None:
    headers = signed(datetime.now(UTC))
    headers["webhook-signature"] = f"v1a,x v1,AAAA {headers['webhook-signature']}"
    assert verify_webhook(SECRET, BODY.encode(), headers)["data"] == {"ids": ["ä"]}


@pytest.mark.parametrize("change", ["body", "id", "secret", "old", "ahead", "missing", "malformed"])
def test_what_was_changed_is_refused(change: str) -> None:
    now = datetime.now(UTC)
    headers, body, key, at = signed(now), BODY, SECRET, now.timestamp()
    match change:
        case "body":
            body = BODY.replace("ä", "b")
        case "id":
            headers["Webhook-Id"] = "msg_2"
        case "secret":
            key = "another one of ours"
        case "old":
            at += 301
        case "ahead":
            at -= 302
        case "missing":
            del headers["webhook-signature"]
        case "malformed":
            headers["webhook-timestamp"] = "now"
    with pytest.raises(WebhookSignatureError):
        verify_webhook(key, body, headers, now=at)


@pytest.fixture
def receiver() -> Iterator[tuple[str, "Queue[tuple[bytes, dict[str, str]]]"]]:
    received: Queue[tuple[bytes, dict[str, str]]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            received.put((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
            self.send_response(204)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("secret", [None, "a secret that is plain text"])
def test_a_message_of_qloom_is_verified(
    client: Qloom, receiver: tuple[str, "Queue[tuple[bytes, dict[str, str]]]"], secret: str | None
) -> None:
    url, received = receiver
    made = client.webhooks.create(url, ["vector.*"], secret=secret)
    assert made.secret is not None
    assert made.secret not in repr(made)
    try:
        sent = client.webhooks.test(made.id)
        body, headers = received.get(timeout=WAIT_SECONDS)
        assert client.webhooks.verify(made.secret, body, headers)["type"] == "webhook.test"
        with pytest.raises(WebhookSignatureError):
            client.webhooks.verify(made.secret, body + b" ", headers)
        assert client.webhooks.redeliver(made.id, sent.id).message_id == sent.message_id
        received.get(timeout=WAIT_SECONDS)
        assert (
            len(client.webhooks.deliveries(made.id))
            == len(list(client.webhooks.all_deliveries(made.id)))
            == 2
        )
        assert client.webhooks.delivery(made.id, sent.id).event == "webhook.test"
        assert client.webhooks.update(made.id, enabled=False).enabled is False
        assert client.webhooks.replace(made.id, url, ["*"]).events == ["*"]
        assert client.webhooks.rotate_secret(made.id).secret != made.secret
    finally:
        client.webhooks.delete(made.id)
    assert made.id not in {each.id for each in client.webhooks.list()}
