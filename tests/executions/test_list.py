"""The list of executions: pages, cursors, filters."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.circuits.spec import NoiseSpec
from app.database import Database
from app.models import JobStatus
from app.rest import pagination
from tests.executions.factories import (
    CREATED_AT,
    execution_values,
    store_execution,
    store_executions,
    store_job,
)


def listed(client: FlaskClient, query: str = "") -> list[str]:
    """Return the ids on one page."""
    page = client.get(f"/api/executions?{query}").get_json()
    return [entry["execution_id"] for entry in page["executions"]]


def store_many(database: Database, number: int, **values: Any) -> list[str]:
    """Insert executions a minute apart; return their ids, the newest first."""
    rows = [
        execution_values(created_at=CREATED_AT - timedelta(minutes=index), **values)
        for index in range(number)
    ]
    return [str(execution_id) for execution_id in store_executions(database, *rows)]


def test_a_summary_has_the_contracts_form(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(
        database, NoiseSpec("depolarizing", "very_high"), circuit="ghz", num_events=8
    )
    page = client.get("/api/executions").get_json()
    assert {name: page[name] for name in ("page", "limit", "total", "total_is_estimate")} == {
        "page": 1,
        "limit": 10,
        "total": 1,
        "total_is_estimate": False,
    }
    assert page["executions"] == [
        {
            "execution_id": str(execution_id),
            "circuit_name": "ghz_noisy_depolarizing_very_high",
            "num_events": 8,
            "event_count": 8,
            "time": 5.4415,
            "created_at": "2026-02-01T14:30:00+00:00",
            "is_noisy": True,
            "noise_config": {"noise_type": "depolarizing", "noise_level": "very_high"},
            "status": "SUCCEEDED",
            "graph_status": "stored",
            "tags": [],
        }
    ]


def test_pages_by_number_cover_the_list_newest_first(client: FlaskClient, database: Database) -> None:
    ids = store_many(database, 7)
    pages = [listed(client, f"limit=3&page={number}") for number in (1, 2, 3, 4)]
    assert pages == [ids[:3], ids[3:6], ids[6:], []]


def test_cursors_lead_through_the_list_and_back(client: FlaskClient, database: Database) -> None:
    ids = store_many(database, 7)
    first = client.get("/api/executions?limit=3").get_json()
    second = client.get(f"/api/executions?limit=3&cursor={first['next_cursor']}").get_json()
    third = client.get(f"/api/executions?limit=3&cursor={second['next_cursor']}").get_json()
    back = client.get(f"/api/executions?limit=3&cursor={third['previous_cursor']}").get_json()
    seen = [[entry["execution_id"] for entry in page["executions"]] for page in (first, second, third, back)]
    assert seen == [ids[:3], ids[3:6], ids[6:], ids[3:6]]
    assert first["previous_cursor"] is None
    assert third["next_cursor"] is None
    assert (second["page"], second["total"]) == (None, None)


def test_a_cursor_neither_skips_nor_repeats_when_rows_are_inserted(
    client: FlaskClient, database: Database
) -> None:
    ids = store_many(database, 6)
    first = client.get("/api/executions?limit=3").get_json()
    store_execution(database, created_at=CREATED_AT + timedelta(hours=1))
    assert listed(client, f"limit=3&cursor={first['next_cursor']}") == ids[3:]


def test_executions_of_the_same_instant_are_all_reached(client: FlaskClient, database: Database) -> None:
    ids = {str(each) for each in store_executions(database, *[execution_values() for _ in range(5)])}
    first = client.get("/api/executions?limit=2").get_json()
    second = client.get(f"/api/executions?limit=2&cursor={first['next_cursor']}").get_json()
    third = client.get(f"/api/executions?limit=2&cursor={second['next_cursor']}").get_json()
    reached = [entry["execution_id"] for page in (first, second, third) for entry in page["executions"]]
    assert len(reached) == 5
    assert set(reached) == ids


@pytest.mark.parametrize("cursor", ["", "x", "Pg", "PHg", "%00", "é", "a" * 600, "PmR0OjIwMjZ-dXVpZDp4"])
def test_a_bad_cursor_is_refused(client: FlaskClient, cursor: str) -> None:
    response = client.get("/api/executions", query_string={"cursor": cursor.replace("%00", "\0")})
    assert response.status_code == 422
    assert response.get_json()["detail"][0]["loc"] == ["query", "cursor"]


def test_page_and_cursor_together_are_refused(client: FlaskClient, database: Database) -> None:
    store_many(database, 3)
    cursor = client.get("/api/executions?limit=1").get_json()["next_cursor"]
    assert client.get(f"/api/executions?page=2&cursor={cursor}").status_code == 422


def test_the_default_page_beside_a_cursor_is_no_conflict(client: FlaskClient, database: Database) -> None:
    store_many(database, 3)
    cursor = client.get("/api/executions?limit=1").get_json()["next_cursor"]
    by_cursor = client.get(f"/api/executions?cursor={cursor}").get_json()
    assert client.get(f"/api/executions?page=1&cursor={cursor}").get_json() == by_cursor


@pytest.mark.parametrize("query", ["page=10001&limit=10", "page=99999999999999999999&limit=50"])
def test_a_page_beyond_the_counted_rows_names_the_cursor(client: FlaskClient, query: str) -> None:
    response = client.get(f"/api/executions?{query}")
    assert response.status_code == 422
    problem = response.get_json()["detail"][0]
    assert problem["loc"] == ["query", "page"]
    assert "cursor" in problem["msg"]


def test_above_the_bound_the_total_is_an_estimate_and_says_so(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_many(database, 9)
    monkeypatch.setattr(pagination, "MAX_COUNTED_ROWS", 5)
    page = client.get("/api/executions?limit=2&is_noisy=false&tag=none&circuit_name=bell").get_json()
    assert (page["total"], page["total_is_estimate"]) == (0, False)
    page = client.get("/api/executions?limit=2&circuit_name=bell").get_json()
    assert page["total"] >= 5
    assert page["total_is_estimate"] is True


def test_a_base_name_finds_clean_and_noisy_runs_and_a_full_name_one_kind(
    client: FlaskClient, database: Database
) -> None:
    clean = str(store_execution(database))
    low = str(store_execution(database, NoiseSpec("thermal", "low")))
    high = str(store_execution(database, NoiseSpec("thermal", "high")))
    store_execution(database, circuit="ghz")
    assert set(listed(client, "circuit_name=bell")) == {clean, low, high}
    assert listed(client, "circuit_name=bell_noisy_thermal_low") == [low]
    assert listed(client, "circuit_name=bel") == []


def test_is_noisy_tells_noisy_from_clean(client: FlaskClient, database: Database) -> None:
    clean = str(store_execution(database))
    noisy = str(store_execution(database, NoiseSpec()))
    assert listed(client, "is_noisy=true") == [noisy]
    assert listed(client, "is_noisy=False") == [clean]


def test_several_tags_must_all_be_there(client: FlaskClient, database: Database) -> None:
    both = str(store_execution(database, tags=["x", "y"]))
    store_execution(database, tags=["x"])
    assert listed(client, "tag=x&tag=y") == [both]
    assert len(listed(client, "tag=x")) == 2


def test_times_bound_the_list_exclusively(client: FlaskClient, database: Database) -> None:
    ids = store_many(database, 3)
    assert listed(client, "created_after=2026-02-01T14:28:00Z") == ids[:2]
    assert listed(client, "created_before=2026-02-01T16:30:00%2B02:00") == ids[1:]
    assert listed(client, "created_after=2026-02-01T14:28:00Z&created_before=2026-02-01T14:30:00Z") == [
        ids[1]
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-02-01T14:30:00", "offset"),
        ("2026-02-01", "offset"),
        ("2026-02-30T14:30:00Z", "calendar"),
        ("yesterday", "RFC 3339"),
        ("2026-02-01T14:30:00 02:00", "RFC 3339"),
        ("", "RFC 3339"),
    ],
)
def test_a_time_without_offset_or_sense_is_refused_with_an_example(
    client: FlaskClient, value: str, words: str
) -> None:
    response = client.get("/api/executions", query_string={"created_after": value})
    assert response.status_code == 422
    problem = response.get_json()["detail"][0]
    assert problem["loc"] == ["query", "created_after"]
    assert words in problem["msg"]
    assert "2026-02-01T14:30:00Z" in problem["msg"]


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-01t14:30:00.123456789z"]
)
def test_times_at_the_edge_of_the_calendar_are_only_times(client: FlaskClient, value: str) -> None:
    assert client.get("/api/executions", query_string={"created_after": value}).status_code == 200


@pytest.mark.parametrize("status", [status for status in JobStatus if status is not JobStatus.SUCCEEDED])
def test_other_states_list_the_jobs_with_the_same_summary(
    client: FlaskClient, database: Database, status: JobStatus
) -> None:
    store_execution(database)
    clean = str(store_job(database, status, tags=["t"]))
    noisy = str(
        store_job(database, status, NoiseSpec("thermal", "low"), created_at=CREATED_AT - timedelta(1))
    )
    store_job(database, status, kind="compare")
    page = client.get(f"/api/executions?status={status}").get_json()
    assert page["total"] == 2
    assert page["executions"][0] == {
        "execution_id": clean,
        "circuit_name": "bell",
        "num_events": None,
        "event_count": None,
        "time": None,
        "created_at": "2026-02-01T14:30:00+00:00",
        "is_noisy": False,
        "status": status,
        "graph_status": None,
        "tags": ["t"],
    }
    assert page["executions"][1]["noise_config"] == {"noise_type": "thermal", "noise_level": "low"}
    assert listed(client, f"status={status}&is_noisy=true") == [noisy]
    assert listed(client, f"status={status}&is_noisy=false&tag=t") == [clean]
    assert listed(client, f"status={status}&circuit_name=bell_noisy_thermal_low") == [noisy]
    assert listed(client, f"status={status}&circuit_name=ghz") == []
