"""Subroutines: section "Subroutines"."""

import pytest

from tests.circuits.openqasm3.reading import assert_distribution, assert_holds, outcome, refusal
from tests.circuits.programs import QASM3

FOUR = "qubit[4] q; bit[4] c;\n"
DEFINED = """
def xmeasure(qubit q) -> bit { h q; return measure q; }
def pmeasure(angle[32] theta, qubit q) -> bit { rz(theta) q; h q; return measure q; }
def xcheck(qubit[2] d, qubit a) -> bit { reset a; for int i in [0: 1] cx d[i], a; return measure a; }
def flip(qubit[2] r, int times) { for int i in [1:times] { x r; } }
def both(qubit[2] r) -> bit[2] { bit[2] b; b[0] = measure r[1]; b[1] = measure r[0]; return b; }
def parity(bit[3] cin) -> bit { bit c; c = 0; for int i in [0: 2] { c ^= cin[i]; } return c; }
def early(qubit a, bool stop) { if (stop) { return; } x a; }
def nothing() { }
"""


@pytest.mark.parametrize(
    ("statements", "key"),
    [
        ("h q[1]; c[1] = xmeasure(q[1]);", "0000"),
        ("h q[1]; z q[1]; c[1] = xmeasure(q[1]);", "0010"),
        ("h q[0]; c[0] = pmeasure(pi, q[0]);", "0001"),
        ("h q[0]; s q[0]; c[0] = pmeasure(-pi / 2, q[0]);", "0000"),
        ("x q[0]; c[3] = xcheck(q[0:1], q[2]);", "1000"),
        ("x q[0:1]; c[3] = xcheck(q[0:1], q[2]);", "0000"),
        ("x q[0]; let d = q[{3, 0}]; c[3] = xcheck(d, q[2]);", "1000"),
        ("flip(q[1:2], 3); c = measure q;", "0110"),
        ("flip(q[1:2], 2); c = measure q;", "0000"),
        ("x q[2]; c[0:1] = both(q[2:3]);", "0010"),
        ("early(q[0], true); early(q[1], false); c = measure q;", "0010"),
        ("nothing(); x q[0]; c = measure q;", "0001"),
        ("x q[0]; xmeasure(q[1]); c[0] = measure q[0];", "0001"),
        ("h q[0]; z q[0]; if (xmeasure(q[0])) { x q[3]; } c[3] = measure q[3];", "1000"),
        ("h q[0]; bit b = xmeasure(q[0]); if (!b) x q[3]; c[3] = measure q[3];", "1000"),
        ("for int i in [0:3] { h q[i]; c[i] = xmeasure(q[i]); }", "0000"),
        ("x q[0:1]; bit[3] m; m[0:1] = measure q[0:1]; c[0] = parity(m);", "0000"),
        ("x q[0]; bit[3] m; m[0:1] = measure q[0:1]; c[0] = parity(m);", "0001"),
        ("def thrice(qubit r) { early(r, false); early(r, false); early(r, false); }"
         "thrice(q[2]); c = measure q;", "0100"),
        ("def g(qubit a, qubit[2] r) { x a; cx a, r; } g(q[3], q[0:1]); c = measure q;", "1011"),
        ("def g(qubit[4] r) -> bit[4] { x r[2]; return measure r; } c = g(q);", "0100"),
        ("def g(qubit[1] r) { x r[0]; } g(q[1:1]); c = measure q;", "0010"),
        ("const uint n = 2; def g(qubit[n] r, bit[n] k) { for uint i in [0:n - 1] { if (k[i]) x r[i]; } }"
         "g(q[0:1], \"10\"); c = measure q;", "0010"),
        ("def g(qubit a, float t) { rx(t) a; } g(q[0], pi); c = measure q;", "0001"),
        ("def g(qubit a, qubit b) { swap a, b; } x q[0]; g(q[0], q[3]); c = measure q;", "1000"),
        ("def g(qubit a) -> bit { bit r; r = measure a; if (r) { x a; return 1; } return 0; }"
         "x q[1]; c[0] = g(q[1]); c[1] = measure q[1]; c[2] = g(q[2]);", "0001"),
        ("def g(qubit a) { bit r = measure a; if (r) return; x a; }"
         "x q[0]; g(q[0]); g(q[1]); c = measure q;", "0011"),
    ],
)  # fmt: skip
def test_a_call_does_what_the_body_says(statements: str, key: str) -> None:
    """Registers that a subroutine declares are not the program's: only its last key part is compared."""
    header, _, rest = DEFINED.partition("\n")
    found = outcome(header + rest + FOUR + statements)
    assert key in found.split()


@pytest.mark.parametrize(
    ("declarations", "condition"),
    [
        ("def f(int a) -> int { a += 1; return a; } int v = 1; int w = f(v);", "v == 1 && w == 2"),
        ("def f(int a, int b) -> int { return a - b; }", "f(5, 3) == 2 && f(3, 5) == -2"),
        ("def f(uint[4] a) -> uint[4] { return a + a; }", "f(9) == 2"),
        ("def f(float a) -> float { return a / 2; }", "f(3) == 1.5"),
        ("def f() -> int { return 4; } int v = 1; v += f();", "v == 5"),
        ("def f(bool a) -> int { if (a) { return 1; } return 2; }", "f(true) == 1 && f(false) == 2"),
        ("def f(int n) -> int { for int i in [0:9] { if (i == n) { return i * 10; } } return -1; }",
         "f(3) == 30 && f(12) == -1"),
        ("def f(int n) -> int { int s = 0; while (true) { s += n; if (s > 9) return s; } return 0; }",
         "f(4) == 12"),
        ("def f(bit[4] b) -> uint { return popcount(b); }", 'f("1011") == 3'),
        ("def f(bit[4] b) -> bit[4] { b[0] = 1; return b; } bit[4] v = \"1000\"; bit[4] w = f(v);",
         'v == "1000" && w == "1001"'),
        ("def f(angle[4] a) -> angle[4] { return a + a; }", 'bit[4](f(3 * pi / 8)) == "0110"'),
        ("def f(int n) -> int { switch (n) { case 1 { return 7; } default { return 8; } } return 9; }",
         "f(1) == 7 && f(2) == 8"),
        ("def f(int a) -> int { int s; s = 1; s += a; return s; } int v = f(1) + f(10);", "v == 13"),
        ("def f(complex[float] z) -> float { return imag(z); }", "f(1 + 2im) == 2"),
        ("def f(duration d) -> float { return d / 1ns; }", "f(2us) == 2000"),
    ],
)  # fmt: skip
def test_classical_arguments_are_values_and_results_return(declarations: str, condition: str) -> None:
    assert_holds(condition, declarations)


def test_each_call_measures_anew() -> None:
    statements = "def coin(qubit a) -> bit { reset a; h a; return measure a; } qubit q; bit[2] c;"
    statements += "c[0] = coin(q); c[1] = coin(q);"
    assert_distribution(statements, {"00": 0.25, "01": 0.25, "10": 0.25, "11": 0.25})


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ("\nf(q[0]);", ["f", "2", "1"]),
        ("\nf(q[0], 1, 2);", ["f", "2", "3"]),
        ("\nf(1, q[0]);", ["qubit"]),
        ("\nf(q, 1);", ["f"]),
        ("\ng(q[0:1]);", ["g", "3", "2"]),
        ("\ng(q[0]);", ["g", "3"]),
        ("\ntwo(q[0], q[0]);", ["two", "same qubit"]),
        ("\nmixed(q[1], q[0:2]);", ["mixed", "same qubit"]),
        ("\nint v = f(q[0], 1);", ["f", "return"]),
        ("\nf(q[0], 1.5im);", ["complex", "int"]),
        ("def r(int a) -> int {\nreturn r(a - 1); } int v = r(3);", ["'r'", "itself"]),
        ("def n() -> int {\nreturn; } int v = n();", ["return"]),
        ("def n() {\nreturn 1; } n();", ["return"]),
        ("\ndef n() -> int { int a = 1; } int v = n();", ["return"]),
        ("\nunknown(q[0]);", ["'unknown'"]),
        ("def n(qubit[2] r) {\nx r[2]; } n(q[0:1]);", ["index 2", "r"]),
    ],
)  # fmt: skip
def test_calls_that_do_not_fit_are_refused(statements: str, words: list[str]) -> None:
    before = (
        "def f(qubit a, int k) { x a; } def g(qubit[3] r) { x r; } def two(qubit a, qubit b) { cx a, b; }"
        "def mixed(qubit a, qubit[3] r) { cx a, r; } def h2() -> int { return 2; }"
    )
    error = refusal(f"{QASM3}qubit[3] q; bit[3] c; {before} {statements}\nc = measure q;")
    assert error.message.startswith("line 4, "), error.message
    assert all(word in error.message for word in words), error.message
