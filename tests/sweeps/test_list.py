"""The list of sweeps: its filters, alone and together, and its pages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import pytest
from flask.testing import FlaskClient

from app.circuits.spec import ExecutionSpec, NoiseSpec
from app.database import Database
from app.models import JobStatus
from app.sweeps import repository
from app.sweeps.repository import Contents
from app.sweeps.specs import KIND, SweepSpec
from tests.executions.factories import store_job

START = datetime(2026, 3, 1, tzinfo=UTC)
THERMAL = NoiseSpec("thermal", "low")


def add_sweep(
    database: Database,
    day: int,
    circuit: str = "bell",
    noise: NoiseSpec | None = None,
    status: JobStatus = JobStatus.SUCCEEDED,
    tags: tuple[str, ...] = (),
) -> UUID:
    """Insert a sweep that was asked for on a day of March."""
    spec = SweepSpec(ExecutionSpec(circuit, shots=10, seed=1, noise=noise), (), 1, 0)
    values: dict[str, Any] = {"spec": msgspec.to_builtins(spec), "tags": list(tags)}
    at = START + timedelta(days=day - 1)
    sweep_id = store_job(database, status, kind=KIND, created_at=at, **values)
    with database.unit_of_work() as unit:
        repository.add(unit.session, sweep_id, Contents(None, (), b""))
    return sweep_id


@pytest.fixture
def sweeps(database: Database) -> dict[UUID, str]:
    """Sweeps of five days, by their names, and jobs that are none."""
    store_job(database, JobStatus.SUCCEEDED)
    store_job(database, JobStatus.QUEUED, tags=["x"])
    made = {
        "a": add_sweep(database, 1, tags=("x",)),
        "b": add_sweep(database, 2, "ghz", THERMAL, tags=("x", "y")),
        "c": add_sweep(database, 3, "ghz", NoiseSpec("thermal", "high"), JobStatus.FAILED),
        "d": add_sweep(database, 4, "ghz", status=JobStatus.QUEUED, tags=("y",)),
        "e": add_sweep(database, 5, "mine", THERMAL, JobStatus.CANCELLED, ("x",)),
    }
    return {sweep_id: name for name, sweep_id in made.items()}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "edcba"),
        ({"status": "FAILED"}, "c"),
        ({"status": ["FAILED", "QUEUED"]}, "dc"),
        ({"tag": "x"}, "eba"),
        ({"tag": ["x", "y"]}, "b"),
        ({"tag": "z"}, ""),
        ({"circuit_name": "ghz"}, "dcb"),
        ({"circuit_name": "ghz_noisy_thermal_low"}, "b"),
        ({"circuit_name": "mine_noisy_thermal_low"}, "e"),
        ({"is_noisy": "true"}, "ecb"),
        ({"is_noisy": "false"}, "da"),
        ({"created_after": "2026-03-02T00:00:00Z"}, "edc"),
        ({"created_before": "2026-03-02T01:00:00+01:00"}, "a"),
        ({"created_after": "2026-03-01T12:00:00Z", "created_before": "2026-03-04T12:00:00Z"}, "dcb"),
        (
            {"created_after": "2026-03-01T12:00:00Z", "tag": "x", "is_noisy": "true", "status": "SUCCEEDED"},
            "b",
        ),
    ],
)
def test_all_given_filters_hold(
    client: FlaskClient, sweeps: dict[UUID, str], query: dict[str, Any], expected: str
) -> None:
    answer = client.get(f"/api/sweeps?{urlencode(query, doseq=True)}")
    assert answer.status_code == 200, answer.text
    found = answer.get_json()
    assert "".join(sweeps[UUID(each["sweep_id"])] for each in found["sweeps"]) == expected
    assert found["total"] == len(expected)


def test_pages_by_number_and_by_cursor_have_each_sweep_once(
    client: FlaskClient, sweeps: dict[UUID, str]
) -> None:
    numbered = [client.get(f"/api/sweeps?limit=2&page={page}").get_json() for page in (1, 2, 3, 4)]
    followed = [numbered[0]]
    while cursor := followed[-1]["next_cursor"]:
        followed.append(client.get(f"/api/sweeps?limit=2&cursor={cursor}").get_json())
    for pages in (numbered, followed):
        ids = [UUID(each["sweep_id"]) for page in pages for each in page["sweeps"]]
        assert "".join(sweeps[each] for each in ids) == "edcba"
    back = client.get(f"/api/sweeps?limit=2&cursor={followed[-1]['previous_cursor']}").get_json()
    assert back["sweeps"] == followed[1]["sweeps"]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("status=DONE", "status"),
        ("created_after=yesterday", "created_after"),
        ("created_after=2026-03-01T00:00:00", "created_after"),
        ("is_noisy=perhaps", "is_noisy"),
        ("limit=0", "limit"),
        ("limit=51", "limit"),
        ("page=0", "page"),
        ("cursor=abc", "cursor"),
        ("&".join(["tag=x"] * 17), "tag"),
        ("created=2026", "created"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_its_place(
    client: FlaskClient, sweeps: dict[UUID, str], query: str, place: str
) -> None:
    answer = client.get(f"/api/sweeps?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.get_json()["detail"][0]["loc"][:2] == ["query", place]
