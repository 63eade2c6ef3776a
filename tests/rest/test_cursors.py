"""A cursor is of one list with its filters: other lists refuse it, and the same one with other filters."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from itertools import permutations
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app.database import Database
from app.models import JobStatus
from app.rest.page_request import DIGEST_CHARACTERS
from tests.executions.factories import CREATED_AT, store_execution, store_job
from tests.keys import bearer

V2_LISTS = ("/v2/vectors?size=1", "/v2/keys?size=1", "/v2/audit?size=1")


@pytest.fixture
def lists(client: FlaskClient, database: Database, admin_key: str) -> dict[str, str]:
    """The paths of lists with more than one page, and the cursor of their second page."""
    executions = [store_execution(database, created_at=CREATED_AT - timedelta(hours=n)) for n in range(3)]
    for _ in range(2):
        store_job(database, JobStatus.QUEUED)
    for name in ("one", "two"):
        headers = bearer(admin_key)
        made = client.post("/v2/keys", json={"name": name, "role": "reader"}, headers=headers)
        assert made.status_code == 201
        made = client.post("/v2/vectors", json={"id": f"{name} é", "vector": [1.0, 2.0]}, headers=headers)
        assert made.status_code == 201
    paths = [
        "/api/executions?limit=1",
        "/api/executions?limit=1&circuit_name=bell",
        "/api/executions?limit=1&status=QUEUED",
        "/api/jobs?limit=1",
        "/api/jobs?limit=1&kind=execute",
        "/api/devices?limit=1",
        "/api/devices?limit=1&gate=ecr",
        *[f"/api/executions/{each}/events?limit=1" for each in executions[:2]],
        *V2_LISTS,
        "/v2/vectors?size=1&filter=" + quote('{"metadata.a": {"$exists": false}}'),
    ]
    return {path: next_cursor(client, path, admin_key) for path in paths}


def next_cursor(client: FlaskClient, path: str, key: str) -> str:
    """Return the cursor of the second page of a list."""
    page = client.get(path, headers=bearer(key)).get_json()
    cursor: str = page.get("pagination", page)["next_cursor"]
    assert cursor, path
    return cursor


def test_only_the_list_that_gave_a_cursor_takes_it(
    client: FlaskClient, lists: dict[str, str], admin_key: str
) -> None:
    for path, cursor in lists.items():
        larger = path.replace("=1", "=2", 1)
        for each in (path, larger):
            taken = client.get(f"{each}&cursor={cursor}", headers=bearer(admin_key))
            assert taken.status_code == 200, (each, taken.text)
    for path, other in permutations(lists, 2):
        refused = client.get(f"{path}&cursor={lists[other]}", headers=bearer(admin_key))
        assert refused.status_code == (400 if path.startswith("/v2") else 422), (path, other)
        document: dict[str, Any] = refused.get_json()
        entry = (document["errors"] if path.startswith("/v2") else document["detail"])[0]
        assert entry["loc"] == ["query", "cursor"]
        assert entry["msg"].startswith("not a cursor of this list with these filters")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/api/executions?limit=1", ">dt:2026-02-30 14:30:00+00:00~uuid:{row}"),
        ("/api/executions?limit=1", ">dt:2026-02-03 14:30:00.123456~uuid:{row}"),
        ("/api/executions?limit=1", ">dt:2026-02-03 14:30:00+00:00~uuid:" + "-" * 36),
        ("/api/devices?limit=1", ">Lima"),
        ("/api/devices?limit=1", "lima"),
        ("/v2/vectors?size=1", "<one"),
        ("/v2/vectors?size=1", ">a/b"),
        ("/v2/vectors?size=1", ">a\0"),
    ],
)
def test_a_place_that_no_cursor_names_is_refused(
    client: FlaskClient, lists: dict[str, str], admin_key: str, path: str, place: str
) -> None:
    known = lists[path]
    digest = urlsafe_b64decode(known + "=" * (-len(known) % 4)).decode()[:DIGEST_CHARACTERS]
    made = urlsafe_b64encode((digest + place.format(row=UUID(int=1))).encode()).decode().rstrip("=")
    refused = client.get(f"{path}&cursor={made}", headers=bearer(admin_key))
    assert refused.status_code == (400 if path.startswith("/v2") else 422), refused.text


def test_a_read_takes_the_cursor_of_the_list_of_vectors_with_the_same_filter(
    client: FlaskClient, lists: dict[str, str], admin_key: str
) -> None:
    path = next(path for path in lists if "filter" in path)
    body = {"size": 1, "filter": {"metadata.a": {"$exists": False}}, "cursor": lists[path]}
    taken = client.post("/v2/vectors/read", json=body, headers=bearer(admin_key))
    assert [each["id"] for each in taken.get_json()["results"]] == ["two é"]
    other = client.post("/v2/vectors/read", json={"cursor": lists[path]}, headers=bearer(admin_key))
    assert (other.status_code, other.get_json()["errors"][0]["loc"]) == (400, ["body", "cursor"])
