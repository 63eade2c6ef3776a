"""Counts: each classical bit once in each key, in Qiskit's order, and no shot lost."""

import pytest
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Clbit

from app.circuits.aer import counts_of
from app.circuits.spec import Method, NoiseSpec
from app.errors import AppError
from tests.circuits.conftest import Run
from tests.circuits.programs import QASM2, QASM3

METHODS = ["statevector", "density_matrix", "matrix_product_state", "stabilizer"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("declarations", "measurements", "keys"),
    [
        ("bit[1] a; bit b;", "a[0] = measure q[0]; b = measure q[1];", {"0 0", "0 1", "1 0", "1 1"}),
        ("bit b; bit[2] a;", "a[1] = measure q[0]; b = measure q[1];", {"00 0", "00 1", "10 0", "10 1"}),
        ("bit a; bit b;", "a = measure q[0]; b = measure q[1];", {"00", "01", "10", "11"}),
        ("bit[2] c; let d = c[0:1];", "d = measure q[0:1];", {"00", "01", "10", "11"}),
        (
            "bit[2] c; let d = c[{1}]; bit e;",
            "d[0] = measure q[0]; e = measure q[1];",
            {"0 00", "0 10", "1 00", "1 10"},
        ),
        ("bit[2] a; bit[1] b; let d = a[1:1] ++ b;", "d = measure q[0:1];", {"0 00", "0 10", "1 00", "1 10"}),
    ],
)
def test_single_bits_and_aliases_lose_nothing(
    run: Run, declarations: str, measurements: str, keys: set[str], method: Method
) -> None:
    program = QASM3 + f"qubit[3] q; {declarations} h q[0]; h q[1]; {measurements}"
    counts = run(program=program, shots=400, method=method)["counts"]
    assert set(counts) == keys
    assert sum(counts.values()) == 400
    assert min(counts.values()) > 50


@pytest.mark.parametrize("noise", [NoiseSpec(), NoiseSpec("thermal")])
def test_noisy_counts_of_single_bits_add_up(run: Run, noise: NoiseSpec) -> None:
    program = QASM3 + "qubit[2] q; bit[1] a; bit b; h q; a[0] = measure q[0]; b = measure q[1];"
    counts = run(program=program, shots=1_000, noise=noise)["counts"]
    assert (set(counts), sum(counts.values())) == ({"0 0", "0 1", "1 0", "1 1"}, 1_000)


def test_a_teleportation_with_single_bits_keeps_the_last_bit(run: Run) -> None:
    program = QASM3 + (
        "qubit[3] q; bit m0; bit m1; bit[1] r; x q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0];"
        "m0 = measure q[0]; m1 = measure q[1]; if (m1) { x q[2]; } if (m0) { z q[2]; } r[0] = measure q[2];"
    )
    counts = run(program=program)["counts"]
    assert set(counts) == {"1 0 0", "1 0 1", "1 1 0", "1 1 1"}


def test_bits_that_nothing_is_measured_into_are_0(run: Run) -> None:
    program = QASM2 + "qreg q[2]; creg a[2]; creg b[3]; x q[1]; measure q[1] -> b[1];"
    assert run(program=program)["counts"] == {"010 00": 1024}


def test_many_bits_stand_in_the_keys_of_a_wide_circuit(run: Run) -> None:
    program = (
        QASM2 + "qreg q[100]; creg a[70]; creg b[30]; x q[99]; measure q[99] -> b[29]; measure q[0] -> a[0];"
    )
    counts = run(program=program, method="stabilizer")["counts"]
    assert counts == {"1" + "0" * 29 + " " + "0" * 70: 1024}


@pytest.mark.parametrize(
    ("by_value", "shots"), [({"0x0": 3, "0x1": 4}, 8), ({"0x8": 8}, 8), ({}, 1), ({"0x0": 9}, 8)]
)
def test_counts_that_are_not_whole_are_an_error_and_no_answer(by_value: dict[str, int], shots: int) -> None:
    circuit = QuantumCircuit([Clbit()], ClassicalRegister(2, "c"))
    with pytest.raises(AppError, match="the simulator's counts") as caught:
        counts_of(circuit, by_value, shots)
    assert caught.value.status == 500


def test_a_bit_of_two_registers_stands_once_under_the_first() -> None:
    bits = [Clbit(), Clbit()]
    circuit = QuantumCircuit(
        bits, ClassicalRegister(bits=bits, name="c"), ClassicalRegister(bits=bits[1:], name="d")
    )
    assert counts_of(circuit, {"0x2": 5}, 5) == {"10": 5}
