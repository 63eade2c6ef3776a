"""The encryption key: ``make run`` draws one, and operators replace it."""

import stat
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import cli
from app.database import Database
from app.settings import Settings
from app.settings.webhooks import WebhookSettings
from app.webhooks import outbox, service
from app.webhooks.outbox import EventType
from app.webhooks.sender import WebhookSender
from app.webhooks.service import NewWebhook
from app.webhooks.vault import Vault
from embedded.api_secrets import keep_encryption_keys
from tests.webhooks.receiver import Receiver
from tests.webhooks.test_sender import wait_for_end

NEW = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
"""Another key than the tests'."""


def test_a_key_is_drawn_once_and_kept_from_others(tmp_path: Path) -> None:
    key = keep_encryption_keys(tmp_path, {})
    assert keep_encryption_keys(tmp_path, {"ENCRYPTION_KEYS": ""}) == key
    assert stat.S_IMODE((tmp_path / "encryption-key").stat().st_mode) == 0o600
    assert Vault([key]).decrypt(Vault([key]).encrypt("secret")) == "secret"


def test_keys_that_are_given_are_used_and_none_is_drawn(tmp_path: Path) -> None:
    assert keep_encryption_keys(tmp_path, {"ENCRYPTION_KEYS": "a,b"}) == "a,b"
    assert not list(tmp_path.iterdir())


def errors_of_sending(
    database: Database, settings: WebhookSettings, keys: tuple[str, ...], count: int
) -> list[list[str | None]]:
    """Publish an event, let a sender with these keys send it, and return the errors of each delivery."""
    with database.unit_of_work() as unit:
        outbox.publish(unit.session, EventType.VECTOR_INSERTED, {"number": 1})
    sender = WebhookSender(database, replace(settings, encryption_keys=keys))
    sender.start()
    try:
        found = wait_for_end(database, count)
    finally:
        sender.stop()
    return [[entry["error"] for entry in row.attempts] for row in found]


def test_in_the_documented_order_every_sender_can_sign_at_every_step(
    database: Database, receiver: Receiver, webhook_settings: WebhookSettings, fast_pace: None
) -> None:
    old = webhook_settings.encryption_keys[0]
    webhooks = deliveries = 0
    for before, after in pairwise([(old,), (old, NEW), (NEW, old), (NEW,)]):
        if after == (NEW,):
            service.encrypt_again(database, Vault(before))
        for keys in (before, after):  # webs of both values run while they are restarted one by one
            with database.unit_of_work() as unit:
                service.create(unit.session, Vault(keys), NewWebhook(receiver.url, ["*"]), None)
            webhooks += 1
        for keys in (before, after):
            deliveries += webhooks
            errors = errors_of_sending(database, webhook_settings, keys, deliveries)
            assert errors == [[None]] * deliveries, (before, after, keys)


def test_a_secret_of_a_key_that_a_sender_does_not_know_waits_for_one_that_does(
    database: Database, receiver: Receiver, webhook_settings: WebhookSettings, fast_pace: None
) -> None:
    old = webhook_settings.encryption_keys[0]
    with database.unit_of_work() as unit:
        service.create(unit.session, Vault([NEW, old]), NewWebhook(receiver.url, ["*"]), None)
        outbox.publish(unit.session, EventType.VECTOR_INSERTED, {"number": 1})
    behind = WebhookSender(database, webhook_settings)
    behind.work()
    behind.stop()
    assert receiver.messages == []
    ((error, success),) = errors_of_sending(database, webhook_settings, (NEW, old), 2)[:1]
    assert (error, success) == ("No key of ENCRYPTION_KEYS decrypts the webhook's secret.", None)


def test_operators_move_secrets_to_a_new_key(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = settings.encryption_keys[0], NEW
    with database.unit_of_work() as unit:
        wanted = NewWebhook("https://example.com/", ["*"], secret="your-webhook-secret")
        webhook_id = service.create(unit.session, Vault([old]), wanted, None)[0].id
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{new},{old}")
    ran = CliRunner().invoke(cli, ["webhooks", "encrypt-again"])
    assert ran.output == "Encrypted the secrets of 1 webhooks.\n"
    with database.reading() as session:
        stored = service.get(session, webhook_id).secret
    assert Vault([new]).decrypt(stored) == "your-webhook-secret"
