"""Where names are visible: section "Scoping of variables"."""

import pytest

from tests.circuits.openqasm3.reading import assert_holds, outcome, refusal
from tests.circuits.programs import QASM3


@pytest.mark.parametrize("condition", ["ii == 400", "sum == 36"])
def test_the_example_of_the_specification(condition: str) -> None:
    assert_holds(
        condition,
        """int ii = 100;
{
  ii *= 2;
  int ii = 1;
  ii *= 2;
}
ii *= 2;
if (true) { int ii = 1; }
uint sum = 0;
for uint ii in [1:4] {
  sum += ii;
  if (sum > 10) { float ii = 10.0; sum += uint(ii * 2.0); } else { sum += ii; }
}
""",
    )


@pytest.mark.parametrize(
    ("declarations", "condition"),
    [
        ("int v = 1; for int v in [5:6] { } ", "v == 1"),
        ("int v = 1; for int i in [5:6] { int v = i; v += 1; }", "v == 1"),
        ("int v = 1; for int i in [5:6] { v = i; }", "v == 6"),
        ("int v = 0; for int i in [1:3] { int w = 10; w += i; v += w; }", "v == 36"),
        ("int v = 0; if (v == 0) { v = 3; int w = 4; } else { bit w = 1; }", "v == 3"),
        ("int v = 0; { { v = 2; bit v = 1; } v += 1; }", "v == 3"),
        ("int v = 0; while (v < 3) { int w = v; v = w + 1; }", "v == 3"),
        ("int v = 0; switch (2) { case 1 { int w = 1; } case 2 { int w = 7; v = w; } }", "v == 7"),
        ("int v = 1; def f(int v) -> int { v += 1; return v; } int w = f(5);", "v == 1 && w == 6"),
        ("const int k = 3; def f() -> int { return k; } ", "f() == 3"),
        ("const int k = 3; def f(int k) -> int { return k; } ", "f(4) == 4 && k == 3"),
        ("const int k = 3; def f() -> int { int k = 8; return k; } ", "f() == 8 && k == 3"),
        ("def f() -> int { int inner = 5; return inner; } int inner = f() + 1;", "inner == 6"),
        ("def f() -> int { return 2; } def g() -> int { return f() + 1; }", "g() == 3"),
    ],
)
def test_inner_scopes_shadow_and_end(declarations: str, condition: str) -> None:
    assert_holds(condition, declarations)


@pytest.mark.parametrize(
    ("statements", "key"),
    [
        ("let a = q[0:1]; { let a = q[2:3]; x a[0]; } x a[1];", "0110"),
        ("let a = q[0:1]; for uint i in [0:1] { let a = q[2:3]; x a[i]; } x a;", "1111"),
        ("let a = q[0]; for uint i in [1:3] { x a; let a = q[i]; x a; } x a;", "1110"),
        ("gate g a { x a; } let a = q[3]; g q[0]; x a;", "1001"),
        ("gate q0(c) q { rx(c) q; } q0(pi) q[2];", "0100"),
        ("const float k = pi; gate g a { rx(k) a; } g q[1];", "0010"),
        ("def f(qubit q) { x q; } f(q[3]);", "1000"),
        ("def f(qubit[2] c) { let q = c[1]; x q; } f(q[1:2]);", "0100"),
    ],
)
def test_names_of_qubits_are_scoped_too(statements: str, key: str) -> None:
    assert outcome(f"qubit[4] q; bit[4] c;\n{statements}\nc = measure q;") == key


@pytest.mark.parametrize(
    ("statements", "name"),
    [
        ("for int i in [0:1] { x q[i]; }\nx q[i];", "i"),
        ("{ int v = 1; }\nx q[v];", "v"),
        ("if (true) { let a = q[0]; }\nx a;", "a"),
        ("int v = 1;\ndef f() -> int { return v; } int w = f();", "v"),
        ("def g() { }\ndef f() { x q[0]; } f();", "q"),
        ("int v = 1;\ngate f a { rx(v) a; } f q[0];", "v"),
        ("def f() { int v = 1; }\nint w = v;", "v"),
        ("\nf(q[0]); def f(qubit a) { x a; }", "f"),
        ("\ng q[0]; gate g a { x a; }", "g"),
        ("\nx q[k]; const int k = 1;", "k"),
        ("\nint v = w + 1;", "w"),
        ("\nint v = v + 1;", "v"),
        ("\nc[0] = measure r;", "r"),
        ("\nv = 3;", "v"),
        ("if (false) { int v = 1; } else {\nx q[v]; }", "v"),
    ],
)
def test_a_name_that_is_not_visible_is_refused(statements: str, name: str) -> None:
    error = refusal(f"{QASM3}qubit[2] q; bit[2] c; {statements}\nc = measure q;")
    assert error.message.startswith("line 4, ")
    assert f"'{name}'" in error.message


@pytest.mark.parametrize(
    ("statements", "name"),
    [
        ("uint v = 1;\nuint v = 2;", "v"),
        ("gate g a { x a; }\nint g = 1;", "g"),
        ("int g = 1;\ngate g a { x a; }", "g"),
        ("gate g a { x a; }\ngate g a { y a; }", "g"),
        ("gate h2 a { x a; }\ngate x a { y a; }", "x"),
        ("def f() { }\ndef f() { }", "f"),
        ("bit b;\nqubit b;", "b"),
        ("let a = q[0];\nlet a = q[1];", "a"),
        ("const int k = 1;\nconst int k = 2;", "k"),
        ("{ int v = 1;\nbit v = 1; }", "v"),
        ("def f(int a) {\nint a = 2; } f(1);", "a"),
        ("qubit r;\nbit q;", "q"),
    ],
)
def test_a_second_definition_in_the_same_scope_is_refused_by_name_and_place(
    statements: str, name: str
) -> None:
    error = refusal(f"{QASM3}qubit[2] q; bit[2] c; {statements}\nc = measure q;")
    assert error.message.startswith("line 4, ")
    assert f"'{name}'" in error.message


@pytest.mark.parametrize(
    ("statements", "construct"),
    [
        ("{\ngate g a { x a; } }", "gate"),
        ("if (true) {\ndef f() { } }", "def"),
        ("for int i in [0:1] {\nqubit r; }", "qubit"),
        ("def f() {\nqubit r; } f();", "qubit"),
        ("def f() {\narray[int[8], 2] a; } f();", "array"),
        ("{\narray[int[8], 2] a; }", "array"),
        ("{\nqreg r[2]; }", "qubit"),
        ('{\ninclude "stdgates.inc"; }', "include"),
    ],
)
def test_what_is_global_is_refused_in_a_block(statements: str, construct: str) -> None:
    error = refusal(f"{QASM3}qubit[2] q; bit[2] c; {statements}\nc = measure q;")
    assert error.message.startswith("line 4, ")
    assert construct in error.message
