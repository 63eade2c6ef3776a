"""Loops and branches on values that are known before the run: section "Looping and branching"."""

import pytest

from tests.circuits.openqasm3.reading import assert_holds, outcome, refusal
from tests.circuits.programs import QASM3


@pytest.mark.parametrize(
    ("header", "total"),
    [
        ("int[32] i in {1, 5, 10}", 16),
        ("int i in [0:2:20]", 110),
        ("int i in [0:3:10]", 18),
        ("int i in [1:4]", 10),
        ("int i in [4:-1:1]", 10),
        ("int i in [-2:2]", 0),
        ("int i in [5:-3:-1]", 6),
        ("int i in [3:3]", 3),
        ("int i in [3:1]", 0),
        ("int i in [1:-1:3]", 0),
        ("int i in [k:2 * k]", 9),
        ("int i in {k, k + 1}", 5),
        ("uint[8] i in numbers", 6),
        ("uint[8] i in numbers[1:2]", 5),
        ("bit i in bits", 3),
        ("bit i in bits[0:1]", 1),
        ("bit i in part", 2),
        ("float i in {0.5, 1.5}", 2),
    ],
)
def test_a_loop_has_each_value_once_in_order(header: str, total: int) -> None:
    declared = (
        'const int k = 2; array[uint[8], 3] numbers = {1, 2, 3}; bit[5] bits = "10110"; let part = bits[1:2];'
        f"float s = 0; for {header} {{ s += i; }}"
    )
    assert_holds(f"s == {total}", declared)


@pytest.mark.parametrize(
    ("statements", "condition"),
    [
        ("for int i in {1, 2, 3} { v = v * 10 + i; }", "v == 123"),
        ("for int i in [3:-1:1] v = v * 10 + i;", "v == 321"),
        ("for int i in [0:9] { v += 1; i = 9; }", "v == 10"),
        ("for uint[64] i in [4294967296:4294967306] { v += 1; }", "v == 11"),
        ("for uint[8] i in [250:255] { v += 1; }", "v == 6"),
        ("for int i in [1:3] { for int j in [1:i] { v += j; } }", "v == 10"),
        ("int n = 2; for int i in [0:n] { n = 0; v += 1; }", "v == 3"),
        ("for int i in [0:9] { if (i == 3) { break; } v += 1; }", "v == 3"),
        ("for int i in [0:9] { if (i % 2 == 0) continue; v += i; }", "v == 25"),
        ("for int i in [1:3] { for int j in [1:3] { if (j == i) break; v += 1; } }", "v == 3"),
        ("for int i in [1:3] { for int j in [1:3] { if (j == i) continue; v += 1; } }", "v == 6"),
        ("for int i in [0:9] { switch (i) { case 4 { break; } default { v += 1; } } }", "v == 4"),
        ("while (v < 5) { v += 2; }", "v == 6"),
        ("while (v < 5) v += 1;", "v == 5"),
        ("while (false) { v = 1; }", "v == 0"),
        ("while (true) { v += 1; if (v == 4) { break; } }", "v == 4"),
        ("int i = 0; while (i < 6) { i += 1; if (i == 2) { continue; } v += i; }", "v == 19"),
        ("int i = 0; while (i < 9) { i += 1; if (i == 2) continue; if (i == 4) break; v += 1; }", "v == 2"),
        ("if (v == 0) v = 3;", "v == 3"),
        ("if (v == 1) v = 3; else v = 4;", "v == 4"),
        ("if (v > 0) { v = 1; } else if (v < 0) { v = 2; } else { v = 3; }", "v == 3"),
        ("if (v == 0) { if (v == 1) { v = 5; } else { v = 6; } }", "v == 6"),
        ("if (bool(v)) { v = 1; } else { v = 2; }", "v == 2"),
    ],
)  # fmt: skip
def test_loops_and_branches_end_where_they_should(statements: str, condition: str) -> None:
    assert_holds(condition, "int v = 0; " + statements)


@pytest.mark.parametrize(
    ("value", "wanted"), [(1, 1), (3, 1), (4, 2), (-1, 3), (8, 4), (9, 5), (0b1100, 6), (100, 9)]
)
def test_a_switch_takes_the_case_of_the_value(value: int, wanted: int) -> None:
    declared = (
        f"const int A = 8; int v = 0; int i = {value}; switch (i) {{ case 1, 3, 5 {{ v = 1; }}"
        "case 2, 4, 6 { v = 2; } case -1 { v = 3; } case A { v = 4; } case A + 1 { v = 5; }"
        "case 0b1100 { v = 6; } default { v = 9; } }"
    )
    assert_holds(f"v == {wanted}", declared)


@pytest.mark.parametrize(
    ("statements", "condition"),
    [
        ("switch (7) { case 1 { v = 1; } }", "v == 0"),
        ("switch (1) { case 1 { } default { v = 2; } }", "v == 0"),
        ("switch (1) { case 1 { v += 1; } case 2 { v += 10; } }", "v == 1"),
        ("switch (1) { case 1 { switch (v) { case 0 { v = 4; } } } default { v = 9; } }", "v == 4"),
        ("bit[2] b = \"10\"; switch (int(b)) { case 0b01 { v = 1; } case 0b10 { v = 2; } }", "v == 2"),
        ("uint[2] u = 3; switch (u) { case 3 { v = 3; } default { v = 4; } }", "v == 3"),
    ],
)  # fmt: skip
def test_a_switch_runs_one_case_or_none(statements: str, condition: str) -> None:
    assert_holds(condition, "int v = 0; " + statements)


@pytest.mark.parametrize(
    ("statements", "construct"),
    [
        ("switch (1) { case 1 { }\ncase 1 { } }", "case"),
        ("\nswitch (1) { default { } }", "case"),
        ("\nswitch (1.5) { case 1 { } }", "switch"),
        ("int v = 1; switch (v) {\ncase v { } }", "case"),
        ("\nbreak;", "break"),
        ("\ncontinue;", "continue"),
        ("if (true) {\nbreak; }", "break"),
        ("def f() {\ncontinue; } f();", "continue"),
        ("for int i in [0:1] { } def f() { } { \nbreak; }", "break"),
        ("\nreturn;", "return"),
        ("\nfor int i in [0:0:5] { x q; }", "step"),
        ("\nfor int i in [0:2.5] { x q; }", "range"),
        ("\nfor int i in [:5] { x q; }", "range"),
    ],
)  # fmt: skip
def test_malformed_control_flow_is_refused(statements: str, construct: str) -> None:
    error = refusal(f"{QASM3}qubit q; bit c; {statements}\nc = measure q;")
    assert error.message.startswith("line 4, ")
    assert construct in error.message


@pytest.mark.parametrize(
    ("statements", "key"),
    [
        ("for uint i in [0:2] { x q[i]; }", "0111"),
        ("for uint i in [0:2] x q[i + 1];", "1110"),
        ("for uint i in {3, 1} { x q[i]; }", "1010"),
        ("x q[0]; for uint i in [0:2] { cx q[i], q[i + 1]; }", "1111"),
        ("for uint i in [1:2] { rx(i * pi) q[i]; }", "0010"),
        ("for float a in {0, pi} { rx(a) q[1]; }", "0010"),
        ("for uint i in [0:3] { if (i % 2 == 0) { x q[i]; } }", "0101"),
        ("for uint i in [0:2:3] { for uint j in [0:1] { x q[i + j]; } }", "1111"),
        ("int i = 0; while (i < 3) { x q[i]; i += 2; }", "0101"),
        ("for uint i in [0:3] { switch (i) { case 1, 2 { x q[i]; } } }", "0110"),
    ],
)
def test_loops_and_branches_place_gates(statements: str, key: str) -> None:
    assert outcome(f"qubit[4] q; bit[4] c;\n{statements}\nc = measure q;") == key


@pytest.mark.parametrize(
    "statements",
    [
        "x q[1]; c = measure q; end;",
        "x q[1]; c = measure q; if (true) { end; }",
        "x q[1]; for int i in [0:5] { c = measure q; if (i == 0) end; x q[0]; }",
        "def f(qubit[2] r) -> bit[2] { x r[1]; return measure r; } c = f(q); { { end; } }",
        "def stop() { end; } x q[1]; c = measure q; stop();",
    ],
)
def test_end_ends_the_program_in_every_scope(statements: str) -> None:
    assert outcome(f"qubit[2] q; bit[2] c;\n{statements}\nx q; c = measure q;") == "10"
