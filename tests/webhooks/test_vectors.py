"""Webhooks get one event for each request that changes vectors, whatever its size."""

from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.database import Database
from app.models import WebhookEvent
from tests.keys import v2
from tests.webhooks.conftest import MakeWebhook

VECTORS = "/v2/vectors"


@pytest.fixture
def writer(client: FlaskClient, writer_key: str, make_webhook: MakeWebhook) -> FlaskClient:
    """Return a writer's client; a webhook is subscribed to the events of vectors."""
    make_webhook("vector.*")
    return v2(client, writer_key)


def told(database: Database) -> list[tuple[str, Any]]:
    """Return the types and the ids of the events, in order."""
    with database.reading() as session:
        rows = session.scalars(select(WebhookEvent).order_by(WebhookEvent.created_at)).all()
    return [(row.type, msgspec.json.decode(row.data)["ids"]) for row in rows]


def vector(vector_id: str) -> dict[str, object]:
    """Return the body of a vector."""
    return {"id": vector_id, "vector": [1.0, 2.0]}


def test_each_change_of_one_vector_is_told_of(writer: FlaskClient, database: Database) -> None:
    assert writer.post(VECTORS, json=vector("a")).status_code == 201
    assert writer.post(VECTORS + "?upsert=true", json=vector("a")).status_code == 200
    assert writer.put(VECTORS + "/a", json={"metadata": {"n": 1}}).status_code == 200
    assert writer.delete(VECTORS + "/a").status_code == 200
    assert told(database) == [
        ("vector.inserted", ["a"]),
        ("vector.updated", ["a"]),
        ("vector.updated", ["a"]),
        ("vector.deleted", ["a"]),
    ]


def test_a_batch_is_one_event_and_one_for_what_it_replaced(writer: FlaskClient, database: Database) -> None:
    writer.post(VECTORS, json=vector("a"))
    batch = {"vectors": [vector(each) for each in "abc"]}
    assert writer.post(VECTORS + "/batch?upsert=true", json=batch).status_code == 201
    kept = {event: sorted(ids) for event, ids in told(database)[1:]}
    assert kept == {"vector.inserted": ["b", "c"], "vector.updated": ["a"]}
    assert writer.post(VECTORS + "/delete", json={"ids": ["c", "nobody", "a"]}).status_code == 200
    event, ids = told(database)[-1]
    assert (event, sorted(ids)) == ("vector.deleted", ["a", "c"])


def test_what_was_refused_is_not_told_of(writer: FlaskClient, database: Database) -> None:
    writer.post(VECTORS, json=vector("a"))
    assert writer.post(VECTORS, json=vector("a")).status_code == 409
    assert writer.post(VECTORS + "/batch", json={"vectors": [vector("b"), vector("a")]}).status_code == 409
    assert writer.delete(VECTORS + "/nobody").status_code == 404
    assert writer.post(VECTORS + "/delete", json={"ids": ["nobody"]}).status_code == 200
    assert told(database) == [("vector.inserted", ["a"])]
