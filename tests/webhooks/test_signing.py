"""Secrets, bodies and signatures, checked with the official library and the specification's examples."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.errors import InvalidInputError, UnavailableError
from app.webhooks.signing import body_of, check_secret, draw_secret, headers_of, key_of
from app.webhooks.vault import Vault

EVENT_ID = UUID("c0ffee00-0000-4000-8000-000000000000")
CREATED_AT = datetime(2026, 2, 1, 14, 30, tzinfo=UTC)
OLD_KEY, NEW_KEY = (b64encode(bytes([n]) * 32).decode() for n in (1, 2))


@pytest.mark.parametrize(
    "secret", ["your-webhook-secret", "geheim, mit Umläuten", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
)
def test_the_official_library_verifies_what_we_sign(secret: str) -> None:
    body = body_of("vector.inserted", CREATED_AT, '{"ids":["ä","\\u2028"],"count":2}')
    headers = headers_of(EVENT_ID, body, [secret], datetime.now(UTC))
    assert Webhook(key_of(secret)).verify(body, headers)["data"]["count"] == 2
    with pytest.raises(WebhookVerificationError):
        Webhook(key_of(secret)).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(b"another secret").verify(body, headers)


def test_the_official_library_takes_a_drawn_secret_as_it_is_shown() -> None:
    secret = draw_secret()
    headers = headers_of(EVENT_ID, b"{}", [secret], datetime.now(UTC))
    assert Webhook(secret).verify(b"{}", headers) == {}


def test_the_signature_is_hmac_sha256_over_id_time_and_body() -> None:
    headers = headers_of(EVENT_ID, b'{"a":1}', ["your-webhook-secret"], CREATED_AT)
    assert headers["webhook-id"] == "msg_c0ffee00000040008000000000000000"
    assert headers["webhook-timestamp"] == "1769956200"
    signed = b'msg_c0ffee00000040008000000000000000.1769956200.{"a":1}'
    digest = hmac.digest(b"your-webhook-secret", signed, hashlib.sha256)
    assert headers["webhook-signature"] == "v1," + b64encode(digest).decode()


def test_two_secrets_give_two_signatures_of_which_either_verifies() -> None:
    secrets = ["your-webhook-secret", draw_secret()]
    headers = headers_of(EVENT_ID, b"{}", secrets, datetime.now(UTC))
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in secrets:
        assert Webhook(key_of(secret)).verify(b"{}", headers) == {}


def test_a_body_has_type_timestamp_and_data() -> None:
    body = body_of("webhook.test", CREATED_AT, '{"n":1.50}')
    assert body == b'{"type":"webhook.test","timestamp":"2026-02-01T14:30:00Z","data":{"n":1.50}}'


def test_a_drawn_secret_is_of_32_bytes_and_new_each_time() -> None:
    assert len(key_of(draw_secret())) == 32
    assert draw_secret() != draw_secret()


def test_a_whsec_secret_stands_for_the_bytes_of_its_base64() -> None:
    text = "whsec_" + b64encode(b"x" * 25).decode().rstrip("=")
    assert key_of(check_secret(text)) == b64decode(text.removeprefix("whsec_") + "==") == b"x" * 25


@pytest.mark.parametrize(
    "secret",
    ["", "short", "x" * 257, "whsec_", "whsec_AAAA", "whsec_not base64!", "whsec_" + "A" * 100, "whsec_ääää"],
)
def test_a_secret_that_cannot_sign_is_refused(secret: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_secret(secret)
    assert refused.value.location == ("body", "secret")


def test_a_secret_is_encrypted_differently_each_time_and_comes_back() -> None:
    vault = Vault([NEW_KEY])
    first, second = vault.encrypt("secret"), vault.encrypt("secret")
    assert first != second
    assert "secret" not in first
    assert vault.decrypt(first) == vault.decrypt(second) == "secret"


def test_after_a_rotation_of_keys_old_secrets_are_read_and_can_be_moved_over() -> None:
    token = Vault([OLD_KEY]).encrypt("secret")
    rotated = Vault([NEW_KEY, OLD_KEY])
    assert rotated.decrypt(token) == "secret"
    assert Vault([NEW_KEY]).decrypt(rotated.encrypt_again(token)) == "secret"
    with pytest.raises(UnavailableError):
        Vault([NEW_KEY]).decrypt(token)
    with pytest.raises(UnavailableError):
        Vault([NEW_KEY]).encrypt_again(token)


def test_without_a_key_nothing_is_kept() -> None:
    with pytest.raises(UnavailableError) as refused:
        Vault([]).encrypt("secret")
    assert refused.value.code == "encryption_not_configured"
