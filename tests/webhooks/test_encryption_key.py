"""The encryption key: ``make run`` draws one, and operators replace it."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import cli
from app.database import Database
from app.settings import Settings
from app.webhooks import service
from app.webhooks.service import NewWebhook
from app.webhooks.vault import Vault
from embedded.api_secrets import keep_encryption_keys


def test_a_key_is_drawn_once_and_kept_from_others(tmp_path: Path) -> None:
    key = keep_encryption_keys(tmp_path, {})
    assert keep_encryption_keys(tmp_path, {"ENCRYPTION_KEYS": ""}) == key
    assert stat.S_IMODE((tmp_path / "encryption-key").stat().st_mode) == 0o600
    assert Vault([key]).decrypt(Vault([key]).encrypt("secret")) == "secret"


def test_keys_that_are_given_are_used_and_none_is_drawn(tmp_path: Path) -> None:
    assert keep_encryption_keys(tmp_path, {"ENCRYPTION_KEYS": "a,b"}) == "a,b"
    assert not list(tmp_path.iterdir())


def test_operators_move_secrets_to_a_new_key(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = settings.encryption_keys[0], "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    with database.unit_of_work() as unit:
        wanted = NewWebhook("https://example.com/", ["*"], secret="your-webhook-secret")
        webhook_id = service.create(unit.session, Vault([old]), wanted, None)[0].id
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{new},{old}")
    ran = CliRunner().invoke(cli, ["webhooks", "encrypt-again"])
    assert ran.output == "Encrypted the secrets of 1 webhooks.\n"
    with database.reading() as session:
        stored = service.get(session, webhook_id).secret
    assert Vault([new]).decrypt(stored) == "your-webhook-secret"
