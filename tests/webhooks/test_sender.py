"""The sender: every event arrives at least once, and no receiver does any harm."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from app.database import Database
from app.models import DeliveryStatus, Webhook, WebhookDelivery, WebhookEvent
from app.settings.webhooks import WebhookSettings
from app.webhooks import deliveries, outbox, service
from app.webhooks.outbox import EventType
from app.webhooks.schedule import MAX_ATTEMPTS
from app.webhooks.sender import WebhookSender
from app.webhooks.signing import key_of
from app.webhooks.vault import Vault
from tests.stack import wait_until
from tests.webhooks.conftest import SECRET, MakeWebhook
from tests.webhooks.receiver import Receiver, hold, reply


def publish(database: Database, count: int = 1, event_type: EventType = EventType.VECTOR_INSERTED) -> None:
    """Publish events whose data is a number."""
    with database.unit_of_work() as unit:
        for number in range(count):
            outbox.publish(unit.session, event_type, {"number": number})


def rows(database: Database) -> list[WebhookDelivery]:
    """Return all deliveries."""
    with database.reading() as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.created_at)).all())


def wait_for_end(database: Database, count: int = 1) -> list[WebhookDelivery]:
    """Wait until so many deliveries have ended, and return all of them."""

    def ended() -> Any:
        found = rows(database)
        return len(found) >= count and all(row.finished_at is not None for row in found) and found

    found: list[WebhookDelivery] = wait_until(ended, what="the deliveries' end")
    return found


def webhook(database: Database, webhook_id: UUID) -> Webhook:
    """Return the row of a webhook."""
    with database.reading() as session:
        return service.get(session, webhook_id)


def test_an_event_arrives_signed_and_is_logged(
    database: Database, receiver: Receiver, sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    receiver.replies = [reply(200, b"thanks")]
    make_webhook("vector.inserted")
    publish(database)
    (row,) = wait_for_end(database)
    assert row.status == DeliveryStatus.SUCCEEDED
    (entry,) = row.attempts
    assert (entry["attempt"], entry["status_code"], entry["response"], entry["error"]) == (
        1,
        200,
        "thanks",
        None,
    )
    assert entry["duration_ms"] > 0
    (message,) = receiver.messages
    assert Verifier(key_of(SECRET)).verify(message.body, message.headers) == message.document
    assert message.document["type"] == "vector.inserted"
    assert message.document["data"] == {"number": 0}
    assert message.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_a_failure_is_tried_again_with_the_same_id_and_body(
    database: Database, receiver: Receiver, sender: WebhookSender, make_webhook: MakeWebhook, status: int
) -> None:
    receiver.replies = [reply(status), reply(status), reply(204)]
    webhook_id = make_webhook("*")
    publish(database)
    (row,) = wait_for_end(database)
    assert [entry["status_code"] for entry in row.attempts] == [status, status, 204]
    assert len({(message.headers["webhook-id"], message.body) for message in receiver.messages}) == 1
    wait_until(lambda: webhook(database, webhook_id).failing_since is None, what="health")


def test_after_the_last_attempt_a_delivery_has_failed(
    database: Database, receiver: Receiver, sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    receiver.replies = [reply(500)]
    webhook_id = make_webhook("*")
    publish(database)
    (row,) = wait_for_end(database)
    assert row.status == DeliveryStatus.FAILED
    assert len(row.attempts) == len(receiver.messages) == MAX_ATTEMPTS
    wait_until(lambda: webhook(database, webhook_id).failing_since, what="the note of failing")
    assert webhook(database, webhook_id).enabled


def test_a_failure_is_noted_before_its_delivery_is_due_again(
    database: Database,
    receiver: Receiver,
    sender: WebhookSender,
    make_webhook: MakeWebhook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the next attempt may succeed before, and the webhook would be failing after a success."""
    note, is_claimed = deliveries.note_failure, []

    def note_failure(session: Session, webhook_id: UUID) -> bool:
        is_claimed.extend(row.claim_expires_at is not None for row in rows(database))
        return note(session, webhook_id)

    monkeypatch.setattr(deliveries, "note_failure", note_failure)
    receiver.replies = [reply(500), reply(204)]
    webhook_id = make_webhook("*")
    publish(database)
    wait_for_end(database)
    assert is_claimed == [True]
    assert webhook(database, webhook_id).failing_since is None


def test_a_success_ends_a_failing_that_was_noted_after_its_claim(
    database: Database, receiver: Receiver, sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    released = Event()

    def late(handler: BaseHTTPRequestHandler) -> None:
        released.wait(60)
        reply(204)(handler)

    receiver.replies = [late]
    webhook_id = make_webhook("*")
    publish(database)
    wait_until(lambda: receiver.messages, what="the message")
    with database.unit_of_work() as unit:
        deliveries.note_failure(unit.session, webhook_id)
    released.set()
    wait_for_end(database)
    assert webhook(database, webhook_id).failing_since is None


def test_retry_after_is_obeyed(
    database: Database, receiver: Receiver, sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    receiver.replies = [reply(503, Retry_After="3600")]
    make_webhook("*")
    publish(database)
    row: WebhookDelivery = wait_until(lambda: next(iter(r for r in rows(database) if r.attempts), None))
    assert row.status == DeliveryStatus.PENDING
    with database.reading() as session:
        due_in = session.scalar(select(WebhookDelivery.due_at - func.now()))
    assert due_in is not None
    assert timedelta(minutes=55) < due_in <= timedelta(hours=1)


def test_410_gone_disables_the_webhook_with_a_note(
    database: Database, receiver: Receiver, sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    receiver.replies = [reply(410)]
    webhook_id = make_webhook("*")
    publish(database)
    (row,) = wait_for_end(database)
    assert (row.status, len(row.attempts)) == (DeliveryStatus.FAILED, 1)
    wait_until(lambda: not webhook(database, webhook_id).enabled, what="the webhook being disabled")
    assert webhook(database, webhook_id).disabled_reason == "The receiver answered 410 Gone."


def test_a_webhook_that_failed_for_five_days_is_disabled_with_a_note(
    database: Database, receiver: Receiver, sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    receiver.replies = [reply(500)]
    webhook_id = make_webhook("*")
    with database.unit_of_work() as unit:
        long_ago = func.now() - timedelta(days=5, minutes=1)
        unit.session.execute(update(Webhook).values(failing_since=long_ago))
    publish(database)
    wait_until(lambda: not webhook(database, webhook_id).enabled, what="the webhook being disabled")
    assert webhook(database, webhook_id).disabled_reason == "Every attempt has failed for 5 days."
    (row,) = wait_for_end(database)
    assert row.attempts[-1]["error"] == "not sent: the webhook was disabled"


def test_what_is_due_while_a_webhook_is_disabled_is_not_sent(
    database: Database, receiver: Receiver, idle_sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    webhook_id = make_webhook("*")
    publish(database)
    with database.unit_of_work() as unit:
        deliveries.fan_out(unit.session)
        service.change(unit.session, webhook_id, {"enabled": False})
    idle_sender.start()
    (row,) = wait_for_end(database)
    assert row.status == DeliveryStatus.FAILED
    assert not receiver.messages
    assert webhook(database, webhook_id).failing_since is None


def test_a_hanging_receiver_holds_only_its_share_and_starves_no_other(
    database: Database, receiver: Receiver, sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    hanging, released = Receiver(), Event()
    hanging.replies = [hold(released)]
    hanging.start()
    try:
        make_webhook("*", url=hanging.url)
        make_webhook("*")
        publish(database, 40)
        wait_until(lambda: len(receiver.messages) == 40, what="the other's messages")
        assert hanging.most_at_once <= deliveries.MAX_AT_ONCE_PER_WEBHOOK
        assert receiver.most_at_once <= deliveries.MAX_AT_ONCE_PER_WEBHOOK
    finally:
        released.set()
        sender.stop()
        hanging.stop()


def test_what_a_killed_sender_held_is_due_again_and_its_late_word_changes_nothing(
    database: Database, receiver: Receiver, idle_sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    make_webhook("*")
    publish(database)
    with database.unit_of_work() as unit:
        deliveries.fan_out(unit.session)
    with database.unit_of_work() as unit:
        (lost,) = deliveries.claim(unit.session, 10)
        assert deliveries.claim(unit.session, 10) == []
    with database.unit_of_work() as unit:
        past = func.now() - timedelta(seconds=1)
        unit.session.execute(update(WebhookDelivery).values(due_at=past, claim_expires_at=past))
    idle_sender.start()
    (row,) = wait_for_end(database)
    assert (row.status, row.attempt, len(receiver.messages)) == (DeliveryStatus.SUCCEEDED, 2, 1)
    with database.unit_of_work() as unit:
        assert not deliveries.end(unit.session, lost, {}, DeliveryStatus.FAILED)
        assert not deliveries.retry(unit.session, lost, {}, 1.0)


@pytest.fixture
def second_sender(
    database: Database, idle_sender: WebhookSender, webhook_settings: WebhookSettings
) -> Iterator[WebhookSender]:
    """Return another sender on the same database."""
    made = WebhookSender(database, webhook_settings)
    yield made
    made.stop()


def test_several_senders_share_the_work_and_send_nothing_twice(
    database: Database,
    receiver: Receiver,
    idle_sender: WebhookSender,
    second_sender: WebhookSender,
    make_webhook: MakeWebhook,
) -> None:
    for _ in range(3):
        make_webhook("*")
    publish(database, 100)
    idle_sender.start()
    second_sender.start()
    ended = wait_for_end(database, 300)
    assert {row.status for row in ended} == {DeliveryStatus.SUCCEEDED}
    assert [row.attempts for row in ended if row.attempt != 1] == []
    assert len(receiver.messages) == 300
    assert receiver.most_at_once <= 3 * deliveries.MAX_AT_ONCE_PER_WEBHOOK


@pytest.fixture
def rotate(
    database: Database, make_webhook: MakeWebhook, webhook_settings: WebhookSettings
) -> Callable[[], str]:
    """Make a webhook; return a function that gives it a new secret, and returns that."""
    webhook_id, vault = make_webhook("*"), Vault(webhook_settings.encryption_keys)

    def rotated() -> str:
        with database.unit_of_work() as unit:
            return service.rotate_secret(unit.session, vault, webhook_id, None, 3_600)[1]

    return rotated


def test_after_a_rotation_both_secrets_sign_until_the_overlap_is_over(
    database: Database, receiver: Receiver, sender: WebhookSender, rotate: Callable[[], str]
) -> None:
    fresh = rotate()
    publish(database)
    wait_for_end(database)
    for secret in (SECRET, fresh):
        Verifier(key_of(secret)).verify(receiver.messages[0].body, receiver.messages[0].headers)
    with database.unit_of_work() as unit:
        unit.session.execute(text("UPDATE webhooks SET previous_secret_expires_at = now()"))
    publish(database)
    wait_for_end(database, 2)
    Verifier(key_of(fresh)).verify(receiver.messages[1].body, receiver.messages[1].headers)
    assert len(receiver.messages[1].headers["webhook-signature"].split()) == 1


def test_a_second_rotation_ends_the_first_of_the_three_secrets(
    database: Database, receiver: Receiver, sender: WebhookSender, rotate: Callable[[], str]
) -> None:
    second, third = rotate(), rotate()
    publish(database)
    wait_for_end(database)
    [message] = receiver.messages
    for secret in (second, third):
        Verifier(key_of(secret)).verify(message.body, message.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(key_of(SECRET)).verify(message.body, message.headers)


def test_a_secret_that_no_key_decrypts_is_a_failure_and_nothing_is_sent_unsigned(
    database: Database,
    receiver: Receiver,
    make_webhook: MakeWebhook,
    webhook_settings: WebhookSettings,
    fast_pace: None,
) -> None:
    make_webhook("*")
    publish(database)
    other_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    blind = WebhookSender(database, replace(webhook_settings, encryption_keys=(other_key,)))
    blind.start()
    try:
        (row,) = wait_for_end(database)
    finally:
        blind.stop()
    assert "ENCRYPTION_KEYS" in row.attempts[0]["error"]
    assert not receiver.messages


def test_a_webhook_that_is_deleted_while_its_message_is_on_its_way_is_no_fault(
    database: Database, receiver: Receiver, sender: WebhookSender, make_webhook: MakeWebhook
) -> None:
    released = Event()
    receiver.replies = [hold(released)]
    webhook_id = make_webhook("*")
    publish(database)
    wait_until(lambda: receiver.messages, what="the message")
    with database.unit_of_work() as unit:
        service.remove(unit.session, webhook_id)
    released.set()
    sender.stop()
    assert rows(database) == []


def test_old_events_are_removed_with_their_deliveries_and_waiting_ones_stay(
    database: Database, sender: WebhookSender, make_webhook: MakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_webhook("*")
    publish(database, 3)
    wait_for_end(database, 3)
    sender.stop()
    publish(database)
    with database.unit_of_work() as unit:
        unit.session.execute(update(WebhookEvent).values(created_at=func.now() - timedelta(days=31)))
    publish(database)
    monkeypatch.setattr(deliveries, "REMOVE_BATCH", 2)
    assert service.remove_old(database, timedelta(days=30))
    assert not service.remove_old(database, timedelta(days=30))
    assert rows(database) == []
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(WebhookEvent)) == 2
