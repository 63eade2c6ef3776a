"""``/v2/keys``: keys are created, listed, revoked and rotated."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import key_format as keys
from app.database import Database
from app.models import ApiKey, Role
from tests.environment import ENVIRONMENT
from tests.keys import make_key, v2

PAST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def admin(client: FlaskClient, admin_key: str) -> FlaskClient:
    """Return a client that sends an admin's key."""
    return v2(client, admin_key)


def made(admin: FlaskClient, **body: Any) -> dict[str, Any]:
    """Create a key over HTTP."""
    response = admin.post("/v2/keys", json={"name": "ci", "role": "writer", **body})
    assert response.status_code == 201, response.text
    document: dict[str, Any] = response.get_json()
    return document


def works(client: FlaskClient, key: str) -> bool:
    """Return whether a key is accepted."""
    status = v2(client, key).get("/v2/jobs").status_code
    assert status in (200, 401)
    return status == 200


def test_a_key_is_made_shown_once_and_kept_only_as_its_hmac(admin: FlaskClient, database: Database) -> None:
    response = admin.post("/v2/keys", json={"name": "ci", "role": "writer"})
    document = response.get_json()
    assert response.headers["Location"] == f"/v2/keys/{document['id']}"
    assert response.headers["Cache-Control"] == "no-store"
    assert (document["name"], document["role"], document["status"]) == ("ci", "writer", "active")
    key = document["key"]
    assert key.startswith(document["hint"])
    assert works(admin, key)
    shown = admin.get(f"/v2/keys/{document['id']}")
    assert key not in shown.text
    with database.reading() as session:
        stored = session.scalars(select(ApiKey).where(ApiKey.name == "ci")).one()
    assert stored.digest == keys.digest(ENVIRONMENT["API_KEY_PEPPER"], key)


def test_a_key_may_expire(admin: FlaskClient, database: Database) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    document = made(admin, expires_at=soon.isoformat())
    assert datetime.fromisoformat(document["expires_at"]) == soon
    assert works(admin, document["key"])


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"role": "writer"}, ["body", "name"]),
        ({"name": "", "role": "writer"}, ["body", "name"]),
        ({"name": "a\nb", "role": "writer"}, ["body", "name"]),
        ({"name": "x" * 129, "role": "writer"}, ["body", "name"]),
        ({"name": "ci"}, ["body", "role"]),
        ({"name": "ci", "role": "owner"}, ["body", "role"]),
        ({"name": "ci", "role": "writer", "expires_at": "2026-01-01T00:00:00Z"}, ["body", "expires_at"]),
        ({"name": "ci", "role": "writer", "expires_at": "tomorrow"}, ["body", "expires_at"]),
        ({"name": "ci", "role": "writer", "expires_at": "9999-12-31T23:59:59-23:59"}, ["body", "expires_at"]),
        ({"name": "ci", "role": "writer", "key": "mine"}, ["body", "key"]),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value[-1],
)
def test_a_body_that_is_wrong_is_told_where(
    admin: FlaskClient, body: dict[str, Any], place: list[str]
) -> None:
    response = admin.post("/v2/keys", json=body)
    assert response.status_code == 400
    assert response.get_json()["errors"][0]["loc"] == place


@pytest.mark.parametrize(
    "path", ["/v2/keys", f"/v2/keys/{'0' * 8}-0000-4000-8000-{'0' * 12}/rotate", "/v2/tickets"]
)
def test_a_route_that_shows_a_secret_takes_no_idempotency_key(admin: FlaskClient, path: str) -> None:
    body = {"json": {"name": "ci", "role": "reader"}} if path == "/v2/keys" else {}
    response = admin.post(path, headers={"Idempotency-Key": "one"}, **body)
    assert response.status_code == 400
    assert "secret" in response.get_json()["detail"]


def test_keys_are_listed_newest_first_in_the_contracts_pages(admin: FlaskClient) -> None:
    ids = [made(admin, name=f"key {number}")["id"] for number in range(5)]
    first = admin.get("/v2/keys?page=1&size=2").get_json()
    assert [each["id"] for each in first["results"]] == [ids[4], ids[3]]
    page = {name: first["pagination"][name] for name in ("page", "size", "total", "pages")}
    assert page == {"page": 1, "size": 2, "total": 6, "pages": 3}
    assert [each["id"] for each in admin.get("/v2/keys?page=2&size=2").get_json()["results"]] == [
        ids[2],
        ids[1],
    ]
    cursor = first["pagination"]["next_cursor"]
    second = admin.get(f"/v2/keys?size=2&cursor={cursor}").get_json()
    assert [each["id"] for each in second["results"]] == [ids[2], ids[1]]
    assert second["pagination"]["total"] is None
    assert not any("key" in each for each in first["results"])


def test_a_revoked_key_works_no_more_at_once_and_stays_in_the_list(admin: FlaskClient) -> None:
    document = made(admin)
    assert works(admin, document["key"])
    response = admin.delete(f"/v2/keys/{document['id']}")
    assert (response.status_code, response.get_json()["status"]) == (200, "revoked")
    assert not works(admin, document["key"])
    again = admin.delete(f"/v2/keys/{document['id']}")
    assert again.get_json()["revoked_at"] == response.get_json()["revoked_at"]
    listed = {each["id"]: each["status"] for each in admin.get("/v2/keys").get_json()["results"]}
    assert listed[document["id"]] == "revoked"


@pytest.mark.parametrize("role", list(Role))
def test_a_key_of_any_role_reads_what_is_stored_about_itself(
    client: FlaskClient, database: Database, role: Role
) -> None:
    key = make_key(database, role)
    make_key(database, Role.ADMIN)
    own = v2(client, key).get("/v2/keys/self")
    document = own.get_json()
    assert (own.status_code, document["name"], document["role"]) == (200, f"the test's {role}", role)
    assert (document["status"], document["hint"]) == ("active", key[: len(document["hint"])])
    assert key not in own.text


def test_a_request_without_a_working_key_has_no_own_key(client: FlaskClient, database: Database) -> None:
    revoked = make_key(database, Role.ADMIN, revoked_at=PAST)
    for given in (client, v2(client, revoked), v2(client, keys.new_key())):
        response = given.get("/v2/keys/self")
        assert (response.status_code, response.get_json()["code"]) == (401, "unauthenticated")
    assert "revoked" in v2(client, revoked).get("/v2/keys/self").get_json()["detail"]


def test_a_key_that_is_not_there_is_not_found(admin: FlaskClient) -> None:
    unknown = f"/v2/keys/{uuid4()}"
    assert [admin.get(unknown).status_code, admin.delete(unknown).status_code] == [404, 404]
    assert admin.post(f"{unknown}/rotate").status_code == 404


def test_the_last_admins_key_cannot_be_revoked(admin: FlaskClient, database: Database) -> None:
    make_key(database, Role.ADMIN, expires_at=PAST)
    make_key(database, Role.ADMIN, revoked_at=PAST)
    mine = admin.get("/v2/keys").get_json()["results"]
    active = next(each["id"] for each in mine if each["status"] == "active")
    response = admin.delete(f"/v2/keys/{active}")
    assert (response.status_code, response.get_json()["code"]) == (409, "last_admin_key")
    other = made(admin, role="admin")
    assert admin.delete(f"/v2/keys/{active}").status_code == 200
    assert v2(admin, other["key"]).get("/v2/keys").status_code == 200


def test_of_two_admins_who_revoke_each_other_one_stays(app: Flask, database: Database) -> None:
    clients = [v2(app.test_client(), make_key(database, Role.ADMIN)) for _ in range(2)]
    ids = [each["id"] for each in clients[0].get("/v2/keys").get_json()["results"]]
    with ThreadPoolExecutor(2) as pool:
        statuses = list(
            pool.map(
                lambda pair: pair[0].delete(f"/v2/keys/{pair[1]}").status_code, zip(clients, ids, strict=True)
            )
        )
    with database.reading() as session:
        alive = session.scalars(select(ApiKey).where(ApiKey.revoked_at.is_(None))).all()
    assert len(alive) == 1, statuses


def test_a_rotated_key_works_on_for_the_overlap_beside_the_new_one(admin: FlaskClient) -> None:
    old = made(admin, name="worker")
    response = admin.post(f"/v2/keys/{old['id']}/rotate", json={"overlap_seconds": 600})
    new = response.get_json()
    assert response.status_code == 201
    assert (new["name"], new["role"], new["expires_at"]) == ("worker", "writer", None)
    assert new["key"] != old["key"]
    assert works(admin, old["key"])
    assert works(admin, new["key"])
    left = datetime.fromisoformat(admin.get(f"/v2/keys/{old['id']}").get_json()["expires_at"])
    assert timedelta(seconds=590) < left - datetime.now(UTC) <= timedelta(seconds=600)


def test_a_key_that_lives_to_the_end_of_the_calendar_can_be_rotated(admin: FlaskClient) -> None:
    old = made(admin, expires_at="9999-12-31T23:59:59.999999Z")
    response = admin.post(f"/v2/keys/{old['id']}/rotate")
    assert (response.status_code, response.get_json()["expires_at"]) == (201, old["expires_at"])


def test_without_overlap_the_old_key_ends_with_the_rotation(admin: FlaskClient) -> None:
    old = made(admin)
    new = admin.post(f"/v2/keys/{old['id']}/rotate", json={"overlap_seconds": 0}).get_json()
    assert (works(admin, old["key"]), works(admin, new["key"])) == (False, True)
    again = admin.post(f"/v2/keys/{old['id']}/rotate")
    assert (again.status_code, again.get_json()["code"]) == (409, "key_is_dead")


def test_a_rotation_never_lets_a_key_live_longer_and_the_new_one_as_long_as_it(admin: FlaskClient) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    old = made(admin, expires_at=soon.isoformat())
    new = admin.post(f"/v2/keys/{old['id']}/rotate").get_json()
    assert datetime.fromisoformat(admin.get(f"/v2/keys/{old['id']}").get_json()["expires_at"]) == soon
    assert timedelta(0) <= datetime.fromisoformat(new["expires_at"]) - soon < timedelta(minutes=1)


def test_an_overlap_is_at_most_a_week(admin: FlaskClient) -> None:
    old = made(admin)
    for overlap in (-1, 7 * 24 * 3600 + 1, 1.5, "1"):
        response = admin.post(f"/v2/keys/{old['id']}/rotate", json={"overlap_seconds": overlap})
        assert response.status_code == 400, overlap


def test_when_a_key_was_last_used_is_noted(admin: FlaskClient) -> None:
    document = made(admin)
    assert document["last_used_at"] is None
    assert works(admin, document["key"])
    used_at = admin.get(f"/v2/keys/{document['id']}").get_json()["last_used_at"]
    assert abs(datetime.fromisoformat(used_at) - datetime.now(UTC)) < timedelta(minutes=1)
