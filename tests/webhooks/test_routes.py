"""``/v2/webhooks``: what administrators do with webhooks, and what is refused."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.database import Database
from app.models import ApiKey, AuditEntry, Webhook, WebhookDelivery, WebhookEvent
from app.settings import Settings
from app.web import create_app
from app.webhooks import routes, service
from tests.keys import v2
from tests.webhooks.conftest import SECRET

URL = "https://your-app.com/webhook"
EXAMPLE = {"url": URL, "events": ["vector.inserted", "entanglement.created"], "secret": SECRET}
"""The body of the contract's example."""

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def admin(client: FlaskClient, admin_key: str, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return an administrator's client; names resolve to a fixed address or to none."""

    def resolve(host: str, _port: int) -> list[str]:
        return [] if host.endswith(".invalid") else ["127.0.0.1" if "private" in host else "93.184.215.14"]

    monkeypatch.setattr(routes, "system_resolver", resolve)
    return v2(client, admin_key)


@pytest.fixture
def webhook(admin: FlaskClient) -> dict[str, Any]:
    """Create a webhook."""
    response = admin.post("/v2/webhooks", json=EXAMPLE)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.get_json()
    return made


def test_the_contracts_example_makes_a_webhook_and_shows_its_secret_once(
    admin: FlaskClient, database: Database
) -> None:
    response = admin.post("/v2/webhooks", json=EXAMPLE)
    assert response.status_code == 201
    made = response.get_json()
    assert (made["url"], made["events"], made["secret"], made["enabled"]) == (
        URL,
        EXAMPLE["events"],
        SECRET,
        True,
    )
    path = f"/v2/webhooks/{made['id']}"
    assert response.headers["Location"] == path
    shown = admin.get(path)
    assert "secret" not in shown.get_json()
    assert SECRET not in shown.text + admin.get("/v2/webhooks").text
    with database.reading() as session:
        row = session.scalars(select(Webhook)).one()
    assert SECRET not in repr(vars(row)), "the secret stands in the database as it is"
    assert row.owner is not None


def test_without_a_secret_one_is_drawn(admin: FlaskClient) -> None:
    made = admin.post("/v2/webhooks", json={"url": URL, "events": ["*"]}).get_json()
    assert made["secret"].startswith("whsec_")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"url": "http://your-app.com/"}, ["body", "url"]),
        ({"url": "https://127.0.0.1/"}, ["body", "url"]),
        ({"url": "https://private.example/"}, ["body", "url"]),
        ({"url": "https://nowhere.invalid/"}, ["body", "url"]),
        ({"url": "https://you:me@your-app.com/"}, ["body", "url"]),
        ({"url": "https://your-app.com:6379/"}, ["body", "url"]),
        ({"url": "https://your-app.com/\r\nX: y"}, ["body", "url"]),
        ({"url": 5}, ["body", "url"]),
        ({"url": None}, ["body", "url"]),
        ({"events": []}, ["body", "events"]),
        ({"events": ["vector.exploded"]}, ["body", "events", 0]),
        ({"events": ["webhook.test"]}, ["body", "events", 0]),
        ({"events": "*"}, ["body", "events"]),
        ({"secret": "short"}, ["body", "secret"]),
        ({"secret": "whsec_AAAA"}, ["body", "secret"]),
        ({"description": "x" * 501}, ["body", "description"]),
        ({"enabled": "yes"}, ["body", "enabled"]),
        ({"colour": "blue"}, ["body", "colour"]),
    ],
)
def test_a_wrong_webhook_is_refused_and_nothing_is_stored(
    admin: FlaskClient, database: Database, change: dict[str, Any], place: list[Any]
) -> None:
    response = admin.post("/v2/webhooks", json={**EXAMPLE, **change})
    assert response.status_code == 400, response.text
    assert response.get_json()["errors"][0]["loc"] == place
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Webhook)) == 0


def test_a_body_without_url_and_events_is_refused(admin: FlaskClient) -> None:
    response = admin.post("/v2/webhooks", json={})
    assert response.status_code == 400
    assert {tuple(error["loc"]) for error in response.get_json()["errors"]} == {
        ("body", "url"),
        ("body", "events"),
    }


def test_there_are_at_most_so_many(
    admin: FlaskClient, webhook: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_WEBHOOKS", 1)
    response = admin.post("/v2/webhooks", json=EXAMPLE)
    assert (response.status_code, response.get_json()["limit"]) == (400, "max_webhooks")


def test_webhooks_are_listed_newest_first(admin: FlaskClient, webhook: dict[str, Any]) -> None:
    second = admin.post("/v2/webhooks", json=EXAMPLE).get_json()
    listed = admin.get("/v2/webhooks").get_json()["webhooks"]
    assert [each["id"] for each in listed] == [second["id"], webhook["id"]]


def test_a_part_of_a_webhook_is_changed_and_the_rest_stays(
    admin: FlaskClient, webhook: dict[str, Any]
) -> None:
    changed = admin.patch(f"/v2/webhooks/{webhook['id']}", json={"enabled": False, "events": ["*", "*"]})
    assert changed.status_code == 200
    document = changed.get_json()
    assert (document["enabled"], document["events"], document["url"]) == (False, ["*"], URL)
    assert "secret" not in document
    nothing = admin.patch(f"/v2/webhooks/{webhook['id']}", json={})
    assert (nothing.status_code, nothing.get_json()["errors"][0]["loc"]) == (400, ["body"])


def test_a_webhook_is_replaced_and_what_is_missing_gets_its_default(
    admin: FlaskClient, webhook: dict[str, Any]
) -> None:
    path = f"/v2/webhooks/{webhook['id']}"
    admin.patch(path, json={"enabled": False, "description": "old"})
    document = admin.put(path, json={"url": URL + "2", "events": ["*"]}).get_json()
    assert (document["enabled"], document["description"], document["url"]) == (True, None, URL + "2")
    assert admin.put(path, json={"url": URL}).status_code == 400


@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_url_is_checked_when_it_is_changed(
    admin: FlaskClient, webhook: dict[str, Any], method: str
) -> None:
    path = f"/v2/webhooks/{webhook['id']}"
    body = {"url": "https://private.example/", "events": ["*"]}
    response = getattr(admin, method)(path, json=body)
    assert response.status_code == 400
    assert admin.get(path).get_json()["url"] == URL


def test_a_deleted_webhook_is_gone(admin: FlaskClient, webhook: dict[str, Any]) -> None:
    path = f"/v2/webhooks/{webhook['id']}"
    admin.post(path + "/test")
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
    assert admin.delete(path).status_code == 404


def test_a_test_is_accepted_once_for_each_idempotency_key(
    admin: FlaskClient, webhook: dict[str, Any], database: Database
) -> None:
    path = f"/v2/webhooks/{webhook['id']}/test"
    first, again = (admin.post(path, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.status_code == again.status_code == 202
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    delivery = admin.get(first.headers["Location"]).get_json()
    assert (delivery["event"], delivery["status"], delivery["attempts"]) == ("webhook.test", "pending", [])
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(WebhookEvent)) == 1


def test_a_delivery_is_made_again_with_the_same_message_id(
    admin: FlaskClient, webhook: dict[str, Any]
) -> None:
    first = admin.post(f"/v2/webhooks/{webhook['id']}/test").get_json()
    path = f"/v2/webhooks/{webhook['id']}/deliveries"
    again = admin.post(f"{path}/{first['id']}/redeliver")
    assert again.status_code == 202
    document = again.get_json()
    assert document["id"] != first["id"]
    assert (document["redelivery_of"], document["message_id"]) == (first["id"], first["message_id"])
    listed = admin.get(path).get_json()
    assert [each["id"] for each in listed["deliveries"]] == [document["id"], first["id"]]
    assert listed["total"] == 2


def test_deliveries_are_read_by_cursor_and_by_status(admin: FlaskClient, webhook: dict[str, Any]) -> None:
    path = f"/v2/webhooks/{webhook['id']}/deliveries"
    made = [admin.post(f"/v2/webhooks/{webhook['id']}/test").get_json()["id"] for _ in range(3)]
    page = admin.get(path + "?limit=2").get_json()
    rest = admin.get(f"{path}?limit=2&cursor={page['next_cursor']}").get_json()
    assert [each["id"] for each in page["deliveries"] + rest["deliveries"]] == made[::-1]
    assert admin.get(path + "?status=failed").get_json()["deliveries"] == []
    assert admin.get(path + "?status=lost").status_code == 400
    assert admin.get(path + "?cursor=nonsense").status_code == 400


def test_a_disabled_webhook_is_neither_tested_nor_redelivered_to(
    admin: FlaskClient, webhook: dict[str, Any]
) -> None:
    path = f"/v2/webhooks/{webhook['id']}"
    delivery = admin.post(path + "/test").get_json()
    admin.patch(path, json={"enabled": False})
    for each in ("/test", f"/deliveries/{delivery['id']}/redeliver"):
        response = admin.post(path + each)
        assert (response.status_code, response.get_json()["code"]) == (409, "webhook_disabled")


def test_a_rotated_secret_is_drawn_or_given_and_shown_once(
    admin: FlaskClient, webhook: dict[str, Any]
) -> None:
    path = f"/v2/webhooks/{webhook['id']}/rotate-secret"
    drawn = admin.post(path).get_json()
    assert drawn["secret"].startswith("whsec_")
    assert drawn["previous_secret_expires_at"] is not None
    given = admin.post(path, json={"secret": "another secret of mine", "overlap_seconds": 0}).get_json()
    assert (given["secret"], given["previous_secret_expires_at"]) == ("another secret of mine", None)
    assert admin.post(path, json={"overlap_seconds": -1}).status_code == 400
    assert admin.post(path, json={"overlap_seconds": 604_801}).status_code == 400
    assert admin.post(path, json={"secret": "short"}).status_code == 400


@pytest.mark.parametrize("path", ["/v2/webhooks", "/v2/webhooks/{id}/rotate-secret"])
def test_answers_with_secrets_are_stored_by_no_cache(
    admin: FlaskClient, webhook: dict[str, Any], path: str
) -> None:
    body = EXAMPLE if path == "/v2/webhooks" else {}
    response = admin.post(path.format(**webhook), json=body)
    assert "secret" in response.get_json()
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "body"), [("/v2/webhooks", EXAMPLE), ("/v2/webhooks/{id}/rotate-secret", {})]
)
def test_answers_with_secrets_take_no_idempotency_key(
    admin: FlaskClient, webhook: dict[str, Any], path: str, body: dict[str, Any]
) -> None:
    response = admin.post(path.format(**webhook), json=body, headers={"Idempotency-Key": "k"})
    assert response.status_code == 400
    assert "Idempotency-Key" in response.get_json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("POST", "/rotate-secret"),
        ("GET", "/deliveries"),
        ("GET", f"/deliveries/{UNKNOWN}"),
        ("POST", f"/deliveries/{UNKNOWN}/redeliver"),
    ],
)
def test_what_is_not_there_is_not_found(admin: FlaskClient, method: str, path: str) -> None:
    body = {"enabled": True} if method == "PATCH" else None
    assert admin.open(f"/v2/webhooks/{UNKNOWN}{path}", method=method, json=body).status_code == 404


def test_a_delivery_of_another_webhook_is_not_found(admin: FlaskClient, webhook: dict[str, Any]) -> None:
    delivery = admin.post(f"/v2/webhooks/{webhook['id']}/test").get_json()
    other = admin.post("/v2/webhooks", json=EXAMPLE).get_json()
    path = f"/v2/webhooks/{other['id']}/deliveries/{delivery['id']}"
    assert admin.get(path).status_code == 404
    assert admin.post(path + "/redeliver").status_code == 404


def test_only_administrators_see_and_change_webhooks(
    client: FlaskClient, admin: FlaskClient, webhook: dict[str, Any], reader_key: str, writer_key: str
) -> None:
    for key in (reader_key, writer_key):
        keyed = v2(client, key)
        assert keyed.get("/v2/webhooks").status_code == 403
        assert keyed.get(f"/v2/webhooks/{webhook['id']}").status_code == 403
        assert keyed.post("/v2/webhooks", json=EXAMPLE).status_code == 403
        assert keyed.delete(f"/v2/webhooks/{webhook['id']}").status_code == 403
    assert client.get("/v2/webhooks").status_code == 401


@pytest.fixture
def without_key(settings: Settings, database: Database) -> Iterator[Flask]:
    """Return a client of an application without an encryption key."""
    made = create_app(replace(settings, encryption_keys=()))
    yield made
    made.extensions["qloom"].close()


def test_without_an_encryption_key_no_webhook_is_made(
    admin: FlaskClient, without_key: Flask, admin_key: str
) -> None:
    response = v2(without_key.test_client(), admin_key).post("/v2/webhooks", json=EXAMPLE)
    assert (response.status_code, response.get_json()["code"]) == (503, "encryption_not_configured")


def test_the_number_of_webhooks_is_a_published_limit(client: FlaskClient) -> None:
    assert client.get("/api/limits").get_json()["max_webhooks"] == service.MAX_WEBHOOKS


def test_who_did_what_to_a_webhook_is_in_the_audit_trail(
    admin: FlaskClient, webhook: dict[str, Any], database: Database
) -> None:
    path = f"/v2/webhooks/{webhook['id']}"
    admin.patch(path, json={"enabled": False})
    admin.post(path + "/rotate-secret")
    admin.delete(path)
    with database.reading() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == webhook["id"]).order_by(AuditEntry.at)
        ).all()
        owner = session.scalars(select(ApiKey.id).where(ApiKey.role == "admin")).one()
    assert [entry.action for entry in entries] == ["created", "updated", "rotated", "deleted"]
    assert {(entry.kind, entry.actor) for entry in entries} == {("webhook", str(owner))}
    assert SECRET not in repr([entry.details for entry in entries])


def test_deliveries_go_with_their_webhook(
    admin: FlaskClient, webhook: dict[str, Any], database: Database
) -> None:
    admin.post(f"/v2/webhooks/{webhook['id']}/test")
    admin.delete(f"/v2/webhooks/{webhook['id']}")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(WebhookDelivery)) == 0
