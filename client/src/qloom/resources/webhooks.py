"""Webhooks, and how a receiver verifies their messages."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from qloom.calls import Call, Repeat, as_nothing, as_type, delete, get, path, send_json, texts
from qloom.errors import QloomError
from qloom.models.webhooks import Delivery, Webhook
from qloom.operations import D, Page, PageCall, Resource, listing, operation
from qloom.reading import read
from qloom.resources.jobs import get_page

TOLERANCE_SECONDS = 300
"""How far the time of a message may be from now; the libraries of Standard Webhooks have the same limit."""

PREFIX = "whsec_"


class WebhookSignatureError(QloomError):
    """A message was not signed with this secret, is too old, or lacks a header."""


def verify(
    secret: str | bytes, body: bytes | str, headers: Mapping[str, str], *, now: float | None = None
) -> Any:
    """Return the event of a webhook's message after its signature was verified.

    The signature is HMAC-SHA256 over ``id.timestamp.body`` (Standard Webhooks,
    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).

    Args:
        secret: as the webhook has it: ``whsec_`` and base64, or any other text, whose UTF-8 bytes sign.
        body: the exact bytes that were received.
        now: seconds since 1970; the clock's if not given.

    Raises:
        WebhookSignatureError: do not trust the message.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, sent_at, signatures = (
            given[f"webhook-{name}"] for name in ("id", "timestamp", "signature")
        )
        moment = int(sent_at)
    except (KeyError, ValueError) as error:
        raise WebhookSignatureError(f"a header is missing or malformed: {error}") from error
    if abs((time.time() if now is None else now) - moment) > TOLERANCE_SECONDS:
        raise WebhookSignatureError("the message is too old, or its time is ahead")
    content = body.encode() if isinstance(body, str) else body
    signed = f"{message_id}.{moment}.".encode() + content
    expected = base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()
    versions = (each.partition(",") for each in signatures.split(" "))
    if not any(kind == "v1" and hmac.compare_digest(value, expected) for kind, _, value in versions):
        raise WebhookSignatureError("no signature fits: another secret, or the body was changed")
    return json.loads(content)


def _key(secret: str | bytes) -> bytes:
    if isinstance(secret, bytes):
        return secret
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as error:
        raise WebhookSignatureError("the secret begins with whsec_ and is not base64") from error


def _where(webhook_id: str, *parts: str) -> str:
    return path("v2", "webhooks", webhook_id, *parts)


class Webhooks(Resource[D]):
    """Webhooks. All methods but ``verify`` need an administrator's key."""

    verify = staticmethod(verify)

    @operation
    def create(
        self,
        url: str,
        events: Sequence[str],
        *,
        secret: str | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Call[Webhook]:
        """Create a webhook; its ``secret`` is in this answer only.

        Args:
            url: https, on the public internet.
            events: names (``vector.inserted``), families (``vector.*``), or ``*``.
            secret: ``whsec_`` and base64 of 24 to 64 bytes, or 16 to 256 characters; if not given, drawn.
        """
        body = {
            "url": url,
            "events": texts("events", events),
            "secret": secret,
            "description": description,
            "enabled": enabled,
        }
        return send_json("POST", "/v2/webhooks", as_type(Webhook), body, repeat=Repeat.NEVER)

    @operation
    def list(self) -> Call[list[Webhook]]:
        """List all webhooks, newest first."""
        return Call("GET", "/v2/webhooks", lambda answer: read(list[Webhook], answer.json()["webhooks"]))

    @operation
    def get(self, webhook_id: str) -> Call[Webhook]:
        """Read one webhook."""
        return get(_where(webhook_id), Webhook)

    @operation
    def replace(
        self,
        webhook_id: str,
        url: str,
        events: Sequence[str],
        *,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Call[Webhook]:
        """Replace a webhook except its secret."""
        body = {"url": url, "events": texts("events", events), "description": description, "enabled": enabled}
        return send_json("PUT", _where(webhook_id), as_type(Webhook), body, repeat=Repeat.KEYED)

    @operation
    def update(self, /, webhook_id: str, **changes: Any) -> Call[Webhook]:
        """Change a part of a webhook: ``url``, ``events``, ``description``, ``enabled``."""
        return send_json("PATCH", _where(webhook_id), as_type(Webhook), changes, repeat=Repeat.KEYED)

    @operation
    def delete(self, webhook_id: str) -> Call[None]:
        """Delete a webhook with its deliveries."""
        return delete(_where(webhook_id), as_nothing)

    @operation
    def rotate_secret(
        self, webhook_id: str, *, secret: str | None = None, overlap_seconds: int | None = None
    ) -> Call[Webhook]:
        """Give a webhook a new secret, in this answer only.

        The old one signs too for ``overlap_seconds`` (a day), or until the next rotation.
        """
        body = {"secret": secret, "overlap_seconds": overlap_seconds}
        return send_json(
            "POST", _where(webhook_id, "rotate-secret"), as_type(Webhook), body, repeat=Repeat.NEVER
        )

    @operation
    def test(self, webhook_id: str) -> Call[Delivery]:
        """Send a message of the type ``webhook.test``."""
        return send_json("POST", _where(webhook_id, "test"), as_type(Delivery), repeat=Repeat.KEYED)

    @operation
    def deliveries(
        self,
        webhook_id: str,
        *,
        status: str | None = None,
        limit: int = 10,
        page: int | None = None,
        cursor: str | None = None,
    ) -> Call[Page[Delivery]]:
        """List the deliveries to a webhook with their attempts, newest first, one page."""
        return get_page(
            _where(webhook_id, "deliveries"),
            Delivery,
            "deliveries",
            status=status,
            limit=limit,
            page=page,
            cursor=cursor,
        )

    @listing
    def all_deliveries(self, webhook_id: str, *, status: str | None = None) -> PageCall[Delivery]:
        """Iterate over all deliveries to a webhook, newest first."""
        where = _where(webhook_id, "deliveries")
        return lambda cursor: get_page(where, Delivery, "deliveries", status=status, limit=50, cursor=cursor)

    @operation
    def delivery(self, webhook_id: str, delivery_id: str) -> Call[Delivery]:
        """Read one delivery."""
        return get(_where(webhook_id, "deliveries", delivery_id), Delivery)

    @operation
    def redeliver(self, webhook_id: str, delivery_id: str) -> Call[Delivery]:
        """Send the event of a delivery again, as a new delivery with the same message id."""
        where = _where(webhook_id, "deliveries", delivery_id, "redeliver")
        return send_json("POST", where, as_type(Delivery), repeat=Repeat.KEYED)
