"""Tickets, with which browsers open streams."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, update

from app.api_keys import tickets
from app.connections import Connections
from app.database import Database
from app.models import ApiKey, Role
from app.rest.wiring import provided
from app.settings import Settings
from app.web import create_app
from tests.keys import make_key, v2

REPLAY = "/ws/replay/3f2504e0-4f89-41d3-9a0c-0305e82c3301"
UPGRADE_REQUIRED = 426
"""The code of the refusal of a plain request that may open the stream."""


def draw(client: FlaskClient, key: str) -> str:
    """Draw a ticket with a key."""
    response = v2(client, key).post("/v2/tickets")
    assert response.status_code == 201
    return str(response.get_json()["ticket"])


def open_stream(client: FlaskClient, ticket: str, path: str = REPLAY) -> int:
    """Return the response of a stream to a ticket."""
    return client.get(path, query_string={"ticket": ticket}).status_code


def test_a_ticket_opens_one_stream(production: FlaskClient, reader_key: str) -> None:
    assert production.get(REPLAY).status_code == 401
    ticket = draw(production, reader_key)
    assert [open_stream(production, ticket) for _ in range(2)] == [UPGRADE_REQUIRED, 401]


def test_a_ticket_lives_for_half_a_minute(
    production: FlaskClient, reader_key: str, settings: Settings
) -> None:
    lifetime, before = timedelta(seconds=tickets.TICKET_SECONDS), datetime.now(UTC)
    document = v2(production, reader_key).post("/v2/tickets").get_json()
    expires_at = datetime.fromisoformat(document["expires_at"])
    assert before + lifetime - timedelta(seconds=1) <= expires_at <= datetime.now(UTC) + lifetime
    redis = provided(Connections, production.application).redis
    [name] = redis.keys(f"{settings.redis_key_prefix}ticket:*")
    assert 0 < redis.ttl(name) <= tickets.TICKET_SECONDS
    assert document["ticket"].encode() not in name
    redis.delete(name)
    assert open_stream(production, document["ticket"]) == 401


def test_a_ticket_has_the_role_of_its_key(production: FlaskClient, reader_key: str, writer_key: str) -> None:
    assert open_stream(production, draw(production, reader_key), "/ws/execute") == 403
    assert open_stream(production, draw(production, writer_key), "/ws/execute") == UPGRADE_REQUIRED


def test_a_ticket_dies_with_its_key(production: FlaskClient, database: Database) -> None:
    ticket = draw(production, make_key(database, Role.READER))
    with database.unit_of_work() as unit:
        unit.session.execute(update(ApiKey).values(revoked_at=func.now()))
    assert open_stream(production, ticket) == 401


@pytest.mark.parametrize("ticket", ["", "x", "é", "\0", "a" * 10_000])
def test_what_is_no_ticket_is_refused(production: FlaskClient, ticket: str) -> None:
    assert open_stream(production, ticket) == 401


def test_a_ticket_opens_streams_and_nothing_else(production: FlaskClient, reader_key: str) -> None:
    ticket = draw(production, reader_key)
    assert open_stream(production, ticket, "/api/jobs") == 401
    assert open_stream(production, ticket, "/v2/jobs") == 401


def test_without_redis_there_are_no_tickets(settings: Settings, reader_key: str) -> None:
    app = create_app(replace(settings, redis_url="redis://127.0.0.1:1"))
    client = app.test_client()
    response = v2(client, reader_key).post("/v2/tickets")
    assert (response.status_code, int(response.headers["Retry-After"])) == (503, 2)
    assert open_stream(client, "x") == 503
    app.extensions["qloom"].close()
