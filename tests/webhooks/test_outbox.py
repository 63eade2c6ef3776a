"""The outbox: one row in the transaction of the change, if a webhook subscribed to it."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Database
from app.direct_sql import run_plain
from app.models import WebhookDelivery, WebhookEvent
from app.webhooks import deliveries, outbox, service
from app.webhooks.outbox import MAX_LISTED_BYTES, MAX_LISTED_IDS, EventType, listed
from tests.webhooks.conftest import MakeWebhook


def events(database: Database) -> list[tuple[str, str]]:
    """Return the events in the outbox as type and data."""
    with database.reading() as session:
        rows = session.scalars(select(WebhookEvent).order_by(WebhookEvent.created_at)).all()
    return [(row.type, row.data) for row in rows]


def publish(database: Database, event_type: EventType = EventType.VECTOR_INSERTED) -> None:
    """Publish an event in a transaction of its own."""
    with database.unit_of_work() as unit:
        outbox.publish(unit.session, event_type, {"ids": ["a"]})


def test_nothing_is_written_where_nobody_listens(database: Database) -> None:
    publish(database)
    assert events(database) == []


@pytest.mark.parametrize("pattern", ["vector.inserted", "vector.*", "*"])
def test_an_event_is_written_once_for_all_who_want_it(
    database: Database, make_webhook: MakeWebhook, pattern: str
) -> None:
    for _ in range(3):
        make_webhook(pattern)
    publish(database)
    assert events(database) == [("vector.inserted", '{"ids":["a"]}')]


@pytest.mark.parametrize("pattern", ["vector.updated", "execution.*", "entanglement.created"])
def test_an_event_that_nobody_asked_for_is_not_written(
    database: Database, make_webhook: MakeWebhook, pattern: str
) -> None:
    make_webhook(pattern)
    publish(database)
    assert events(database) == []


def test_a_disabled_webhook_wants_nothing(database: Database, make_webhook: MakeWebhook) -> None:
    webhook_id = make_webhook("*")
    with database.unit_of_work() as unit:
        service.change(unit.session, webhook_id, {"enabled": False})
    publish(database)
    assert events(database) == []


def test_an_event_is_rolled_back_with_its_change(database: Database, make_webhook: MakeWebhook) -> None:
    make_webhook("*")

    class ChangeFailedError(Exception):
        """An error after the event was published."""

    def change_and_fail() -> None:
        with database.unit_of_work() as unit:
            outbox.publish(unit.session, EventType.VECTOR_INSERTED, {})
            raise ChangeFailedError

    with pytest.raises(ChangeFailedError):
        change_and_fail()
    assert events(database) == []


def test_publishing_is_one_statement(
    database: Database, make_webhook: MakeWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_webhook("*")
    statements: list[bytes] = []

    def note(session: Session, sql: bytes, parameters: Any) -> None:
        statements.append(sql)
        run_plain(session, sql, parameters)

    monkeypatch.setattr(outbox, "run_plain", note)
    with database.unit_of_work() as unit:
        outbox.publish_ids(unit.session, EventType.VECTOR_DELETED, [str(n) for n in range(5_000)])
    assert len(statements) == 1
    (data,) = (msgspec.json.decode(data) for _, data in events(database))
    assert (data["count"], len(data["ids"]), data["ids_truncated"]) == (5_000, MAX_LISTED_IDS, True)


def test_a_change_of_nothing_is_no_event(database: Database, make_webhook: MakeWebhook) -> None:
    make_webhook("*")
    with database.unit_of_work() as unit:
        outbox.publish_ids(unit.session, EventType.VECTOR_DELETED, [])
    assert events(database) == []


def test_listed_ids_end_at_their_number_and_at_their_bytes() -> None:
    assert listed(["a", "b"]) == {"ids": ["a", "b"], "count": 2, "ids_truncated": False}
    many = listed([str(n) for n in range(1_001)])
    assert many["ids"] == list(map(str, range(MAX_LISTED_IDS)))
    assert many["ids_truncated"] is True
    long = listed(["ä" * 256] * 200)
    assert isinstance(long["ids"], list)
    assert len(long["ids"]) == MAX_LISTED_BYTES // 512
    assert long["ids_truncated"] is True


def test_fanning_out_makes_one_delivery_for_each_webhook_that_asked(
    database: Database, make_webhook: MakeWebhook
) -> None:
    wanted = {make_webhook("vector.*"), make_webhook("*"), make_webhook("vector.inserted", "execution.*")}
    make_webhook("execution.*")
    publish(database)
    with database.unit_of_work() as unit:
        assert deliveries.fan_out(unit.session) == 1
    with database.unit_of_work() as unit:
        assert deliveries.fan_out(unit.session) == 0
        assert {each.webhook_id for each in deliveries.claim(unit.session, 10)} == wanted


def test_an_event_goes_to_no_webhook_that_is_younger_than_it(
    database: Database, make_webhook: MakeWebhook
) -> None:
    old = make_webhook("*")
    publish(database)
    make_webhook("*")
    with database.unit_of_work() as unit:
        assert deliveries.fan_out(unit.session) == 1
        assert unit.session.scalars(select(WebhookDelivery.webhook_id)).all() == [old]
