"""Index sets, slices, concatenation and aliases: sections "Aliasing" and "Index sets and slicing"."""

import pytest

from tests.circuits.openqasm3.reading import assert_holds, outcome

SIX = "qubit[6] q; bit[6] c;\n"


def flipped(statements: str) -> set[int]:
    """The qubits of six that end in the state 1."""
    key = outcome(SIX + statements + "\nc = measure q;")
    return {place for place, bit in enumerate(reversed(key)) if bit == "1"}


@pytest.mark.parametrize(
    ("indices", "wanted"),
    [
        ("0", {0}),
        ("-1", {5}),
        ("-6", {0}),
        ("1:3", {1, 2, 3}),
        ("2:2", {2}),
        ("0:2:5", {0, 2, 4}),
        ("0:3:5", {0, 3}),
        ("1:2:5", {1, 3, 5}),
        ("5:-2:0", {5, 3, 1}),
        ("4:-1:2", {4, 3, 2}),
        ("-3:-1", {3, 4, 5}),
        ("-1:-1:-2", {5, 4}),
        ("-6:2:-1", {0, 2, 4}),
        (":2", {0, 1, 2}),
        ("4:", {4, 5}),
        (":", {0, 1, 2, 3, 4, 5}),
        ("{0, 3, 5}", {0, 3, 5}),
        ("{-1, 0}", {0, 5}),
        ("1 + 2 * 2", {5}),
        ("n", {3}),
        ("n:2 * n - 1", {3, 4, 5}),
        ("{n, n + 2}", {3, 5}),
        ("r", {2}),
        ("{r, r - 1}", {1, 2}),
    ],
)
def test_a_gate_acts_on_the_qubits_of_an_index_set(indices: str, wanted: set[int]) -> None:
    assert flipped(f"const uint n = 3; uint r = 2; x q[{indices}];") == wanted


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        ("let a = q[1:4]; x a[0];", {1}),
        ("let a = q[1:4]; x a;", {1, 2, 3, 4}),
        ("let a = q[1:4]; x a[-1];", {4}),
        ("let a = q[1:4]; let b = a[1:2]; x b[1];", {3}),
        ("let a = q[{5, 0, 3}]; x a[0:1];", {5, 0}),
        ("let a = q; x a[3];", {3}),
        ("let a = q[2]; x a;", {2}),
        ("let a = q[4:-2:0]; x a[0]; x a[2];", {4, 0}),
        ("let a = q[3:5] ++ q[0:1]; x a[0]; x a[4];", {3, 1}),
        ("let a = q[3:5] ++ q[0:1]; let b = a[2:3]; x b;", {5, 0}),
        ("let a = q[0:1]; let b = q[4:5]; let d = b ++ a; x d[1:2];", {5, 0}),
        ("let a = q[0:0] ++ q[1:1] ++ q[2:2]; x a[{0, 2}];", {0, 2}),
        ("let a = q[{1, 3}] ++ q[{4}]; x a[-1];", {4}),
        ("for uint i in [1:2] { let a = q[{2 * i, 2 * i + 1}]; x a[1]; }", {3, 5}),
    ],
)
def test_an_alias_names_qubits_of_other_registers(statements: str, wanted: set[int]) -> None:
    assert flipped(statements) == wanted


def test_the_twelve_qubits_of_two_registers() -> None:
    """The example of the specification, with two and ten qubits."""
    statements = (
        "qubit[2] one; qubit[10] two; bit[10] c; bit[2] d; let concatenated = one ++ two;"
        "let first = concatenated[0]; let last = concatenated[-1]; let selection = two[{0, 3, 5}];"
        "let sliced = concatenated[0:6]; let every_second = concatenated[0:2:11]; let three = two[-4:-2];"
        "let both = sliced ++ three;"
        "x first; x last; x selection[1]; x sliced[6]; x every_second[1]; x both[8];"
        "c = measure two; d = measure one;"
    )
    assert outcome(statements) == "01 1010011001"


@pytest.mark.parametrize(
    ("statements", "key"),
    [
        ("x q[0]; c = measure q;", "000001"),
        ("x q[0]; c[2:3] = measure q[0:1];", "000100"),
        ("x q[0]; c[{5, 1}] = measure q[0:1];", "100000"),
        ("x q[0]; c[3:-1:2] = measure q[{0, 1}];", "001000"),
        ("x q[5]; c[0] = measure q[-1];", "000001"),
        ("x q[5]; measure q[4:5] -> c[0:1];", "000010"),
        ("x q[0]; let d = c[4:5]; d[1] = measure q[0];", "100000"),
        ("x q[0]; x q[1]; let d = c[4:5]; d = measure q[0:1];", "110000"),
        ("x q[1]; let d = c[{3, 1}]; d = measure q[0:1];", "000010"),
        ("x q[1]; let d = c[5:5] ++ c[0:0]; d = measure q[0:1];", "000001"),
        ("x q[2]; for uint i in [0:5] { c[5 - i] = measure q[i]; }", "001000"),
    ],
)
def test_bits_are_written_through_index_sets(statements: str, key: str) -> None:
    assert outcome(SIX + statements) == key


@pytest.mark.parametrize(
    "condition",
    [
        'b[0:2] == "101"',
        'b[3:-1:1] == "011"',
        'b[{3, 0}] == "11"',
        'b[-4:-3] == "01"',
        'both == "101101"',
        'part == "01"',
        "part[-1] == 0",
    ],
)
def test_slices_of_known_bits_have_their_order(condition: str) -> None:
    """The first index of a slice is its bit 0, which is the last character; ``both`` has ``d`` in front."""
    declared = 'bit[4] b = "1101"; bit[2] d = "10"; let both = b ++ d; let part = b[0:1];'
    assert_holds(condition, declared)


def test_a_slice_is_written_as_a_whole() -> None:
    declared = 'bit[6] b = "000000"; b[1:2] = "11"; b[{5, 4}] = "01"; b[0] = true; let a = b[2:3]; a[1] = 1;'
    assert_holds('b == "101111"', declared)


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        ("cx q[0:2], q[3:5];", {0, 3}),
        ("cx q[{0, 1}], q[{5, 4}];", {0, 5}),
        ("cx q[0], q[1:3];", {0, 1, 2, 3}),
        ("swap q[0:1], q[2:3];", {2}),
    ],
)
def test_slices_take_part_in_broadcasts(statements: str, wanted: set[int]) -> None:
    assert flipped("x q[0]; " + statements) == wanted
