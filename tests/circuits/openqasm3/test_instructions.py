"""Measurement, reset, barrier, delays, durations, boxes: sections "Built-in instructions" and "Timing"."""

import pytest

from tests.circuits.openqasm3.reading import assert_distribution, assert_holds, events, outcome, refusal, run
from tests.circuits.programs import QASM3

PAIR = "qubit[2] q; bit[2] c;\n"


@pytest.mark.parametrize(
    ("statements", "keys"),
    [
        ("x q[1]; c = measure q;", ["10"]),
        ("x q[1]; measure q -> c;", ["10"]),
        ("x q[1]; c[0] = measure q[1];", ["01"]),
        ("x q[1]; measure q[1] -> c[0];", ["01"]),
        ("x q[1]; c[0:1] = measure q[{1, 0}];", ["01"]),
        ("x q[1]; bit b = measure q[1];", ["1", "00"]),
        ("x q[1]; bit[2] b = measure q;", ["10", "00"]),
        ("x q[1]; bit[1] b = measure q[1:1];", ["1", "00"]),
        ("x q[1]; bit[1] b; b[0] = measure q[1];", ["1", "00"]),
        ("x q[1]; creg b[2]; b = measure q;", ["10", "00"]),
        ("qreg r[2]; x r[0]; measure r -> c;", ["01"]),
        ("qubit r; x r; measure r -> c[1];", ["10"]),
        ("x q; measure q[0]; c[1] = measure q[1];", ["10"]),
        ("x q; measure q; c = measure q;", ["11"]),
        ("x q[0]; c[0] = measure q[0]; c[0] = measure q[1];", ["00"]),
        ("let a = c[{1, 0}]; x q[0]; a = measure q;", ["10"]),
        ("for uint i in [0:1] { x q[i]; c[1 - i] = measure q[i]; reset q; }", ["11"]),
        ("x q; reset q; c = measure q;", ["00"]),
        ("x q; reset q[0]; c = measure q;", ["10"]),
        ("x q; reset q[1:1]; c = measure q;", ["01"]),
        ("let a = q[1]; x q; reset a; c = measure q;", ["01"]),
        ("x q[0]; c = measure q; reset q; bit[2] d = measure q;", ["00", "01"]),
        ("x q[0]; box { x q[1]; } c = measure q;", ["11"]),
        ("box[150ns] { x q; } c = measure q;", ["11"]),
        ("box { int v = 1; x q[v]; } c = measure q;", ["10"]),
        ("box { box { x q[0]; } delay[10ns] q; } c = measure q;", ["01"]),
        ("nop q; nop; x q[0]; nop q[0], q; c = measure q;", ["01"]),
    ],
)
def test_measurements_and_resets_write_the_right_bits(statements: str, keys: list[str]) -> None:
    assert outcome(PAIR + statements).split() == keys


def test_a_discarded_measurement_changes_the_state_and_stands_in_no_key() -> None:
    assert_distribution("qubit q; bit c; h q; measure q; h q; c = measure q;", {"0": 0.5, "1": 0.5})
    assert outcome("qubit q; bit c; h q; h q; c = measure q;") == "0"


@pytest.mark.parametrize(
    ("statement", "qubits"),
    [
        ("barrier q;", [0, 1]),
        ("barrier;", [0, 1, 2]),
        ("barrier q[1], r;", [1, 2]),
        ("barrier q[0:1], r;", [0, 1, 2]),
        ("let a = q[1:1] ++ q[0:0]; barrier a;", [1, 0]),
    ],
)
def test_a_barrier_holds_back_its_qubits(statement: str, qubits: list[int]) -> None:
    found = events(f"qubit[2] q; qubit r; bit c; {statement} c = measure r;")
    assert [event["qubits"] for event in found if event["event_type"] == "BARRIER"] == [qubits]


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("100ns", 1e-7),
        ("1.5us", 1.5e-6),
        ("2µs", 2e-6),
        ("3 ms", 3e-3),
        ("0.5s", 0.5),
        ("a", 3e-7),
        ("2 * a", 6e-7),
        ("a / 2", 1.5e-7),
        ("a + 1us", 1.3e-6),
        ("b - a", 7e-7),
        ("-a + b", 7e-7),
        ("2 * (a + b) - 600ns", 2e-6),
        ("a * 1.5", 4.5e-7),
        ("n * a", 9e-7),
        ("0ns", 0.0),
    ],
)
def test_a_delay_has_its_duration(duration: str, seconds: float) -> None:
    declared = "duration a = 300ns; const duration b = 1us; const int n = 3;"
    delay, _ = events(f"qubit q; bit c; {declared} delay[{duration}] q; c = measure q;")
    unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}[delay["unit"]]
    assert delay["gate_name"] == "DELAY"
    assert delay["parameters"][0] * unit == pytest.approx(seconds, rel=1e-9)


@pytest.mark.parametrize(("duration", "samples"), [("100dt", 100), ("2 * step", 64), ("step + 8dt", 40)])
def test_samples_stay_samples(duration: str, samples: int) -> None:
    delay, _ = events(f"qubit q; bit c; duration step = 32dt; delay[{duration}] q; c = measure q;")
    assert (delay["parameters"], delay["unit"]) == ([samples], "dt")


def test_a_delay_is_on_each_of_its_qubits() -> None:
    found = events("qubit[3] q; bit c; delay[10ns] q[0], q[2]; delay[5ns] q[0:1]; c = measure q[0];")
    delays = [event for event in found if event.get("gate_name") == "DELAY"]
    assert sorted((event["parameters"][0], qubit) for event in delays for qubit in event["qubits"]) == [
        (5, 0),
        (5, 1),
        (10, 0),
        (10, 2),
    ]


@pytest.mark.parametrize(
    "condition",
    ["a / b == 500.0", "(a + b) / b == 501", "a > b", "a == 0.5us", "a - a == 0ns", "2 * b == b + b"],
)
def test_arithmetic_of_durations(condition: str) -> None:
    assert_holds(condition, "duration a = 500ns; duration b = 1ns;")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("delay[-1ns] q;", ["negative"]),
        ("delay[a - 1us] q;", ["negative"]),
        ("box[-1ns] { x q; }", ["negative"]),
        ("delay[3] q;", ["duration"]),
        ("delay[a + 3dt] q;", ["dt"]),
        ("delay[2.5] q;", ["duration"]),
        ("delay[a * a] q;", ["duration"]),
        ("delay[durationof({x q;})] q;", ["durationof"]),
        ("stretch s; delay[s] q;", ["stretch"]),
        ("duration d = 3;", ["duration"]),
    ],
)
def test_durations_that_cannot_be_are_refused(statement: str, words: list[str]) -> None:
    error = refusal(f"{QASM3}qubit q; bit c; duration a = 300ns;\n{statement}\nc = measure q;")
    assert error.message.startswith("line 4, "), error.message
    assert all(word in error.message for word in words), error.message


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("c = measure q[0];", ["size", "2", "1"]),
        ("c[0] = measure q;", ["size", "1", "2"]),
        ("c = measure r;", ["2", "3"]),
        ("bit[3] d = measure q;", ["3", "2"]),
        ("measure q -> r;", ["bit"]),
        ("q = measure q;", ["qubit"]),
        ("c[2] = measure q[0];", ["index 2", "c"]),
        ("c[0] = measure q[5];", ["index 5", "q"]),
        ("c[-3] = measure q[0];", ["index -3", "c"]),
        ("reset c;", ["qubit"]),
        ("barrier c;", ["qubit"]),
        ("reset q[2];", ["index 2", "q"]),
    ],
)
def test_measurements_that_do_not_fit_are_refused(statement: str, words: list[str]) -> None:
    error = refusal(f"{QASM3}qubit[2] q; qubit[3] r; bit[2] c; bit b;\n{statement}\nc = measure q;")
    assert error.message.startswith("line 4, "), error.message
    assert all(word in error.message for word in words), error.message


def test_measuring_again_after_a_branch_gives_the_last_value() -> None:
    source = QASM3 + "qubit q; bit[2] c; h q; c[0] = measure q; if (c[0]) x q; c[1] = measure q;"
    assert set(run(source, 256)["counts"]) == {"00", "01"}
