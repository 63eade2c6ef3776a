"""Calibrations: what is refused, which qubits work, and the snapshots that come with Qloom."""

from copy import deepcopy
from typing import Any

import msgspec
import pytest
from qiskit.circuit.library import get_standard_gate_name_mapping

from app.circuits import devices
from app.circuits.devices import Calibration
from app.devices import snapshots
from app.errors import InvalidInputError
from tests.devices.calibrations import LINE


def calibration(**changes: Any) -> Calibration:
    """Return the device of three qubits with some members replaced."""
    return msgspec.convert({**deepcopy(LINE), **changes}, Calibration)


def with_gate(name: str, *gates: dict[str, Any]) -> Calibration:
    """Return the device with another gate."""
    return calibration(gates={**LINE["gates"], name: list(gates)})


def test_every_gate_that_a_device_may_have_is_one_of_qiskits_of_this_size() -> None:
    known = get_standard_gate_name_mapping()
    assert {known[name].num_qubits for name in devices.ONE_QUBIT_GATES} == {1}
    assert {known[name].num_qubits for name in devices.TWO_QUBIT_GATES} == {2}


@pytest.mark.parametrize(
    ("bad", "place", "message"),
    [
        (calibration(qubits=[{"t1": 10.0, "t2": 21.0, "readout_error": 0.1}]), ("qubits", 0, "t2"), "20 µs"),
        (calibration(qubits=[{"t1": 10.0, "readout_error": 0.1}]), ("qubits", 0), "go together"),
        (calibration(qubits=[{}]), ("qubits", 0), "give either readout_error"),
        (calibration(qubits=[{"prob_meas1_prep0": 0.1}]), ("qubits", 0), "go together"),
        (with_gate("ccx"), ("gates", "ccx"), "no such gate"),
        (with_gate("cz", {"qubits": [0]}), ("gates", "cz", 0, "qubits"), "two different qubits"),
        (with_gate("cz", {"qubits": [1, 1]}), ("gates", "cz", 0, "qubits"), "two different qubits"),
        (with_gate("h", {"qubits": [0, 1]}), ("gates", "h", 0, "qubits"), "acts on one qubit"),
        (with_gate("h", {"qubits": [3]}), ("gates", "h", 0, "qubits"), "no qubit 3; they are 0 to 2"),
        (with_gate("h", {"qubits": [1]}, {"qubits": [1]}), ("gates", "h", 1, "qubits"), "given twice"),
        (calibration(operations=["reset", "reset"]), ("operations",), "twice"),
        (calibration(qubits=[{"readout_error": 1.0}] * 3), ("qubits",), "no qubit works"),
    ],
)
def test_an_impossible_calibration_is_refused_where_it_is_wrong(
    bad: Calibration, place: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        devices.check(bad)
    assert caught.value.location == ("body", *place)


def test_qubits_and_gates_with_the_error_1_do_not_work() -> None:
    assert calibration().connected_qubits() == [0, 1, 2]
    gates = deepcopy(LINE["gates"])
    gates["cx"][0]["error"] = 1.0
    assert calibration(gates=gates).connected_qubits() == [1, 2]
    gates = deepcopy(LINE["gates"])
    gates["sx"][1]["error"] = 1.0
    assert calibration(gates=gates).connected_qubits() == [0]
    assert calibration(qubits=[*LINE["qubits"][:2], {"readout_error": 1.0}]).connected_qubits() == [0, 1]


def test_the_identity_is_that_of_the_content_and_not_of_its_packing() -> None:
    content = devices.pack(calibration())
    assert devices.unpack(content) == calibration()
    assert devices.identity(content) == devices.identity(devices.pack(calibration()))
    other = deepcopy(LINE["qubits"])
    other[2]["readout_error"] = 0.1000001
    assert devices.identity(devices.pack(calibration(qubits=other))) != devices.identity(content)


def test_the_summary_has_medians_over_what_works() -> None:
    found = devices.summary("line", "own", devices.pack(calibration()))
    assert (found.num_qubits, found.num_usable_qubits, found.num_edges) == (3, 3, 2)
    assert found.basis_gates == ["cx", "rz", "sx", "x"]
    assert found.median_t1 == 100.0
    assert found.median_readout_error == pytest.approx(0.03)
    assert found.median_single_gate_error == 0.001
    assert found.median_two_gate_error == pytest.approx(0.015)
    assert found.calibrated_at == "2026-02-01T12:00:00+00:00"


def test_each_snapshot_is_sound_and_as_the_list_says() -> None:
    assert len(snapshots.index()) > 60
    for name, listed in snapshots.index().items():
        content = snapshots.content(name)
        devices.check(devices.unpack(content))
        assert devices.summary(name, "snapshot", content) == listed
        assert len(content) < 10_000
        assert snapshots.content_of(listed.calibration) == content
