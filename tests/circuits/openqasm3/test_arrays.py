"""Arrays: sections "Arrays", "Array concatenation and slicing", "Arrays in subroutines"."""

import pytest

from tests.circuits.openqasm3.reading import assert_holds, outcome

DECLARED = "array[int[32], 5] a = {0, 1, 2, 3, 4}; array[float[32], 3, 2] m = {{1.5, 2}, {3, 4}, {5, 6.5}};"


@pytest.mark.parametrize(
    "condition",
    [
        "a[0] == 0 && a[4] == 4 && a[-1] == 4 && a[-5] == 0",
        "m[0, 1] == 2 && m[2, 1] == 6.5 && m[-1, -1] == 6.5 && m[-3, 0] == 1.5",
        "m[2][0] == 5",
        "sizeof(a) == 5 && sizeof(m) == 3 && sizeof(m, 1) == 2 && sizeof(m[0], 0) == 2",
    ],
)
def test_elements_have_indices_from_both_ends(condition: str) -> None:
    assert_holds(condition, DECLARED)


@pytest.mark.parametrize(
    ("statements", "condition"),
    [
        ("a[4] = 10;", "a[4] == 10 && a[3] == 3"),
        ("a[-2] += 5;", "a[3] == 8"),
        ("m[0, 0] = 0.5; m[-1, 1] = 0.25;", "m[0, 0] == 0.5 && m[2, 1] == 0.25 && m[0, 1] == 2"),
        ("m[0] = m[1];", "m[0, 0] == 3 && m[0, 1] == 4"),
        ("a[1:2] = a[3:4];", "a[1] == 3 && a[2] == 4 && a[3] == 3"),
        ("a[0:2:4] = a[2:4];", "a[0] == 2 && a[2] == 3 && a[4] == 4"),
        ("array[int[32], 5] b = a; b[0] = 7;", "a[0] == 0 && b[0] == 7 && b[4] == 4"),
        ("array[int[32], 2] s = a[1:2];", "s[0] == 1 && s[1] == 2"),
        ("array[bool, 2] s = {true, false};", "s[0] && !s[1]"),
        ("array[angle[4], 2] s = {pi, pi / 2};", 'bit[4](s[1]) == "0100"'),
        ("array[uint[4], 2] s = {15, 1}; s[0] += 1;", "s[0] == 0"),
        ("array[complex[float[64]], 1] s = {1 + 2im};", "imag(s[0]) == 2"),
    ],
)
def test_assignments_to_elements_and_slices(statements: str, condition: str) -> None:
    assert_holds(condition, DECLARED + statements)


def test_an_array_may_have_seven_dimensions() -> None:
    declared = "array[int[8], 1, 1, 1, 1, 1, 1, 2] v = {{{{{{{3, 4}}}}}}};"
    assert_holds("v[0, 0, 0, 0, 0, 0, 1] == 4", declared)


def test_a_loop_goes_through_an_array_in_order() -> None:
    declared = "array[float[64], 4] v = {1.5, -3.5, 0.5, 9}; float t = 0; for float f in v { t = t * 2 + f; }"
    assert_holds("t == 8 * 1.5 - 4 * 3.5 + 2 * 0.5 + 9", declared)


def test_a_changed_loop_variable_leaves_the_array() -> None:
    assert_holds("v[0] == 1 && v[1] == 2", "array[int[8], 2] v = {1, 2}; for int[8] x in v { x = 9; }")


def test_a_subroutine_changes_a_mutable_array_and_its_slices() -> None:
    declared = (
        "def change(mutable array[int[8], #dim = 1] v) { v[1] = 10; v[-1] += 1; }"
        "array[int[8], 4] a = {0, 1, 2, 3}; array[int[8], 4] b = {0, 1, 2, 3}; change(a); change(b[1:3]);"
    )
    assert_holds("a[1] == 10 && a[3] == 4 && a[2] == 2 && b[2] == 10 && b[3] == 4 && b[1] == 1", declared)


def test_a_subroutine_reads_the_sizes_of_its_arrays() -> None:
    declared = (
        "def total(readonly array[int[8], #dim = 2] v) -> int[32] { int[32] sum = 0;"
        "for uint i in [0:sizeof(v, 0) - 1] { for uint j in [0:sizeof(v, 1) - 1] { sum += v[i, j]; } }"
        "return sum; }"
        "def first(readonly array[int[8], 2, 3] v) -> int[32]"
        "{ const uint n = sizeof(v, 1); return v[0, n - 1]; }"
        "array[int[8], 2, 3] a = {{1, 2, 3}, {4, 5, 6}};"
    )
    assert_holds("total(a) == 21 && first(a) == 3", declared)


def test_values_of_arrays_turn_qubits_and_choose_them() -> None:
    statements = (
        "qubit[3] q; bit[3] c; array[float[64], 2] turns = {pi, 0}; array[uint[8], 2] at = {2, 0};"
        "for uint i in [0:1] { rx(turns[i]) q[at[i]]; } c = measure q;"
    )
    assert outcome(statements) == "100"
