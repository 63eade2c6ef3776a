"""Branches on measured bits, and bits that are computed from them."""

import pytest

from tests.circuits.openqasm3.reading import assert_distribution, outcome

PREPARED = "qubit[4] q; bit[2] c; bit d;\nx q[1]; c = measure q[0:1];\n"
"""``c`` is measured as "10": its bit 0 is 0, its bit 1 is 1."""


@pytest.mark.parametrize(
    "condition",
    [
        "c == 2", "c != 0", "c != 1", "c < 3", "c <= 2", "c > 1", "c >= 2", "!(c == 1)", "!(c > 2)",
        'c == "10"', 'c != "01"', "2 == c", "3 > c",
        "c[1]", "c[1] == 1", "c[1] == true", "c[1] != 0", "c[0] == 0", "c[0] == false", "c[0] != true",
        "!c[0]", "c[-1]", "1 == c[1]", "!(c[0] == 1)",
        "c[1] && !c[0]", "c[0] || c[1]", "c[1] && true", "c[0] || true", "!(c[0] && c[1])", "!!c[1]",
        "c == 2 && c[1]", "c == 1 || c == 2", "(c == 2 || c == 1) && !(c == 0)", "c[0] != c[1]",
        "c[0:1] == 2", "c[1:1] == 1", "c[{1, 0}] == 1", "c[1:-1:0] == 1", 'c[0:1] == "10"',
        "int[2](c) == -2", "uint[2](c) == 2", "bool(c)", "bool(c[1])", "int(c) == 2", "uint(c) > 1",
        '(c & "10") == "10"', '(c | "01") == "11"', '(c ^ "11") == 1', '~c == "01"', "(c[0] ^ c[1]) == 1",
        "c[0] ^ c[1]", "c[0] | c[1]", "~c[0]",
        "c == two", "c[0] == zero", "c == k", "c < k + 1",
    ],
)  # fmt: skip
def test_a_condition_on_measured_bits(condition: str) -> None:
    """The condition holds; its negation takes the other branch."""
    known = "bit zero = 0; const int k = 2; uint[2] two = 2; "
    branches = f"if ({condition}) {{ x q[2]; }} else {{ x q[3]; }} if (!({condition})) x q[2];"
    found = outcome(known + PREPARED + branches + "bit[2] r; r = measure q[2:3];")
    assert found.split()[0] == "01"


@pytest.mark.parametrize(
    ("statements", "key"),
    [
        ("if (c[0]) { x q[2]; } else if (c[1]) { x q[3]; } else { x q[0]; }", "1010"),
        ("if (c[0]) x q[2]; else x q[3];", "1010"),
        ("if (c[1]) { if (c[0]) { x q[2]; } else { x q[3]; } }", "1010"),
        ("if (c[1]) { if (c == 2) { x q[2]; } x q[3]; }", "1110"),
        ("if (c[1]) { reset q[1]; }", "0000"),
        ("if (c[1]) { barrier q; x q; }", "1101"),
        ("if (c[1]) { d = measure q[1]; } if (d) x q[0];", "0011"),
        ("if (c[0]) { } else { x q[0]; }", "0011"),
        ("for uint i in [0:1] { if (c[i]) { x q[i + 2]; } }", "1010"),
        ("for uint i in [0:3] { if (c == i) { x q[3 - i]; } }", "0000"),
        ("if (c[1]) { for uint i in [2:3] x q[i]; }", "1110"),
        ("if (c[1]) { int n = 1; if (n == 1) { x q[2]; } }", "0110"),
        ("gate g a, b { cx a, b; } if (c[1]) g q[1], q[2];", "0110"),
        ("if (c[1]) { ctrl @ inv @ x q[1], q[2]; }", "0110"),
        ("def f(qubit a) { x a; } if (c[1]) { f(q[2]); } if (c[0]) f(q[3]);", "0110"),
        ("switch (int(c)) { case 1 { x q[2]; } case 2 { x q[3]; } default { x q[0]; } }", "1010"),
        ("switch (uint[2](c)) { case 0, 2 { x q[3]; } case 1, 3 { x q[2]; } }", "1010"),
        ("switch (int(c)) { case 0 { x q[2]; } default { x q[3]; } }", "1010"),
        ("switch (int(c)) { case 0 { x q[2]; } case 1 { x q[3]; } }", "0010"),
        ("switch (int(c)) { case 2 { if (c[1]) x q[2]; } }", "0110"),
        ("while (c[1]) { x q[1]; c[1] = measure q[1]; x q[2]; }", "0100"),
        ("while (c != 0) { x q[1]; c[1] = measure q[1]; }", "0000"),
        ("for uint i in [0:3] { if (c == i) { break; } x q[3]; x q[i]; }", "0001"),
        ("for uint i in [0:3] { if (c[1]) { continue; } x q[i]; }", "0010"),
        ("for uint i in [0:3] { c[1] = measure q[1]; if (!c[1]) break; x q[1]; x q[3]; }", "1000"),
        ("if (c[1]) { end; } x q;", None),
    ],
)  # fmt: skip
def test_branches_and_loops_on_measured_bits(statements: str, key: str | None) -> None:
    if key is None:  # the program ends before anything else is measured
        assert outcome(PREPARED + statements + "bit[4] r; r = measure q;").split()[0] == "0000"
        return
    found = outcome(PREPARED + statements + "bit[4] r; r = measure q;")
    assert found.split()[0] == key


@pytest.mark.parametrize(
    ("statements", "key"),
    [
        ("bit[2] r; r = c;", "10"),
        ("bit[2] r; r[0] = c[1]; r[1] = c[0];", "01"),
        ("bit[2] r = c;", "10"),
        ("bit[2] r; r[0] = c[0] ^ c[1]; r[1] = c[0] & c[1];", "01"),
        ("bit[2] r; r = ~c;", "01"),
        ('bit[2] r; r = c | "01";', "11"),
        ("bit[2] r; r[0] = !c[0]; r[1] = c == 2;", "11"),
        ('bit[2] r = "01"; r = c; x q[0]; c[0] = measure q[0];', "10"),
        ("bit b = c[1]; reset q[1]; c[1] = measure q[1]; if (b) x q[2]; bit[2] r; r = measure q[2:3];", "01"),
        ("bool b = c[1]; if (b) x q[2]; bit[2] r; r = measure q[2:3];", "01"),
        ("uint[2] n = uint[2](c); if (n == 2) x q[3]; bit[2] r; r = measure q[2:3];", "10"),
        ("bit[2] r; if (c[1]) { r[0] = 1; } else { r[1] = 1; }", "01"),
        ('bit[2] r; if (c[1]) r = "11";', "11"),
        ('bit[2] r = "11"; if (c[0]) { r = "00"; }', "11"),
        ("bit[2] r; r[0] ^= c[1];", "01"),
        ("bit[2] r; r[0] = c[1]; r[0] ^= c[1]; r[1] |= c[1];", "10"),
        ("c = \"01\"; bit[2] r; r = c;", "01"),
        ("bit[2] r; c[1] = 0; if (c == 0) { r[1] = 1; }", "10"),
    ],
)  # fmt: skip
def test_bits_are_computed_from_measured_bits(statements: str, key: str) -> None:
    assert outcome(PREPARED + statements).split()[0] == key


@pytest.mark.parametrize(
    ("declaration", "key"),
    [
        ('bit[4] a = "0011";', "0 0011"),
        ("bit a = 1;", "01"),
        ("bit a = true;", "01"),
        ("bit a; a = 1;", "01"),
        ('bit[2] a; a = "10"; a[0] = 1;', "0 11"),
        ("bit[2] a; a[1] = true; a[1] = false;", "0 00"),
        ('bit[3] a; a[0:1] = "11";', "0 011"),
        ("bit[2] a = bit[2](uint[2](2));", "0 10"),
    ],
)
def test_bits_that_are_set_without_measurement_stand_in_the_counts(declaration: str, key: str) -> None:
    """A program that has only single bits has no spaces in its keys."""
    assert outcome(f"qubit q; {declaration} bit m = measure q;") == key


def test_a_bit_keeps_its_first_value_when_it_is_set_between_measurements() -> None:
    statements = "qubit[2] q; bit a; bit[2] r; x q[0]; a = measure q[0]; if (a) x q[1]; a = 0; if (a) x q[1];"
    assert outcome(statements + "r = measure q;") == "11 0"


def test_a_loop_repeats_until_a_measurement_gives_1() -> None:
    statements = "qubit q; bit c; while (c == 0) { h q; c = measure q; }"
    assert outcome(statements) == "1"


@pytest.mark.parametrize("type_", ["int", "uint", "int[8]", "uint[4]"])
@pytest.mark.parametrize("start", [0, 1])
def test_a_counter_in_a_loop_on_a_measurement_does_not_wrap_at_its_first_value(
    type_: str, start: int
) -> None:
    """A counter without a size has room for more than the value that it begins with."""
    statements = (
        f"qubit[2] q; bit c; x q[0]; c = measure q[0]; {type_} i = {start};"
        f"while (c) {{ i += 1; if (i == {start + 5}) x q[0]; c = measure q[0]; }}"
        f"if (i == {start + 5}) x q[1]; bit[2] r; r = measure q;"
    )
    assert outcome(statements).split()[0] == "10"


def test_a_bounded_loop_ends_early_with_its_probability() -> None:
    statements = "qubit q; bit c; for int i in [1:3] { reset q; h q; c = measure q; if (c) break; }"
    assert_distribution(statements, {"0": 1 / 8, "1": 7 / 8})


def test_end_under_a_measured_condition_ends_only_those_shots() -> None:
    statements = (
        "qubit[2] q; bit[2] c; h q[0]; c[0] = measure q[0]; if (c[0]) { end; } x q[1]; c[1] = measure q[1];"
    )
    assert_distribution(statements, {"01": 0.5, "10": 0.5})


TURNED = "def turned(qubit a) -> bit { x a; return measure a; }\n"


@pytest.mark.parametrize(
    ("loop", "key"),
    [
        ("while (turned(q[0])) { id q[1]; }", "0"),
        ("while (turned(q[0])) { break; }", "1"),
        ("while (turned(q[0])) { bit m = measure q[1]; if (m) break; }", "1"),
        ("while (turned(q[0])) { bit m = measure q[1]; if (m) continue; x q[1]; }", "0"),
        ("while (turned(q[0])) { bit m = measure q[1]; if (m) { c = 1; end; } }", "1"),
        ("int i = 0; while (turned(q[0]) || i < 3) { i += 1; }", "0"),
    ],
)
def test_a_condition_that_calls_a_subroutine_is_worked_out_once_for_each_iteration(
    loop: str, key: str
) -> None:
    """Each call turns the qubit, so that a call too many would leave it in the other state."""
    assert outcome(f"{TURNED} qubit[2] q; bit c; x q[1]; {loop} c = measure q[0];") == key


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("while (m) { return true; } return false;", "1"),
        ("while (m) { m = measure b; if (m) { return false; } return true; } return false;", "1"),
        ("while (turned(b)) { bit n = measure a; if (n) return true; } return false;", "1"),
        ("bit[2] l; let part = l; while (m) { part[1] = measure a; m = measure b; } return l[1];", "1"),
        ("bit[2] l; let part = l[1:1]; while (m) { part[0] = m; m = measure b; } return l[1];", "1"),
        ("while (m) { bit c = measure b; c = c; m = c; } return !m;", "1"),
    ],
)
def test_results_and_aliases_that_a_measured_loop_assigns(body: str, key: str) -> None:
    found = outcome(
        f"{TURNED} def f(qubit a, qubit b) -> bit {{ bit m = measure a; {body} }} "
        "qubit[2] q; bit c; x q[0]; c = f(q[0], q[1]);"
    )
    assert found == key


def test_a_loop_over_a_register_has_the_bits_from_before_the_loop() -> None:
    found = outcome(
        "qubit[3] q; bit[2] c; bit d; x q[0]; c = measure q[0:1]; "
        "for bit b in c { c[0] = measure q[1]; c[1] = measure q[0]; if (b) { x q[2]; } } d = measure q[2];"
    )
    assert found == "1 10"
