"""Changes of webhooks at the same moment: the later one waits, and finds what the first has left."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from app.database import Database
from app.errors import LimitExceededError, NotFoundError
from app.models import Webhook, WebhookDelivery, WebhookEvent
from app.webhooks import deliveries, outbox, repository, service
from app.webhooks.outbox import EventType
from tests.databases import waiting_for_rows
from tests.stack import wait_until
from tests.webhooks.conftest import MakeWebhook


def begin(pool: ThreadPoolExecutor, database: Database, work: Callable[[], object]) -> "Future[object]":
    """Begin work that has to wait for an open transaction; return it once it waits."""
    begun = pool.submit(work)
    wait_until(lambda: begun.done() or waiting_for_rows(database), what="the wait for the other transaction")
    return begun


@pytest.mark.parametrize("again", [False, True])
def test_nothing_is_sent_to_a_webhook_that_is_deleted_meanwhile(
    database: Database, make_webhook: MakeWebhook, again: bool
) -> None:
    webhook_id = make_webhook("*")
    with database.unit_of_work() as unit:
        sent, _ = service.send_test(unit.session, webhook_id)

    def send() -> object:
        with database.unit_of_work() as unit:
            if again:
                return service.redeliver(unit.session, webhook_id, sent.id)
            return service.send_test(unit.session, webhook_id)

    with ThreadPoolExecutor() as pool:
        with database.unit_of_work() as unit:
            service.remove(unit.session, webhook_id)
            sending = begin(pool, database, send)
        with pytest.raises(NotFoundError):
            sending.result()


def test_the_other_webhooks_get_an_event_while_one_is_deleted(
    database: Database, make_webhook: MakeWebhook
) -> None:
    deleted, kept = make_webhook("*"), make_webhook("*")
    with database.unit_of_work() as unit:
        outbox.publish(unit.session, EventType.VECTOR_INSERTED, {"ids": ["a"]})

    def fan_out() -> int:
        with database.unit_of_work() as unit:
            return deliveries.fan_out(unit.session)

    with ThreadPoolExecutor() as pool:
        with database.unit_of_work() as unit:
            service.remove(unit.session, deleted)
            fanning_out = begin(pool, database, fan_out)
        assert fanning_out.result() == 1
    with database.reading() as session:
        assert session.scalars(select(WebhookDelivery.webhook_id)).all() == [kept]
        assert session.scalars(select(WebhookEvent.fanned_out_at)).one() is not None


def test_webhooks_that_are_created_together_keep_to_their_number(
    database: Database, make_webhook: MakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_WEBHOOKS", 2)
    make_webhook("*")

    with ThreadPoolExecutor() as pool:
        # what another request does until it commits
        with database.unit_of_work() as unit:
            repository.lock_number(unit.session)
            rivals = [pool.submit(make_webhook, "*") for _ in range(3)]
            wait_until(lambda: waiting_for_rows(database) == len(rivals), what="the rivals at the lock")
        assert sum(isinstance(rival.exception(), LimitExceededError) for rival in rivals) == 2
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Webhook)) == 2
