"""Fixtures of webhooks: a receiver, a sender, and webhooks that the service creates."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from app.database import Database
from app.settings import Settings
from app.settings.webhooks import WebhookSettings
from app.webhooks import schedule, service
from app.webhooks import sender as sender_module
from app.webhooks.addresses import AddressPolicy
from app.webhooks.sender import WebhookSender
from app.webhooks.service import NewWebhook
from app.webhooks.vault import Vault
from tests.webhooks.receiver import Receiver

SECRET = "your-webhook-secret"
"""The secret in the contract's example."""

DEVELOPMENT = AddressPolicy(allows_private=True, ports=frozenset({443}))
PRODUCTION = AddressPolicy(allows_private=False, ports=frozenset({443}))

MakeWebhook = Callable[..., UUID]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver that answers 204."""
    made = Receiver()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def webhook_settings(settings: Settings) -> WebhookSettings:
    """Receivers on this machine are allowed."""
    return replace(settings, webhook_allow_private=True)


@pytest.fixture
def fast_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let senders look often, try again at once, and wait long for a receiver: a late answer is a retry."""
    monkeypatch.setattr(sender_module, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(sender_module, "TIMEOUT_SECONDS", 60.0)
    monkeypatch.setattr(schedule, "PAUSES_SECONDS", tuple(1e-6 * each for each in schedule.PAUSES_SECONDS))


@pytest.fixture
def idle_sender(
    database: Database, webhook_settings: WebhookSettings, fast_pace: None
) -> Iterator[WebhookSender]:
    """Return a sender that is not started."""
    made = WebhookSender(database, webhook_settings)
    yield made
    made.stop()


@pytest.fixture
def sender(idle_sender: WebhookSender) -> WebhookSender:
    """Return a started sender."""
    idle_sender.start()
    return idle_sender


@pytest.fixture
def make_webhook(database: Database, receiver: Receiver, webhook_settings: WebhookSettings) -> MakeWebhook:
    """Return a function that creates a webhook to the receiver for some events, and returns its id."""

    def make(*events: str, url: str | None = None, secret: str | None = SECRET) -> UUID:
        new = NewWebhook(url or receiver.url, list(events), secret=secret)
        with database.unit_of_work() as unit:
            vault = Vault(webhook_settings.encryption_keys)
            return service.create(unit.session, vault, new, None)[0].id

    return make
