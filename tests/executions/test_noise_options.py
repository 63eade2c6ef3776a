"""The noise of a body: a level, rates of the caller's own, or both; and impossible noise."""

from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.circuits.spec import CustomNoise, ExecutionSpec, NoiseSpec
from app.database import Database
from app.executions.noise_options import noise_spec
from app.models import Job, JobStatus
from tests.executions.factories import store_execution, store_job

CUSTOM = NoiseSpec("custom", "custom", CustomNoise(measurement_error=0.1))


def rates(**given: Any) -> CustomNoise:
    """Return the custom noise of these options."""
    found = noise_spec(given)
    assert (found.type, found.level) == ("custom", "custom")
    assert found.custom is not None
    return found.custom


def problem(client: FlaskClient, noise: object) -> dict[str, Any]:
    """Return the only entry of the 422 for this noise."""
    response = client.post("/api/execute", json={"noise": noise})
    assert response.status_code == 422, response.text
    [entry] = response.get_json()["detail"]
    return dict(entry)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, NoiseSpec("depolarizing", "medium")),
        ({"level": "high"}, NoiseSpec("depolarizing", "high")),
        ({"type": "thermal"}, NoiseSpec("thermal", "medium")),
    ],
)
def test_without_rates_it_is_a_level(given: dict[str, Any], expected: NoiseSpec) -> None:
    assert noise_spec(given) == expected


def test_rates_alone_are_exactly_those() -> None:
    assert rates(single_gate_error=0.02) == CustomNoise(single_gate_error=0.02)
    assert rates(readout_error=0.1) == CustomNoise(measurement_error=0.1)


def test_times_alone_relax_for_the_contracts_gate_time() -> None:
    assert rates(t1=40, t2=80) == CustomNoise(t1=40, t2=80, gate_time=0.1, two_gate_time=0.1)
    assert rates(t1=40, t2=80, gate_time=0.3).two_gate_time == 0.3
    assert rates(t1=40, t2=80, two_gate_time=0.3).gate_time == 0.1
    assert rates(t1=40, t2=80, dt=0.0002).dt == 0.0002


def test_with_a_level_the_given_ones_replace_its_own() -> None:
    assert rates(level="high", measurement_error=0) == CustomNoise(0.05, 0.1, 0.0)
    assert rates(type="thermal", single_gate_error=0.2, gate_time=0.5) == CustomNoise(
        0.2, 0.0, 0.01, t1=50.0, t2=70.0, gate_time=0.5, two_gate_time=0.5
    )
    assert rates(type="thermal", dt=0.0002) == CustomNoise(
        0.0, 0.0, 0.01, t1=50.0, t2=70.0, gate_time=0.1, two_gate_time=0.1, dt=0.0002
    )


@pytest.mark.parametrize(
    ("noise", "place", "message"),
    [
        ({"t1": 50, "t2": 101}, "t2", "here 100 µs; lower t2, or raise t1 to at least 50.5 µs"),
        ({"t1": 50}, "t2", "at most 2 * t1, here 100 µs"),
        ({"t2": 50}, "t1", "at least t2 / 2, here 25 µs"),
        ({"type": "thermal", "t1": 30}, "t2", "t2 is 70 µs"),
        ({"gate_time": 1}, "gate_time", "give t1 and t2 too"),
        ({"single_gate_error": 0.1, "two_gate_time": 1}, "two_gate_time", "give t1 and t2 too"),
        ({"dt": 0.0002}, "dt", "give t1 and t2 too"),
        ({"t1": 9, "t2": 9, "dt": 0}, "dt", "greater than or equal to 1e-09"),
        ({"readout_error": 0.1, "measurement_error": 0.1}, "readout_error", "give one of them"),
        ({"single_gate_error": 1.1}, "single_gate_error", "less than or equal to 1"),
        ({"two_gate_error": -0.1}, "two_gate_error", "greater than or equal to 0"),
        ({"t1": 0, "t2": 1}, "t1", "greater than or equal to 0.001"),
        ({"measurement_error": "0.1"}, "measurement_error", "Not a valid number."),
        ({"measurement_error": True}, "measurement_error", "Not a valid number."),
        ({"measurement_error": 10**400}, "measurement_error", "Number too large."),
        ({"type": "custom"}, "type", "permitted: 'depolarizing', 'thermal'"),
        ({"rate": 1}, "rate", "allowed: device, dt, gate_time"),
    ],
)
def test_noise_that_cannot_be_is_refused_where_it_stands_with_what_could(
    client: FlaskClient, noise: dict[str, Any], place: str, message: str
) -> None:
    entry = problem(client, noise)
    assert entry["loc"] == ["body", "noise", place]
    assert message in entry["msg"]


def test_custom_noise_reaches_the_spec_of_the_job(client: FlaskClient, database: Database) -> None:
    body = {"noise": {"t1": 40, "t2": 60, "two_gate_error": 0.05}}
    response = client.post("/api/execute", json=body, headers={"Prefer": "respond-async"})
    assert response.status_code == 202, response.text
    with database.reading() as session:
        spec = msgspec.convert(session.scalars(select(Job.spec)).one(), ExecutionSpec)
    assert spec.circuit_name == "bell_noisy_custom"
    assert spec.noise is not None
    assert spec.noise.custom == CustomNoise(0, 0.05, 0, t1=40, t2=60, gate_time=0.1, two_gate_time=0.1)


def test_a_name_that_ends_like_custom_noise_is_refused(client: FlaskClient) -> None:
    response = client.post("/api/execute", json={"program": "OPENQASM 2.0;", "name": "x_noisy_custom"})
    assert response.get_json()["detail"][0]["loc"] == ["body", "name"]


def test_custom_noise_is_listed_by_its_base_name_and_by_its_full_name(
    client: FlaskClient, database: Database
) -> None:
    execution_id = str(store_execution(database, CUSTOM))
    store_execution(database, NoiseSpec("thermal", "low"))
    [found] = client.get("/api/executions?circuit_name=bell_noisy_custom").get_json()["executions"]
    assert found["execution_id"] == execution_id
    assert found["noise_config"] == {"noise_type": "custom", "noise_level": "custom"}
    assert client.get("/api/executions?circuit_name=bell").get_json()["total"] == 2
    assert client.get("/api/executions?is_noisy=true").get_json()["total"] == 2


def test_a_job_under_custom_noise_is_listed_by_its_full_name(client: FlaskClient, database: Database) -> None:
    job_id = str(store_job(database, JobStatus.QUEUED, CUSTOM))
    store_job(database, JobStatus.QUEUED, NoiseSpec("thermal", "low"))
    query = "status=QUEUED&circuit_name=bell_noisy_custom"
    [found] = client.get(f"/api/executions?{query}").get_json()["executions"]
    assert (found["execution_id"], found["circuit_name"]) == (job_id, "bell_noisy_custom")


def test_the_steps_of_custom_noise_say_custom(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(database, CUSTOM)
    step = client.get(f"/api/replay/{execution_id}/step/0").get_json()
    assert (step["noise_type"], step["noise_level"]) == ("custom", "custom")
