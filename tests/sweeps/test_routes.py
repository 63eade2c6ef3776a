"""The routes of sweeps on a real web and a real worker."""

from typing import Any

import pytest
import requests

from tests.circuits.sweeps.sweeping import CHAIN, HEAD
from tests.stack import Stack
from tests.sweeps.conftest import Sweep

TWO_REGISTERS = HEAD + (
    "input float theta; qubit[3] q; bit[2] c; bit d; ry(theta) q[0]; cx q[0], q[1]; c = measure q[0:1]; "
    "d = measure q[2];"
)
PAIR = HEAD + "input float a; input float b; qubit[2] q; rx(a) q[0]; rx(b) q[1];"
NDJSON = {"Accept": "application/x-ndjson"}


def refusal(stack: Stack, **body: Any) -> tuple[Any, str]:
    """Return the place and the sentence of a refused sweep."""
    response = stack.post("/api/sweeps", json=body)
    assert response.status_code == 422, response.text
    (problem,) = response.json()["detail"]
    return problem["loc"], problem["msg"]


def test_a_sweep_says_what_was_run_and_has_the_counts_of_each_binding(running: Stack, sweep: Sweep) -> None:
    document = sweep(program=TWO_REGISTERS, name="turn", bindings={"theta": [0.0, 3.141592653589793]}, seed=5)
    assert document["status"] == "SUCCEEDED"
    assert (document["inputs"], document["num_bindings"], document["shots"]) == (["theta"], 2, 1024)
    assert (document["circuit_name"], document["seed"], document["num_clbits"]) == ("turn", 5, 3)
    assert document["results"] == f"/api/sweeps/{document['sweep_id']}/counts"
    page = running.get(document["results"]).json()
    assert page["results"] == [
        {"index": 0, "counts": {"0 00": 1024}},
        {"index": 1, "counts": {"0 11": 1024}},
    ]
    lines = running.get(f"{document['results']}?from=1", headers=NDJSON)
    assert lines.headers["Content-Type"].startswith("application/x-ndjson")
    assert lines.text == '{"index":1,"counts":{"0 11":1024}}\n'


def test_a_grid_combines_all_values_and_the_last_input_changes_fastest(running: Stack, sweep: Sweep) -> None:
    pi = 3.141592653589793
    document = sweep(
        program=PAIR,
        bindings={"grid": {"b": [0, pi, 0], "a": [0, pi]}},
        observables=[{"IZ": 1}, {"ZI": 1}],
        shots=0,
    )
    found = running.get(document["results"]).json()["results"]
    signs = [[round(value) for value in each["values"]] for each in found]
    assert signs == [[1, 1], [1, -1], [1, 1], [-1, 1], [-1, -1], [-1, 1]]
    assert all(each["standard_errors"] == [0, 0] for each in found)


def test_what_was_asked_is_read_and_makes_the_same_sweep_again(running: Stack, sweep: Sweep) -> None:
    observables = [{"IZ": 1.0}, {"ZI": 0.5, "XX": -2.0}]
    grid = {"grid": {"a": [0.0, 0.1], "b": [0.2, 0.3, 0.4]}}
    first = sweep(program=PAIR, bindings=grid, observables=observables, shots=100, seed=3)
    asked = running.get(f"/api/sweeps/{first['sweep_id']}/request").json()
    assert (asked["program"], asked["num_bindings"], asked["observables"]) == (PAIR, 6, observables)
    assert asked["bindings"] == {"a": [0.0] * 3 + [0.1] * 3, "b": [0.2, 0.3, 0.4] * 2}
    part = running.get(f"/api/sweeps/{first['sweep_id']}/request?from=2&to=4").json()
    assert part["bindings"] == {"a": [0.0, 0.1], "b": [0.4, 0.2]}
    again = {name: asked[name] for name in ("program", "bindings", "observables")}
    second = sweep(**again, shots=100, seed=3)
    assert running.get(first["results"]).json()["results"] == running.get(second["results"]).json()["results"]
    assert running.get(f"/api/sweeps/{first['sweep_id']}/request?to=7").status_code == 422


def test_the_request_of_a_library_circuit_has_no_program_and_no_numbers(running: Stack, sweep: Sweep) -> None:
    made = sweep(circuit_name="bell", seed=3)
    asked = running.get(f"/api/sweeps/{made['sweep_id']}/request").json()
    assert (asked["program"], asked["bindings"], asked["observables"]) == (None, {}, [])


def test_the_same_seed_gives_the_same_results_in_shards_and_each_range_is_read_alone(
    running: Stack, sweep: Sweep
) -> None:
    body = {
        "program": CHAIN,
        "bindings": {"a": [place / 50 for place in range(150)], "b": [0.4] * 150},
        "observables": [{"ZZI": 1.0, "XXI": 0.5}],
        "precision": 0.05,
        "seed": 9,
    }
    first, second = sweep(**body), sweep(**body)
    assert first["shots"] == 400
    assert first["shards"]["total"] == first["shards"]["done"] > 1
    both = [running.get(each["results"]).json()["results"] for each in (first, second)]
    assert both[0] == both[1]
    part = running.get(f"{first['results']}?from=60&to=70").json()["results"]
    assert part == both[0][60:70]
    other = sweep(**{**body, "seed": 10})
    assert running.get(other["results"]).json()["results"] != both[0]


def test_many_shots_of_one_binding_are_put_together(running: Stack, sweep: Sweep) -> None:
    document = sweep(circuit_name="ghz", shots=1_000_000, seed=3)
    assert document["shards"]["total"] > 1
    (found,) = running.get(document["results"]).json()["results"]
    assert sum(found["counts"].values()) == 1_000_000
    values = sweep(circuit_name="bell", shots=1_000_000, seed=3, observables=[{"ZZ": 1.0}, {"IX": 1.0}])
    (found,) = running.get(values["results"]).json()["results"]
    assert found["values"][0] == 1
    assert abs(found["values"][1]) < 4.5 * found["standard_errors"][1]
    assert 0.0009 < found["standard_errors"][1] < 0.0011


def test_one_binding_becomes_an_execution_whose_program_has_its_values(running: Stack, sweep: Sweep) -> None:
    document = sweep(program=TWO_REGISTERS, bindings={"theta": [0.1, 3.141592653589793]}, shots=100)
    path = f"/api/sweeps/{document['sweep_id']}/executions"
    execution = running.post(path, json={"index": 1, "seed": 4})
    assert execution.status_code == 200, execution.text
    assert execution.json()["counts"] == {"0 11": 100}
    program = running.get(f"/api/executions/{execution.json()['execution_id']}/program").json()["program"]
    assert program == TWO_REGISTERS.replace("input float theta", "const float theta = 3.141592653589793")
    assert running.post("/api/execute", json={"program": program}).status_code == 200
    assert running.post(path, json={"index": 2}).json()["detail"][0]["loc"] == ["body", "index"]


@pytest.mark.parametrize(
    ("body", "place", "sentence"),
    [
        ({}, ["body", "program"], "either program or circuit_name"),
        (
            {"circuit_name": "bell", "bindings": {"a": [1]}},
            ["body", "bindings"],
            "of the library have no inputs",
        ),
        (
            {"program": 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1];', "bindings": {"a": [1]}},
            ["body", "bindings"],
            "OpenQASM 2 programs have no inputs",
        ),
        ({"program": PAIR}, ["body", "bindings"], "has the inputs a, b; give bindings"),
        ({"program": PAIR, "bindings": {"a": [1]}}, ["body", "bindings"], "lack the input b"),
        ({"program": PAIR, "bindings": {"a": [1], "b": [1], "c": [1]}}, ["body", "bindings"], "no input c"),
        (
            {"program": PAIR, "bindings": {"a": [1], "b": [1, 2]}},
            ["body", "bindings"],
            "b has 2 values and a 1",
        ),
        ({"program": PAIR, "bindings": {"a": [], "b": []}}, ["body", "bindings"], "a has no values"),
        ({"program": PAIR, "bindings": {"a": ["1"], "b": [1]}}, ["body", "bindings", "a", 0], "got `str`"),
        (
            {"program": PAIR, "bindings": {"grid": {"a": [1], "b": [1, True]}}},
            ["body", "bindings", "grid", "b", 1],
            "got `bool`",
        ),
        ({"program": PAIR, "bindings": {"a": 1, "b": [1]}}, ["body", "bindings", "a"], "got `int`"),
        (
            {"program": PAIR, "bindings": {"a": [0], "b": [0, 10**400]}},
            ["body", "bindings", "b", 1],
            "number out of range",
        ),
        (
            {"circuit_name": "bell", "observables": [{"ZZ": 1}, {"IZ": 1, "ZI": "1"}]},
            ["body", "observables", 1, "ZI"],
            "got `str`",
        ),
        ({"program": PAIR, "bindings": {"a": [1], "b": [1]}}, ["body", "program"], "measures nothing"),
        (
            {"program": PAIR, "bindings": {"grid": {"a": [1] * 200, "b": [1] * 200}}},
            ["body", "bindings"],
            "40000 bindings; the limit max_sweep_bindings is 10000",
        ),
        (
            {"program": PAIR.replace("float a", "int a"), "bindings": {"a": [1], "b": [1]}},
            ["body", "program"],
            "the input a is of type int; inputs are float or angle",
        ),
        ({"circuit_name": "bell", "observables": []}, ["body", "observables"], "leave it out for counts"),
        ({"circuit_name": "bell", "observables": [{}]}, ["body", "observables", 0], "needs a term"),
        ({"circuit_name": "bell", "observables": [{"ZA": 1}]}, ["body", "observables", 0], "no Pauli string"),
        (
            {"circuit_name": "bell", "observables": [{"ZZ": 1, "Z": 1}]},
            ["body", "observables", 0],
            "has 1 letters",
        ),
        (
            {"circuit_name": "bell", "observables": [{"ZZZ": 1}]},
            ["body", "observables", 0],
            "the circuit has 2 qubits",
        ),
        ({"circuit_name": "bell", "observables": [{"ZZ": 1}], "shots": 1}, ["body", "shots"], "need 2 shots"),
        ({"circuit_name": "bell", "shots": 0}, ["body", "shots"], "need observables"),
        ({"circuit_name": "bell", "precision": 0.1}, ["body", "precision"], "needs observables"),
        (
            {"circuit_name": "bell", "observables": [{"ZZ": 1}], "precision": 0.1, "shots": 5},
            ["body", "precision"],
            "either shots or precision",
        ),
        (
            {"circuit_name": "bell", "noise": {"device": "fez"}},
            ["body", "noise", "device"],
            "only executions",
        ),
        ({"circuit_name": "bell", "shots": 2_000_000}, ["body", "shots"], "the limit max_shots is"),
    ],
)
def test_a_sweep_that_cannot_run_is_refused_with_its_place(
    running: Stack, body: dict[str, Any], place: list[Any], sentence: str
) -> None:
    found, message = refusal(running, **body)
    assert found == place
    assert sentence in message


def test_a_repeat_with_the_same_key_gets_the_same_sweep(running: Stack) -> None:
    body = {"circuit_name": "bell", "shots": 50}
    headers = {"Idempotency-Key": "one sweep"}
    first, second = (running.post("/api/sweeps", json=body, headers=headers) for _ in range(2))
    assert first.json()["sweep_id"] == second.json()["sweep_id"]
    assert second.headers["Idempotency-Replayed"] == "true"


def test_sweeps_are_listed_by_tags_and_deleted_with_their_results(running: Stack, sweep: Sweep) -> None:
    document = sweep(circuit_name="bell", tags=["kept", "twice", "twice"])
    listed = running.get("/api/sweeps?tag=kept&status=SUCCEEDED").json()
    assert [each["sweep_id"] for each in listed["sweeps"]] == [document["sweep_id"]]
    assert listed["sweeps"][0] == running.get(f"/api/sweeps/{document['sweep_id']}").json()
    path = f"/api/sweeps/{document['sweep_id']}"
    keyed = [running.delete(path, headers={"Idempotency-Key": "one deletion"}).status_code for _ in range(2)]
    assert keyed == [204, 204]
    gone = [running.get(path), running.get(f"{path}/counts"), running.delete(path)]
    gone.append(running.get(f"/api/jobs/{document['sweep_id']}"))
    assert [each.status_code for each in gone] == [404] * 4


def test_shards_are_jobs_that_nobody_sees(running: Stack, sweep: Sweep) -> None:
    document = sweep(circuit_name="ghz", shots=1_000_000)
    kinds = {each["kind"] for each in running.get("/api/jobs?limit=50").json()["jobs"]}
    assert document["shards"]["total"] > 1
    assert "sweep" in kinds
    assert "sweep_shard" not in kinds


def test_results_of_the_other_form_and_ranges_that_are_not_there_are_refused(
    running: Stack, sweep: Sweep
) -> None:
    document = sweep(circuit_name="bell")
    path = f"/api/sweeps/{document['sweep_id']}"
    assert running.get(f"{path}/values").json()["detail"] == f"This sweep has counts: read {path}/counts"
    assert running.get(f"{path}/counts?to=2").json()["detail"][0]["loc"] == ["query", "to"]
    assert running.get(f"{path}/counts?from=1&to=0").json()["detail"][0]["loc"] == ["query", "from"]
    assert running.get(f"{path}/counts?from=1&to=1").json()["results"] == []
    assert requests.get(f"{running.url}/api/sweeps/none", timeout=30).status_code == 404
