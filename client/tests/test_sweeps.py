"""Sweeps against a running server."""

from uuid import uuid4

import numpy as np
import pytest
from qloom import InvalidInputError, NotFoundError, Qloom

PROGRAM = (
    'OPENQASM 3.0; include "stdgates.inc"; input float theta; qubit q; bit c; rx(theta) q; c = measure q;'
)
ROTATED = (
    'OPENQASM 3.0; include "stdgates.inc"; input float theta; input float phi; '
    "qubit[2] q; ry(theta) q[0]; rx(phi) q[1];"
)
NUMBER = 300


def test_counts_follow_the_values(client: Qloom) -> None:
    thetas = np.linspace(0, np.pi, NUMBER)
    found = client.sweeps.counts(PROGRAM, {"theta": thetas}, shots=500, seed=3)
    assert len(found) == found.sweep.num_bindings == NUMBER
    assert (found[0], found[NUMBER - 1]) == ({"0": 500}, {"1": 500})
    ones = np.array([counts.get("1", 0) / counts.shots for counts in found])
    p = np.sin(thetas / 2) ** 2
    assert (np.abs(ones - p) <= 5.5 * np.sqrt(p * (1 - p) / 500) + 1e-9).all()
    again = client.sweeps.counts(PROGRAM, {"theta": thetas}, shots=500, seed=3)
    assert list(again) == list(found)


def test_values_of_a_grid_have_their_errors(client: Qloom) -> None:
    grid = {"grid": {"theta": [0.0, 1.0], "phi": [0.0, 0.5, 1.5]}}
    observables = [{"IZ": 1.0}, {"ZI": 2.0, "ZZ": -1.0}]
    found = client.sweeps.values(ROTATED, grid, observables=observables, shots=0)
    values, errors = found.to_arrays()
    assert values.shape == errors.shape == (6, 2)
    a, b = (np.cos(each).ravel() for each in np.meshgrid([0.0, 1.0], [0.0, 0.5, 1.5], indexing="ij"))
    np.testing.assert_allclose(values, np.stack([a, 2 * b - a * b], axis=1), atol=1e-9)
    np.testing.assert_allclose(errors, 0, atol=1e-12)
    sampled, spread = client.sweeps.values(
        ROTATED, grid, observables=observables, precision=0.02, seed=1
    ).to_arrays()
    assert (np.abs(sampled - values) <= 5.5 * spread + 1e-9).all()


def test_a_sweep_is_a_job_and_its_bindings_can_be_executions(client: Qloom) -> None:
    tag = str(uuid4())
    job = client.sweeps.submit(PROGRAM, {"theta": [0.0, np.pi]}, shots=50, tags=[tag])
    assert client.jobs.wait_for_success(job).status == "SUCCEEDED"
    sweep = client.sweeps.get(job.job_id)
    assert (sweep.status, sweep.inputs, sweep.num_bindings) == ("SUCCEEDED", ["theta"], 2)
    assert [each.index for each in client.sweeps.read_counts(job.job_id, first=1, end=2)] == [1]
    run = client.sweeps.execute(job.job_id, 1, shots=7)
    assert run.counts == {"1": 7}
    assert [each.sweep_id for each in client.sweeps.all(tags=[tag])] == [job.job_id]
    client.sweeps.delete(job.job_id)
    with pytest.raises(NotFoundError):
        client.sweeps.get(job.job_id)


def test_circuits_of_the_library_have_parameters(client: Qloom) -> None:
    observables = [{"ZIII": 1.0}, {"IIIZ": 1.0}]
    found = client.sweeps.values(circuit="w", parameters={"num_qubits": 4}, observables=observables, shots=0)
    assert found.sweep.parameters == {"num_qubits": 4}
    np.testing.assert_allclose(found.to_arrays()[0], [[0.5, 0.5]], atol=1e-9)
    with pytest.raises(InvalidInputError, match="num_qubits"):
        client.sweeps.counts(circuit="ghz", parameters={"num_qubits": 1})


def test_a_binding_that_is_missing_is_told(client: Qloom) -> None:
    with pytest.raises(InvalidInputError, match="phi"):
        client.sweeps.values(ROTATED, {"theta": [1.0]}, observables=[{"ZZ": 1.0}])


def test_a_diagram_shows_itself(client: Qloom) -> None:
    run = client.executions.run("bell")
    svg = client.executions.diagram(run.execution_id)
    assert svg._repr_svg_() == svg
    text = client.executions.diagram(run.execution_id, format="text")
    assert text._repr_svg_() is None
    assert "H" in text
