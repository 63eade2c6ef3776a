"""The same program in both languages: the same unitary, the same events, the same counts."""

import msgspec
from hypothesis import given, settings
from qiskit.quantum_info import Operator

from app.circuits.event_graph import Event
from tests.circuits.openqasm3.circuits import Call, circuits, plain
from tests.circuits.openqasm3.reading import circuit_of, is_near_up_to_phase, run
from tests.circuits.programs import QASM2, QASM3

OWN_2 = "gate own(t) a, b { rx(t) a; cx a, b; } "
NAMES = ("event_type", "gate_name", "qubits", "classical_bits", "condition")


def _both(width: int, body_2: str, body_3: str) -> tuple[str, str]:
    return (
        f"{QASM2}{OWN_2}qreg q[{width}]; creg c[{width}];\n{body_2}\n",
        f"{QASM3}{OWN_2}qubit[{width}] q; bit[{width}] c;\n{body_3}\n",
    )


@settings(max_examples=40)
@given(circuits())
def test_random_circuits_are_the_same(drawn: tuple[int, list[Call]]) -> None:
    width, calls = drawn
    body = "\n".join(plain(call) for call in calls)
    two, three = _both(width, body, body)
    assert is_near_up_to_phase(Operator(circuit_of(two)).data, Operator(circuit_of(three)).data)
    first, second = (run(source + "measure q -> c;", 64) for source in (two, three))
    assert first["counts"] == second["counts"]
    assert _described(first["events"]) == _described(second["events"])


def test_programs_of_both_languages_have_the_same_events() -> None:
    two, three = _both(
        3,
        "id q[0]; h q; own(0.3) q[0], q[1]; barrier q; reset q[2]; u2(0.1, 0.2) q[0]; u3(1, 2, 3) q[1];"
        "measure q[0] -> c[0]; if (c == 1) x q[1]; if (c == 1) cx q[1], q[2]; measure q -> c;",
        "id q[0]; h q; own(0.3) q[0], q[1]; barrier q; reset q[2]; u2(0.1, 0.2) q[0]; u3(1, 2, 3) q[1];"
        "measure q[0] -> c[0]; if (c == 1) x q[1]; if (c == 1) cx q[1], q[2]; measure q -> c;",
    )
    first, second = (_described(run(source)["events"]) for source in (two, three))
    assert first == second


def _described(encoded: bytes) -> list[object]:
    found: list[Event] = msgspec.json.decode(encoded)
    return [
        (
            [each.get(name) for name in NAMES],
            [round(value, 12) for value in each.get("parameters", [])],  # type: ignore[attr-defined]
        )
        for each in found
    ]
