"""Widths of integers, bit slices of values, casts: section "Types and casting"."""

import pytest

from tests.circuits.openqasm3.reading import assert_holds, counts, refusal
from tests.circuits.programs import QASM3


@pytest.mark.parametrize(
    ("declarations", "condition"),
    [
        ("uint[8] v = 255; v += 1;", "v == 0"),
        ("uint[8] v = 0; v -= 1;", "v == 255"),
        ("uint[4] v = 9; v *= 3;", "v == 11"),
        ("uint[4] v = 9; v <<= 1;", "v == 2"),
        ("uint[1] v = 1; v += 1;", "v == 0"),
        ("uint[64] v = 18446744073709551615; v += 1;", "v == 0"),
        ("uint[8] v = 3; v **= 5;", "v == 243"),
        ("uint[8] v = 5; v **= 4;", "v == 113"),
        ("uint[8] v = 255;", "v == 255"),
        ("uint[8] a = 250; uint[8] b = 10; uint[8] v = a + b;", "v == 4"),
        ("int[8] v = 100; v = int[8](uint[8](200));", "v == -56"),
        ("int[8] v = 127; v += 1;", "v == -128"),
    ],
)
def test_integers_wrap_at_their_width(declarations: str, condition: str) -> None:
    assert_holds(condition, declarations)


@pytest.mark.parametrize("value", [0, 1, 127, 128, 200, 255])
def test_casts_between_signed_and_unsigned_keep_the_bits(value: int) -> None:
    signed = value - 256 if value > 127 else value
    assert_holds("int[8](x) == y && uint[8](y) == x", f"uint[8] x = {value}; int[8] y = {signed};")
    assert_holds("int[8](uint[8](y)) == y && uint[8](int[8](x)) == x", f"uint[8] x = {value}; int[8] y = -3;")


@pytest.mark.parametrize(
    ("declarations", "condition"),
    [
        ("bool v = true;", "int[8](v) == 1"),
        ("bool v = false;", "uint[8](v) == 0"),
        ("bool v = true;", "float(v) == 1.0"),
        ("bool v = true;", 'bit[4](v) == "0001"'),
        ("bool v = true; bit b = v;", "b == 1"),
        ("int[8] v = 2;", "bool(v)"),
        ("int[8] v = 0;", "!bool(v)"),
        ("int[8] v = -1;", "uint[8](v) == 255"),
        ("int[8] v = -3;", "float[64](v) == -3.0"),
        ("int[8] v = -1;", 'bit[8](v) == "11111111"'),
        ("int[16] v = -300;", "int[32](v) == -300"),
        ("uint[8] v = 7;", "bool(v)"),
        ("uint[8] v = 200;", "int[16](v) == 200"),
        ("uint[8] v = 200;", "float(v) / 2 == 100.0"),
        ("uint[8] v = 5;", 'bit[8](v) == "00000101"'),
        ("float v = 0.5;", "bool(v)"),
        ("float v = 2.9;", "int[8](v) == 2"),
        ("float v = -2.9;", "int[8](v) == -2"),
        ("float v = 2.9;", "uint[8](v) == 2"),
        ("float v = pi;", 'bit[4](angle[4](v)) == "1000"'),
        ("angle[4] v = pi / 8;", "bool(v)"),
        ("angle[4] v = 0.0;", "!bool(v)"),
        ("angle[4] v = 3 * pi / 8;", 'bit[4](v) == "0011"'),
        ('bit[3] v = "100";', "bool(v)"),
        ('bit[3] v = "000";', "!bool(v)"),
        ('bit[4] v = "1111";', "int[4](v) == -1"),
        ('bit[4] v = "1110";', "uint[4](v) == 14"),
        ('bit[4] v = "1000";', "angle[4](v) == angle[4](pi)"),
        ("bit v = 1;", "int(v) == 1 && bool(v)"),
        ("float[32] v = 0.1;", "v != 0.1"),
        ("float[64] v = 0.1;", "v == 0.1"),
    ],
)
def test_casts_that_the_table_allows(declarations: str, condition: str) -> None:
    assert_holds(condition, declarations)


@pytest.mark.parametrize(
    ("declaration", "cast", "names"),
    [
        ("bool v = true;", "angle[4](v)", ["bool", "angle"]),
        ("float v = 1.5;", "bit[4](v)", ["float", "bit"]),
        ("angle[4] v = pi;", "int[4](v)", ["angle", "int"]),
        ("angle[4] v = pi;", "uint[4](v)", ["angle", "uint"]),
        ('bit[4] v = "1000";', "float[64](v)", ["bit", "float"]),
        ("duration v = 1ns;", "float(v)", ["duration", "float"]),
        ("duration v = 1ns;", "int[8](v)", ["duration", "int"]),
        ("duration v = 1ns;", "bool(v)", ["duration", "bool"]),
        ('bit[4] v = "1000";', "uint[8](v)", ["4", "8"]),
        ('bit[4] v = "1000";', "int[3](v)", ["4", "3"]),
        ('bit[4] v = "1000";', "angle[8](v)", ["4", "8"]),
        ('bit[4] v = "1000";', "bit[8](v)", ["4", "8"]),
        ("uint[8] v = 3;", "bit[4](v)", ["8", "4"]),
        ("angle[4] v = pi;", "bit[8](v)", ["4", "8"]),
        ("", "bool(q)", ["qubit"]),
    ],
)
def test_casts_that_the_table_forbids_are_refused_by_their_types(
    declaration: str, cast: str, names: list[str]
) -> None:
    error = refusal(QASM3 + f"qubit q; bit c; {declaration}\nif (bool({cast})) x q;\nc = measure q;")
    assert error.message.startswith("line 4, ")
    assert all(name in error.message for name in names), error.message


@pytest.mark.parametrize(
    "condition",
    [
        "v[0] == 1",
        "v[31] == 0",
        "v[-1] == 0",
        'v[0:3] == "1111"',
        'v[0:2:7] == "0011"',
        'v[{4, 0}] == "10"',
        "w == 175",
        "n[7] == 1 && n[-8] == 0",
    ],
)
def test_bits_of_integers_are_read_and_written_by_index_sets(condition: str) -> None:
    """The numbers are the specification's own; bit 0 is the least significant."""
    declared = 'int[32] v = 15; int[32] w = 15; w[4:7] = "1010"; int[8] n = -128;'
    assert_holds(condition, declared)


def test_bits_of_array_elements() -> None:
    declared = "array[int[32], 5] v = {0, 1, 2, 3, 4}; v[0][0] = 1;"
    assert_holds('v[0] == 1 && v[4][0:4] == "00100" && v[3][1] == 1', declared)


@pytest.mark.parametrize(
    "condition",
    [
        "u1 == 10",
        "f1 == 25.0",
        "b1 == 1",
        "i1 == 2",
        "u2 == 4",
        "f2 == 5",
    ],
)
def test_constants_are_worked_out_from_constants(condition: str) -> None:
    assert_holds(
        condition,
        "const uint[8] SIZE = 5; const uint[16] u1 = 2 * SIZE; const float[64] f1 = 5.0 * SIZE;"
        "const bit b1 = u1[1]; const float[64] half = 2.5; const int[8] i1 = int[8](half);"
        "const uint u2 = 2 * uint(half); const float[32] f2 = SIZE;",
    )


def test_widths_are_constant_expressions() -> None:
    declared = 'const uint N = 4; uint[N] v = 15; v += 1; uint[2 * N] w = 255; w += 1; bit[N - 1] b = "101";'
    assert_holds('v == 0 && w == 0 && b == "101"', declared)


@pytest.mark.parametrize("bits", ['= "0101";', "; x q[0]; x q[2]; m = measure q;"], ids=["known", "measured"])
@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(u | 255) >> 4", 0),
        ("u ^ 17", 4),
        ("u & -2", 4),
        ("u | -8", 13),
        ("u | i", 15),
        ("u ^ i", 15),
        ("wide | i", 0xFA),
        ("uint[16](i & 255) >> 8", 0xFF),
        ("uint[16](i ^ 8) >> 8", 0),
        ("uint[16](j ^ -9)", 0xFFAD),
        ("uint[16](j | -1) >> 8", 0xFF),
        ("uint[4](bit[4](a | angle[4](1.25 * pi)))", 0b1010),
        ("uint[4](bit[4](angle[4](a) | 255))", 15),
    ],
)
def test_bitwise_operators_convert_both_sides_and_keep_the_width(
    expression: str, value: int, bits: str
) -> None:
    """A literal takes the width of the other side, a signed integer is extended by its sign, as in C99."""
    declared = (
        f"qubit[4] q; bit[4] m {bits} uint[4] u = m; int[4] i = int[4](~m); uint[8] wide = 0;"
        "bit[8] eight = 0; eight[0:3] = m; eight[4:7] = ~m; int[8] j = ~eight; angle[3] a = m[0:2];"
    )
    keys = counts(f"{declared} output uint[16] v; v = {expression}; bit seen; seen = measure q[3];")
    assert [int(key.split()[0], 2) for key in keys] == [value]
