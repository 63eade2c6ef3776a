"""``/v2/audit``: who created, changed, deleted or cancelled what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.audit import Action, Kind, record, service
from app.audit.trail import OPERATOR, SYSTEM, act_as
from app.database import Database
from app.entanglement.wiring import EntanglementServices
from app.models import AuditEntry
from app.rest.wiring import provided
from tests.entanglement.conftest import InProcessEntangler, group
from tests.executions.factories import execution_values, store_executions
from tests.keys import bearer, v2

PATH = "/v2/audit"


@pytest.fixture
def admin(client: FlaskClient, admin_key: str) -> FlaskClient:
    """Return an administrator's client."""
    return v2(client, admin_key)


@pytest.fixture
def writer(client: FlaskClient, writer_key: str) -> FlaskClient:
    """Return a writer's client."""
    return v2(client, writer_key)


def _entries(admin: FlaskClient, **query: Any) -> list[dict[str, Any]]:
    response = admin.get(PATH, query_string=query)
    assert response.status_code == 200, response.text
    entries: list[dict[str, Any]] = response.get_json()["results"]
    return entries


def _told(admin: FlaskClient, **query: Any) -> list[tuple[str, str, str | None, Any]]:
    """Return what was done, newest first."""
    names = ("action", "kind", "subject_id", "details")
    return [tuple(each[name] for name in names) for each in _entries(admin, **query)]  # type: ignore[misc]


def _record(database: Database, number: int) -> None:
    for index in range(number):
        with database.unit_of_work() as unit:
            record(unit.session, Action.CREATED, Kind.WEBHOOK, f"w{index}", {"index": index})


def test_changes_of_vectors_are_told_with_who_made_them(admin: FlaskClient, writer: FlaskClient) -> None:
    writer.post("/v2/vectors", json={"id": "a", "vector": [1.0, 2.0]})
    writer.put("/v2/vectors/a", json={"metadata": {"x": 1}})
    batch = [{"id": vector_id, "vector": [1.0, 2.0]} for vector_id in "abc"]
    writer.post("/v2/vectors/batch?upsert=true", json={"vectors": batch})
    writer.delete("/v2/vectors/a")
    writer.post("/v2/vectors/delete", json={"ids": ["b", "c"]})
    told = _told(admin, kind="vector")
    assert told[:2] == [("deleted", "vector", None, {"count": 2}), ("deleted", "vector", "a", None)]
    # of one batch, so of one moment
    assert sorted(told[2:4], key=lambda each: each[0]) == [
        ("created", "vector", None, {"count": 2}),
        ("updated", "vector", "a", None),
    ]
    assert told[4:] == [
        ("updated", "vector", "a", {"partners_moved": 0}),
        ("created", "vector", "a", None),
    ]
    entries = _entries(admin, kind="vector")
    assert {each["actor_name"] for each in entries} == {"the test's writer"}
    assert len({each["actor"] for each in entries}) == 1
    assert len(entries) == 6


def test_a_change_that_is_refused_leaves_no_entry(admin: FlaskClient, writer: FlaskClient) -> None:
    writer.post("/v2/vectors", json={"id": "a", "vector": [1.0, 2.0]})
    assert writer.post("/v2/vectors", json={"id": "a", "vector": [1.0, 2.0]}).status_code == 409
    assert writer.put("/v2/vectors/nobody", json={"metadata": {}}).status_code == 404
    assert writer.delete("/v2/vectors/nobody").status_code == 404
    assert len(_entries(admin, kind="vector")) == 1


def test_a_replayed_request_is_told_once(admin: FlaskClient, writer: FlaskClient) -> None:
    for _ in range(2):
        writer.post("/v2/vectors", json={"id": "a", "vector": [1.0]}, headers={"Idempotency-Key": "k"})
    assert len(_entries(admin, kind="vector")) == 1


def test_filters_narrow_the_list(admin: FlaskClient, database: Database) -> None:
    _record(database, 3)
    with database.unit_of_work() as unit:
        record(unit.session, Action.DELETED, Kind.WEBHOOK, "w1")
    assert [each["subject_id"] for each in _entries(admin, action="created", kind="webhook")] == [
        "w2",
        "w1",
        "w0",
    ]
    assert [each["action"] for each in _entries(admin, id="w1")] == ["deleted", "created"]
    assert _entries(admin, actor="nobody") == []
    assert _entries(admin, kind="job") == []
    first = _entries(admin, id="w0")[0]["at"]
    assert len(_entries(admin, since=first, kind="webhook")) == 4
    assert _entries(admin, until=first, kind="webhook") == []


def test_pages_go_on_by_cursor_without_gaps(admin: FlaskClient, database: Database) -> None:
    _record(database, 7)
    seen: list[str] = []
    query: dict[str, Any] = {"size": 3, "kind": "webhook"}
    while True:
        page = admin.get(PATH, query_string=query).get_json()
        seen += [each["subject_id"] for each in page["results"]]
        if page["pagination"]["next_cursor"] is None:
            break
        query["cursor"] = page["pagination"]["next_cursor"]
    assert seen == [f"w{index}" for index in reversed(range(7))]
    first = admin.get(PATH, query_string={"size": 3, "kind": "webhook"}).get_json()["pagination"]
    assert (first["page"], first["size"], first["total"], first["pages"]) == (1, 3, 7, 3)


@pytest.mark.parametrize(
    "query",
    [{"action": "eaten"}, {"kind": "cat"}, {"since": "yesterday"}, {"cursor": "x"}, {"size": 0}, {"x": 1}],
)
def test_bad_queries_are_refused(admin: FlaskClient, query: dict[str, Any]) -> None:
    assert admin.get(PATH, query_string=query).status_code == 400


@pytest.mark.parametrize("role", ["reader", "writer"])
def test_only_administrators_look(app: Flask, request: pytest.FixtureRequest, role: str) -> None:
    key = request.getfixturevalue(f"{role}_key")
    assert app.test_client().get(PATH, headers=bearer(key)).status_code == 403
    assert app.test_client().get(PATH).status_code == 401


def test_without_a_request_the_system_or_the_operator_acts(database: Database) -> None:
    _record(database, 1)
    act_as(OPERATOR)
    try:
        _record(database, 1)
    finally:
        act_as(SYSTEM)
    with database.reading() as session:
        actors = session.scalars(select(AuditEntry.actor).order_by(AuditEntry.at)).all()
    assert actors == ["system", "operator"]


def test_old_entries_are_removed_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    _record(database, 6)
    old = datetime.now(UTC) - timedelta(days=8)
    with database.unit_of_work() as unit:
        unit.session.execute(update(AuditEntry).where(AuditEntry.subject_id != "w3").values(at=old))
    assert service.remove_expired(database, None) == 0
    assert service.remove_expired(database, 9) == 0
    assert service.remove_expired(database, 7) == 5
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_deleted_executions_and_cancelled_jobs_are_told(
    admin: FlaskClient, client: FlaskClient, database: Database
) -> None:
    [execution_id] = store_executions(database, execution_values())
    assert client.delete(f"/api/executions/{execution_id}").status_code == 204
    job_id = admin.post("/api/execute/bell", headers={"Prefer": "respond-async"}).get_json()["job_id"]
    assert admin.delete(f"/v2/jobs/{job_id}").status_code == 200
    assert _told(admin, kind="execution") == [("deleted", "execution", str(execution_id), None)]
    assert [each["actor"] for each in _entries(admin, kind="execution")] == ["anonymous"]
    assert _told(admin, kind="job") == [("cancelled", "job", job_id, {"kind": "execute"})]


def test_groups_are_told(admin: FlaskClient, app: Flask) -> None:
    vars(provided(EntanglementServices, app))["entangler"] = InProcessEntangler()
    for vector_id in "ab":
        admin.post("/v2/vectors", json={"id": vector_id, "vector": [1.0, 2.0]})
    admin.post("/v2/entanglement/groups", json=group("g", "a", "b"))
    admin.delete("/v2/entanglement/groups/g")
    assert _told(admin, kind="entanglement_group") == [
        ("deleted", "entanglement_group", "g", None),
        ("created", "entanglement_group", "g", {"entities": 2}),
    ]


def test_groups_that_lose_members_with_their_vectors_are_told(admin: FlaskClient, app: Flask) -> None:
    vars(provided(EntanglementServices, app))["entangler"] = InProcessEntangler()
    for vector_id in "abc":
        admin.post("/v2/vectors", json={"id": vector_id, "vector": [1.0, 2.0]})
    admin.post("/v2/entanglement/groups", json=group("g", "a", "b", "c"))
    admin.post("/v2/entanglement/groups", json=group("h", "a", "b", "c"))
    admin.delete("/v2/entanglement/groups/h")
    admin.delete("/v2/vectors/a")
    admin.delete("/v2/vectors/b")
    by = {"by": "deletion of members"}
    assert _told(admin, kind="entanglement_group")[:2] == [
        ("deleted", "entanglement_group", "g", by),
        ("updated", "entanglement_group", "g", by),
    ]


def test_many_groups_that_end_at_once_are_told_by_their_number(admin: FlaskClient, app: Flask) -> None:
    vars(provided(EntanglementServices, app))["entangler"] = InProcessEntangler()
    for vector_id in "ab":
        admin.post("/v2/vectors", json={"id": vector_id, "vector": [1.0, 2.0]})
    for group_id in "gh":
        admin.post("/v2/entanglement/groups", json=group(group_id, "a", "b"))
    admin.delete("/v2/vectors/a")
    details = {"by": "deletion of members", "count": 2}
    assert _told(admin, kind="entanglement_group")[0] == ("deleted", "entanglement_group", None, details)
