"""``/api/devices``: lists, reads, calibrations of one's own, and what executions keep of them."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.circuits.spec import ExecutionSpec
from app.database import Database
from app.devices import service, snapshots
from app.models import AuditEntry, Execution, Job
from tests.devices.calibrations import LINE
from tests.executions.factories import store_execution
from tests.keys import bearer

ASYNC = {"Prefer": "respond-async"}


def put(client: FlaskClient, key: str, name: str = "line", **changes: Any) -> Any:
    """Put the device of three qubits, with some members replaced."""
    return client.put(f"/api/devices/{name}", json={**deepcopy(LINE), **changes}, headers=bearer(key))


def names(client: FlaskClient, query: str = "") -> list[str]:
    """Return the names on a page of the list."""
    return [device["name"] for device in client.get(f"/api/devices?limit=50{query}").get_json()["devices"]]


def problem(response: Any, status: int = 422) -> dict[str, Any]:
    """Return the only entry of a refusal."""
    assert response.status_code == status, response.text
    [entry] = response.get_json()["detail"]
    return dict(entry)


def submitted(client: FlaskClient, database: Database, noise: dict[str, Any]) -> ExecutionSpec:
    """Submit an execution and return the spec of its job."""
    response = client.post("/api/execute", json={"noise": noise}, headers=ASYNC)
    assert response.status_code == 202, response.text
    with database.reading() as session:
        spec = session.scalars(select(Job.spec).where(Job.id == response.get_json()["job_id"])).one()
    return msgspec.convert(spec, ExecutionSpec)


def test_the_list_is_by_name_and_read_in_pages_of_both_kinds(client: FlaskClient) -> None:
    known = sorted(snapshots.index())
    first = client.get("/api/devices?limit=20").get_json()
    assert [each["name"] for each in first["devices"]] == known[:20]
    assert (first["total"], first["page"], first["previous_cursor"]) == (len(known), 1, None)
    second = client.get(f"/api/devices?limit=20&cursor={first['next_cursor']}").get_json()
    assert [each["name"] for each in second["devices"]] == known[20:40]
    assert (second["total"], second["page"]) == (None, None)
    back = client.get(f"/api/devices?limit=15&cursor={second['previous_cursor']}").get_json()
    assert [each["name"] for each in back["devices"]] == known[5:20]
    last = client.get("/api/devices?limit=50&page=2").get_json()
    assert [each["name"] for each in last["devices"]] == known[50:]
    assert last["next_cursor"] is None
    beyond = client.get("/api/devices?limit=50&page=9").get_json()
    assert beyond["devices"] == []


def test_filters_hold_together(client: FlaskClient) -> None:
    large = names(client, "&min_qubits=120&gate=ecr&operation=if_else")
    assert "sherbrooke" in large
    for name in large:
        device = snapshots.index()[name]
        assert device.num_usable_qubits >= 120
        assert "ecr" in device.basis_gates
    assert names(client, "&name=SHER") == ["sherbrooke"]
    assert names(client, "&source=own") == []


@pytest.mark.parametrize(
    "query", ["min_qubits=0", "gate=ccx", "operation=measure", "source=mine", "cursor=abc", "foo=1"]
)
def test_a_bad_filter_is_refused_where_it_stands(client: FlaskClient, query: str) -> None:
    assert problem(client.get(f"/api/devices?{query}"))["loc"] == ["query", query.partition("=")[0]]


def test_one_device_has_all_that_a_put_takes(client: FlaskClient, admin_key: str) -> None:
    device = client.get("/api/devices/manila").get_json()
    assert device["coupling_map"] == [[0, 1], [1, 0], [1, 2], [2, 1], [2, 3], [3, 2], [3, 4], [4, 3]]
    assert device["source"] == "snapshot"
    members = ("calibrated_at", "qubits", "gates", "operations", "dt_ns")
    response = client.put(
        "/api/devices/copy", json={name: device[name] for name in members}, headers=bearer(admin_key)
    )
    assert response.status_code == 201, response.text
    copied = response.get_json()
    for name in ("num_edges", "basis_gates", "median_two_gate_error", "qubits", "gates"):
        assert copied[name] == device[name]


def test_an_unknown_device_is_not_found_with_names_like_it(client: FlaskClient) -> None:
    response = client.get("/api/devices/sherbroke")
    assert response.status_code == 404
    assert "names like it: sherbrooke" in response.get_json()["detail"]
    entry = problem(client.post("/api/execute", json={"noise": {"device": "Torinoo"}}))
    assert entry["loc"] == ["body", "noise", "device"]
    assert "names like it: torino" in entry["msg"]


def test_a_device_of_ones_own_is_put_replaced_and_deleted(
    client: FlaskClient, admin_key: str, database: Database
) -> None:
    first = put(client, admin_key)
    assert (first.status_code, first.headers["Location"]) == (201, "/api/devices/line")
    assert client.get("/api/devices/line").get_json() == first.get_json()
    assert names(client, "&source=own") == ["line"]
    second = put(client, admin_key, calibrated_at="2026-02-02T12:00:00Z")
    assert second.status_code == 200
    old, new = first.get_json()["calibration"], second.get_json()["calibration"]
    assert old != new
    assert client.get(f"/api/devices/line?calibration={old}").get_json() == first.get_json()
    assert put(client, admin_key).get_json()["calibration"] == old
    assert client.delete("/api/devices/line", headers=bearer(admin_key)).status_code == 204
    assert client.get("/api/devices/line").status_code == 404
    assert client.delete("/api/devices/line", headers=bearer(admin_key)).status_code == 404
    assert client.get(f"/api/devices/line?calibration={new}").status_code == 200
    with database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.kind == "device")).all()
    assert sorted(actions) == ["created", "deleted", "updated", "updated"]


def test_a_calibration_under_the_name_of_a_snapshot_hides_it_until_it_is_deleted(
    client: FlaskClient, admin_key: str
) -> None:
    response = client.delete("/api/devices/manila", headers=bearer(admin_key))
    assert (response.status_code, response.get_json()["code"]) == (409, "device_is_snapshot")
    assert put(client, admin_key, "manila").status_code == 200
    assert client.get("/api/devices/manila").get_json()["num_qubits"] == 3
    assert names(client).count("manila") == 1
    snapshot = snapshots.index()["manila"].calibration
    assert client.get(f"/api/devices/manila?calibration={snapshot}").get_json()["num_qubits"] == 5
    assert client.delete("/api/devices/manila", headers=bearer(admin_key)).status_code == 204
    assert client.get("/api/devices/manila").get_json()["num_qubits"] == 5


def test_a_spec_names_the_calibration_of_its_submission(
    client: FlaskClient, admin_key: str, database: Database
) -> None:
    before = put(client, admin_key).get_json()["calibration"]
    spec = submitted(client, database, {"device": "line", "initial_layout": [2, 1]})
    put(client, admin_key, dt_ns=2.0)
    client.delete("/api/devices/line", headers=bearer(admin_key))
    assert spec.noise is not None
    device = spec.noise.device
    assert device is not None
    assert (device.calibration, device.optimization_level, device.initial_layout) == (before, 2, (2, 1))
    assert device.content is None, "a row has no copy of the calibration"
    whole = spec.with_device(service.with_content(database, device))
    assert whole.device is not None
    assert whole.device.content is not None
    assert spec.circuit_name == "bell_noisy_device_line"
    found = client.get("/api/executions?status=QUEUED&circuit_name=bell_noisy_device_line").get_json()
    assert [each["noise_config"] for each in found["executions"]] == [
        {"noise_type": "device", "noise_level": "line"}
    ]
    other = client.get("/api/executions?status=QUEUED&circuit_name=bell_noisy_device_manila").get_json()
    assert other["executions"] == []


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"calibrated_at": "yesterday"}, ["calibrated_at"]),
        ({"calibrated_at": "2026-02-01T12:00:00"}, ["calibrated_at"]),
        ({"qubits": []}, ["qubits"]),
        ({"qubits": [{"t1": 10, "t2": 21, "readout_error": 0.1}]}, ["qubits", 0, "t2"]),
        ({"qubits": [{"readout_error": 1.5}]}, ["qubits", 0, "readout_error"]),
        ({"qubits": [{"readout_error": -0.1}]}, ["qubits", 0, "readout_error"]),
        ({"qubits": [{"readout_error": "0.1"}]}, ["qubits", 0, "readout_error"]),
        ({"qubits": [{"t3": 1}]}, ["qubits", 0]),
        ({"gates": {"cx": [{"qubits": [0, 7], "error": 0.1}]}}, ["gates", "cx", 0, "qubits"]),
        ({"gates": {"cx": [{"qubits": [0, 1], "error": 2}]}}, ["gates", "...", 0, "error"]),
        ({"operations": ["fly"]}, ["operations", 0]),
        ({"dt_ns": 0}, ["dt_ns"]),
        ({"colour": "red"}, []),
    ],
)
def test_a_calibration_that_cannot_be_is_refused_where_it_is_wrong(
    client: FlaskClient, admin_key: str, changes: dict[str, Any], place: list[str | int]
) -> None:
    assert problem(put(client, admin_key, **changes))["loc"] == ["body", *place]
    assert names(client, "&source=own") == []


@pytest.mark.parametrize("name", ["Line", "1line", "a.b", "x" * 65, "l%20e"])
def test_a_name_that_cannot_be_is_refused(client: FlaskClient, admin_key: str, name: str) -> None:
    assert problem(put(client, admin_key, name))["loc"] == ["path", "name"]


def test_the_number_of_devices_of_ones_own_is_bounded(
    client: FlaskClient, admin_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_OWN_DEVICES", 1)
    assert put(client, admin_key, "one").status_code == 201
    assert put(client, admin_key, "one", dt_ns=2.0).status_code == 200
    assert "1 devices of your own already" in problem(put(client, admin_key, "two"))["msg"]


def test_a_repeated_put_with_an_idempotency_key_changes_nothing(client: FlaskClient, admin_key: str) -> None:
    headers = {**bearer(admin_key), "Idempotency-Key": "once"}
    answers = [client.put("/api/devices/line", json=LINE, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[1].headers["Idempotency-Replayed"] == "true"


def test_only_administrators_change_devices(client: FlaskClient, writer_key: str) -> None:
    assert put(client, writer_key).status_code == 403
    assert client.put("/api/devices/line", json=LINE).status_code == 401
    assert client.delete("/api/devices/line", headers=bearer(writer_key)).status_code == 403


@pytest.mark.parametrize(
    ("noise", "place", "message"),
    [
        ({"device": "manila", "level": "low"}, "level", "has no level beside it"),
        ({"device": "manila", "t1": 10, "t2": 10}, "t1", "has no t1 beside it"),
        ({"optimization_level": 1}, "optimization_level", "needs a device"),
        ({"initial_layout": [0]}, "initial_layout", "needs a device"),
        ({"device": "manila", "initial_layout": [1, 1]}, "initial_layout", "named twice"),
        ({"device": "manila", "initial_layout": []}, "initial_layout", "must have 1 to 1000 items"),
        ({"device": "manila", "optimization_level": 4}, "optimization_level", "less than or equal to 3"),
        ({"device": "x" * 65}, "device", "maximum length 64"),
    ],
)
def test_noise_of_a_device_with_what_does_not_fit_is_refused(
    client: FlaskClient, noise: dict[str, Any], place: str, message: str
) -> None:
    entry = problem(client.post("/api/execute", json={"noise": noise}))
    assert entry["loc"] == ["body", "noise", place]
    assert message in entry["msg"]


def test_mitigation_needs_noise_and_a_device_needs_another_method_than_stabilizer(
    client: FlaskClient,
) -> None:
    assert problem(client.post("/api/execute", json={"mitigation": "readout"}))["loc"] == [
        "body",
        "mitigation",
    ]
    body = {"noise": {"device": "manila"}, "method": "stabilizer"}
    assert problem(client.post("/api/execute", json=body))["loc"] == ["body", "method"]


@pytest.mark.parametrize("name", ["%00", "a%00b", "%F0%9F%98%80", "x" * 300, "..", "%2e%2e%2fetc"])
def test_a_name_that_no_device_can_have_is_not_found(client: FlaskClient, admin_key: str, name: str) -> None:
    assert client.get(f"/api/devices/{name}").status_code == 404
    assert client.delete(f"/api/devices/{name}", headers=bearer(admin_key)).status_code == 404


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_date_that_is_none_in_utc_is_refused(client: FlaskClient, admin_key: str, moment: str) -> None:
    assert problem(put(client, admin_key, calibrated_at=moment))["loc"] == ["body", "calibrated_at"]


def test_a_deleted_execution_keeps_nothing_of_the_device(client: FlaskClient, database: Database) -> None:
    execution_id = store_execution(
        database,
        layout={"initial": [3], "final": [3]},
        transpiled_program="OPENQASM 3.0;",
        transpiled_events="[]",
        mitigated={"method": "readout", "quasi_probabilities": {"0": 1.0}, "standard_errors": {"0": 0.0}},
    )
    shown = client.get(f"/api/executions/{execution_id}").get_json()
    assert shown["layout"] == {"initial": [3], "final": [3]}
    assert client.delete(f"/api/executions/{execution_id}").status_code == 204
    heavy = (
        Execution.layout,
        Execution.mitigated,
        Execution.transpiled_program,
        Execution.transpiled_events,
    )
    with database.reading() as session:
        row = session.execute(select(*heavy).where(Execution.id == execution_id)).one()
    assert tuple(row) == (None, None, None, None)
