"""Secrets and signatures of Standard Webhooks (https://www.standardwebhooks.com, version 1)."""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from standardwebhooks import Webhook as Signer

from app.errors import InvalidInputError
from app.timestamps import iso8601

PREFIX = "whsec_"
DRAWN_BYTES = 32
MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64
"""The specification's bounds for a secret in its own form."""

MIN_TEXT_CHARACTERS, MAX_TEXT_CHARACTERS = 16, 256
"""The length of a secret in any other form; the example of the contract has 19 characters."""

SECRET_LOCATION = ("body", "secret")


def draw_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(DRAWN_BYTES)).decode()


def check_secret(secret: str) -> str:
    """Return the secret if it can sign.

    Raises:
        InvalidInputError: it is too short or too long, or begins with ``whsec_`` and is not base64.
    """
    if secret.startswith(PREFIX):
        try:
            size = len(key_of(secret))
        except ValueError as error:
            raise InvalidInputError("what follows whsec_ must be base64", SECRET_LOCATION) from error
        if not MIN_KEY_BYTES <= size <= MAX_KEY_BYTES:
            raise InvalidInputError(
                f"a whsec_ secret must be base64 of {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes; this is {size}",
                SECRET_LOCATION,
            )
    elif not MIN_TEXT_CHARACTERS <= len(secret) <= MAX_TEXT_CHARACTERS:
        raise InvalidInputError(
            f"a secret must have {MIN_TEXT_CHARACTERS} to {MAX_TEXT_CHARACTERS} characters", SECRET_LOCATION
        )
    return secret


def key_of(secret: str) -> bytes:
    """Return the bytes that sign: those that the base64 after ``whsec_`` encodes, or the text's UTF-8.

    The official libraries decode any text as base64, and fail on other text; give them these bytes to verify.
    """
    if secret.startswith(PREFIX):
        encoded = secret.removeprefix(PREFIX)
        return b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    return secret.encode()


def body_of(event_type: str, created_at: datetime, data: str) -> bytes:
    """Return the body of a message; ``data`` is JSON text. The same event always gives the same bytes."""
    document = {"type": event_type, "timestamp": iso8601(created_at), "data": msgspec.Raw(data.encode())}
    return msgspec.json.encode(document)


def headers_of(event_id: UUID, body: bytes, secrets_: Iterable[str], now: datetime) -> dict[str, str]:
    """Return the headers of one attempt to send a message, with one signature for each secret.

    The id is the event's, the same in every attempt and redelivery, so that receivers can drop repeats.
    """
    message_id = f"msg_{event_id.hex}"
    moment = now.astimezone(UTC).replace(microsecond=0)
    signatures = [Signer(key_of(secret)).sign(message_id, moment, body.decode()) for secret in secrets_]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
