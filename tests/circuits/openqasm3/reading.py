"""How these tests read OpenQASM 3: by the scan, the loader and the runner that every run passes.

What is expected is written in the tests, by hand or from numpy, and follows from the specification.
"""

import re
from collections.abc import Mapping

import msgspec
import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from app.circuits import runner
from app.circuits.event_graph import Event
from app.circuits.program import load
from app.circuits.program_scan import scan
from app.circuits.result import RunResult
from app.circuits.spec import ExecutionSpec, Phase, RunLimits
from app.errors import AppError, InvalidProgramError
from tests.circuits.programs import QASM3

Matrix = np.ndarray
LIMITS = RunLimits(parse_seconds=120.0)
"""A parser that takes long on a busy machine must not end the process of the tests."""

SHOTS = 4_096


def circuit_of(source: str) -> QuantumCircuit:
    """The circuit of a whole program."""
    scanned = scan(source, LIMITS)
    return load(source, scanned.language, LIMITS, scanned.gate_names)[0]


def unitary(statements: str, num_qubits: int, before: str = "") -> Matrix:
    """The unitary, with its phase, of statements on ``qubit[num_qubits] q``; ``before`` declares gates."""
    return Operator(circuit_of(f"{QASM3}{before}\nqubit[{num_qubits}] q;\n{statements}")).data


def run(source: str, shots: int = 16, **fields: object) -> RunResult:
    """The result of a whole program."""
    spec = ExecutionSpec("program", shots=shots, seed=7, program=source, **fields)  # type: ignore[arg-type]
    result = runner.run(spec, LIMITS, None, _ignore)
    assert "over_ceiling" not in result
    assert sum(result["counts"].values()) == shots
    return result


def counts(statements: str, shots: int = 16) -> dict[str, int]:
    """The counts of statements after the header with the standard library."""
    return run(QASM3 + statements, shots)["counts"]


def outcome(statements: str) -> str:
    """The one key that all shots have."""
    found = counts(statements)
    assert len(found) == 1, found
    return next(iter(found))


def events(statements: str) -> list[Event]:
    """The events of statements after the header, without the first and the last."""
    return msgspec.json.decode(run(QASM3 + statements)["events"])[1:-1]


def assert_holds(condition: str, declarations: str = "") -> None:
    """Assert that a condition over values that are known at compile time is true, and its negation false.

    No gates are included, so that the declarations may use their names.
    """
    head = f"OPENQASM 3.0;\nqubit[2] probe; bit[2] seen;\n{declarations}\n"
    flips = [f"U(pi, 0, pi) probe[{qubit}];" for qubit in (0, 1)]
    for branches, wanted in (
        (f"if ({condition}) {{ {flips[0]} }} else {{ {flips[1]} }}", "01"),
        (f"if (!({condition})) {{ {flips[1]} }}", "00"),
    ):
        keys = run(f"{head}{branches}\nseen = measure probe;")["counts"]
        assert [key.split()[-1] for key in keys] == [wanted], condition


def assert_distribution(statements: str, wanted: Mapping[str, float], within: float = 0.04) -> None:
    """Assert that counts are near a distribution: half the sum of the differences is below ``within``."""
    found = counts(statements, SHOTS)
    keys = {*found, *wanted}
    distance = sum(abs(found.get(key, 0) / SHOTS - wanted.get(key, 0)) for key in keys) / 2
    assert distance < within, found


def refusal(source: str) -> InvalidProgramError:
    """The error of a program that is refused: the program is at fault, and its place is in the sentence."""
    with pytest.raises(InvalidProgramError) as caught:
        run(source)
    assert place(caught.value) == (caught.value.line, caught.value.column)
    return caught.value


def place(error: AppError) -> tuple[int, int]:
    """The line and the column that the sentence of an error names."""
    found = re.match(r"line (\d+), column (\d+): ", error.message)
    assert found, error.message
    return int(found[1]), int(found[2])


def is_near(found: Matrix, wanted: Matrix) -> bool:
    """Whether two matrices are the same, with their phase."""
    return bool(np.allclose(found, wanted, atol=1e-7))


def is_near_up_to_phase(found: Matrix, wanted: Matrix) -> bool:
    """Whether two unitaries are the same up to a global phase."""
    return bool(abs(abs(np.trace(found.conj().T @ wanted)) - len(wanted)) < 1e-6)


def _ignore(_phase: Phase) -> None:
    """Nobody asks how far a test's run has come."""
