"""``input`` and ``output`` variables: section "Input/output"."""

from math import pi

import pytest

from app.errors import InvalidProgramError
from tests.circuits.openqasm3.reading import outcome, place, run
from tests.circuits.programs import QASM3

PAIR = "qubit[2] q; bit[2] c;\n"


@pytest.mark.parametrize(
    ("declaration", "statements", "values", "key"),
    [
        ("input float theta;", "rx(theta) q[0];", {"theta": pi}, "01"),
        ("input float[64] theta;", "rx(2 * theta) q[1];", {"theta": pi / 2}, "10"),
        ("input angle theta;", "rx(theta) q[0];", {"theta": pi}, "01"),
        ("input angle[8] theta;", "rx(theta) q[0];", {"theta": 3 * pi}, "01"),
        ("input angle[4] theta;", "if (theta == angle[4](pi / 2)) x q[0];", {"theta": pi / 2 + 0.01}, "01"),
        ("input float a; input float b;", "rx(a - b) q[0];", {"b": 0.5, "a": pi + 0.5}, "01"),
        ("input float a;", "if (a > 1) { x q[1]; } else { x q[0]; }", {"a": 1.5}, "10"),
        ("input float a;", "for int i in [1:int(a)] { x q[0]; }", {"a": 3.2}, "01"),
        ("input float a;", "gate g(t) r { rx(t) r; } g(a) q[1];", {"a": pi}, "10"),
        ("input float a;", "def f(float t, qubit r) { rx(t) r; } f(a, q[0]);", {"a": pi}, "01"),
        ("input float a;", "x q[1]; ctrl @ pow(a) @ x q[1], q[0];", {"a": 3.0}, "11"),
    ],
)
def test_an_input_has_the_value_that_the_request_gives(
    declaration: str, statements: str, values: dict[str, float], key: str
) -> None:
    source = f"{QASM3}{declaration}\n{PAIR}{statements}\nc = measure q;"
    assert set(run(source, inputs=values)["counts"]) == {key}


@pytest.mark.parametrize(
    ("declaration", "values", "name", "line"),
    [
        ("input float a;", {}, "a", 3),
        ("input float a;\ninput float b;", {"a": 1.0}, "b", 4),
    ],
)
def test_an_input_without_a_value_is_refused_by_its_name(
    declaration: str, values: dict[str, float], name: str, line: int
) -> None:
    with pytest.raises(InvalidProgramError, match=name) as caught:
        run(f"{QASM3}{declaration}\n{PAIR}c = measure q;", inputs=values)
    assert place(caught.value)[0] == line


def test_a_value_for_no_input_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidProgramError, match="other"):
        run(f"{QASM3}input float a; {PAIR}c = measure q;", inputs={"a": 1.0, "other": 2.0})


def test_an_input_cannot_be_given_another_value() -> None:
    with pytest.raises(InvalidProgramError, match="'a'"):
        run(f"{QASM3}input float a; {PAIR}const float a = 3; c = measure q;", inputs={"a": 1.0})


@pytest.mark.parametrize(
    ("statements", "keys"),
    [
        ("output bit[2] c; qubit[2] q; x q[1]; c = measure q;", ["10"]),
        ("output bit c; qubit q; x q; c = measure q;", ["1"]),
        ('bit[2] c; qubit[2] q; output bit[3] r; c = measure q; r = "011";', ["011"]),
        ("bit[2] c; qubit[2] q; output uint[3] r; x q[1]; c = measure q; r = 5;", ["101"]),
    ],
)
def test_outputs_stand_in_the_keys(statements: str, keys: list[str]) -> None:
    """Variables that are no output may stand there, too."""
    found = outcome(statements).split()
    assert [key for key in found if key in keys] == keys
