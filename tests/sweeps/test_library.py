"""Sweeps of circuits of the library, with parameters as the routes of executions take them."""

from typing import Any

import numpy as np
import pytest

from tests.stack import Stack
from tests.sweeps.conftest import Sweep


def one_result(stack: Stack, document: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a sweep of one binding."""
    (found,) = stack.get(document["results"]).json()["results"]
    assert isinstance(found, dict)
    return found


def z_on(qubit: int, qubits: int) -> dict[str, float]:
    """Return the observable Z of one qubit."""
    return {"I" * (qubits - 1 - qubit) + "Z" + "I" * qubit: 1.0}


def test_the_parameters_decide_the_circuit(running: Stack, sweep: Sweep) -> None:
    document = sweep(circuit_name="ghz", parameters={"num_qubits": 7}, shots=500)
    assert (document["circuit_name"], document["parameters"]) == ("ghz", {"num_qubits": 7})
    assert document["num_qubits"] == document["num_clbits"] == 7
    counts = one_result(running, document)["counts"]
    assert set(counts) == {"0" * 7, "1" * 7}
    assert sum(counts.values()) == 500
    default = sweep(circuit_name="ghz", shots=10)
    assert default["parameters"] == {"num_qubits": 3}


def test_exact_values_are_those_of_the_states_by_their_definitions(running: Stack, sweep: Sweep) -> None:
    observables = [z_on(qubit, 5) for qubit in range(5)]
    of_w = sweep(circuit_name="w", parameters={"num_qubits": 5}, observables=observables, shots=0)
    np.testing.assert_allclose(one_result(running, of_w)["values"], [3 / 5] * 5, atol=1e-9)
    secret = 0b1011
    hidden = sweep(
        circuit_name="bernstein_vazirani",
        parameters={"num_qubits": 4, "secret": secret},
        observables=observables,
        shots=0,
    )
    bits = [1 - 2 * (secret >> qubit & 1) for qubit in range(4)]
    np.testing.assert_allclose(one_result(running, hidden)["values"][:4], bits, atol=1e-9)


def test_a_random_circuit_is_the_one_that_an_execution_with_its_seed_has(
    running: Stack, sweep: Sweep
) -> None:
    parameters = {"gate_count": 12, "num_qubits": 3}
    document = sweep(circuit_name="random", parameters=parameters, seed=11, shots=4000)
    path = f"/api/sweeps/{document['sweep_id']}/executions"
    runs = [
        running.post(path, json={"index": 0}),
        running.post("/api/execute/random", params={**parameters, "seed": 11, "shots": 4000}),
    ]
    programs = [
        running.get(f"/api/executions/{each.json()['execution_id']}/program").json()["program"]
        for each in runs
    ]
    assert programs[0] == programs[1]
    counts, expected = one_result(running, document)["counts"], runs[1].json()["counts"]
    for outcome in {*counts, *expected}:  # the difference of two samples of the same distribution
        a, b = counts.get(outcome, 0), expected.get(outcome, 0)
        assert abs(a - b) < 5 * np.sqrt(a + b), (outcome, counts, expected)
    refused = running.post(path, json={"index": 0, "seed": 12})
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["body", "seed"]


@pytest.mark.parametrize(
    ("body", "place", "sentence"),
    [
        ({"circuit_name": "ghz", "parameters": {"num_qubits": 1}}, "num_qubits", "between 2 and"),
        ({"circuit_name": "ghz", "parameters": {"num_qubits": 2**80}}, "num_qubits", "between 2 and"),
        ({"circuit_name": "ghz", "parameters": {"num_qubits": 3.0}}, "num_qubits", "Not a valid integer"),
        ({"circuit_name": "ghz", "parameters": {"num_qubits": True}}, "num_qubits", "Not a valid integer"),
        ({"circuit_name": "ghz", "parameters": {"num_qubits": None}}, "num_qubits", "may not be null"),
        ({"circuit_name": "ghz", "parameters": {"qubits": 3}}, "qubits", "allowed: gate_count, marked"),
        ({"circuit_name": "bell", "parameters": {"num_qubits": 2}}, "num_qubits", "bell has no parameter"),
        ({"circuit_name": "bell", "parameters": {"gate_count": 2}}, "gate_count", "bell has no parameter"),
        (
            {"circuit_name": "grover", "parameters": {"num_qubits": 2, "marked": 4}},
            "marked",
            "between 0 and 3",
        ),
        (
            {"circuit_name": "random", "parameters": {"gate_count": 10**6}},
            "gate_count",
            "the limit max_operations is",
        ),
        (
            {"circuit_name": "ghz", "parameters": {"num_qubits": 40}, "method": "statevector"},
            "num_qubits",
            "40 qubits; the limit",
        ),
    ],
)
def test_wrong_parameters_are_refused_with_their_places(
    running: Stack, body: dict[str, Any], place: str, sentence: str
) -> None:
    response = running.post("/api/sweeps", json=body)
    assert response.status_code == 422, response.text
    (problem,) = response.json()["detail"]
    assert problem["loc"] == ["body", "parameters", place]
    assert sentence in problem["msg"]


def test_parameters_and_names_of_other_forms_are_refused(running: Stack) -> None:
    for parameters in ([], [1], "3", 3):
        response = running.post("/api/sweeps", json={"circuit_name": "ghz", "parameters": parameters})
        assert response.status_code == 422, response.text
    program = running.post("/api/sweeps", json={"program": "OPENQASM 3.0;", "parameters": {"num_qubits": 3}})
    (problem,) = program.json()["detail"]
    assert (problem["loc"], "only circuits of the library" in problem["msg"]) == (
        ["body", "parameters"],
        True,
    )
    named = running.post("/api/sweeps", json={"circuit_name": "ghz", "name": "mine"})
    assert named.json()["detail"][0]["msg"] == "name needs a program; without one ghz is run"
    assert running.post("/api/sweeps", json={"circuit_name": "none", "parameters": {}}).status_code == 404
