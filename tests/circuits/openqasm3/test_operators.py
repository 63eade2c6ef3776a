"""Operators and the order of their evaluation: section "Classical instructions"."""

import pytest

from tests.circuits.openqasm3.reading import assert_holds


@pytest.mark.parametrize(
    "condition",
    [
        "2 ** 3 ** 2 == 512",
        "-2 ** 2 == -4",
        "2 * 3 ** 2 == 18",
        "7 - 2 - 1 == 4",
        "16 / 4 / 2 == 2",
        "7 - 2 * 3 == 1",
        "10 % 4 * 2 == 4",
        "12 / 4 * 3 == 9",
        "(7 - 2) * 3 == 15",
        "- -3 == 3",
        "-3 + 5 == 2",
        "1 < 2 == true",
        "3 > 2 != false",
        "true || false && false",
        "!false || true",
        "1 + 1 == 2 && 2 + 2 == 4",
        "false && false || true",
    ],
)
def test_precedence_and_associativity_of_numbers(condition: str) -> None:
    assert_holds(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "one + one << two == four + four",
        "eight >> one + one == two",
        "one << two << one == eight",
        "(eight | six ^ three & two) == 12",
        "(one | two) == three",
        "!(zero & one == zero)",
        "(zero & one) == zero",
        "~~six == six",
        "(~six) == 9",
        "(six & ~two) == four",
    ],
)
def test_precedence_of_shifts_and_bitwise_operators(condition: str) -> None:
    """Equality binds more than ``&``, so ``zero & one == zero`` is ``zero & (one == zero)``."""
    names = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "eight": 8}
    declared = " ".join(f"uint[4] {name} = {value};" for name, value in names.items())
    if condition.startswith("!(zero"):
        declared = "bit zero = 0; bit one = 0;"
    assert_holds(condition, declared)


@pytest.mark.parametrize(
    "condition",
    [
        'a << 1 == "00011110"',
        'a >> 4 == "00001000"',
        'a << 8 == "00000000"',
        'rotl(a, 2) == "00111110"',
        '(a | b) == "11111111"',
        '(a & b) == "00000000"',
        '(a ^ "11111111") == b',
        '~a == "01110000"',
        "popcount(a) == 5",
    ],
)
def test_operators_of_bit_registers(condition: str) -> None:
    """The registers are the specification's own."""
    assert_holds(condition, 'bit[8] a = "10001111"; bit[8] b = "01110000";')


@pytest.mark.parametrize(
    "condition",
    ["a * b == 6", "b / a == 1", "b % a == 1", "a ** b == 8", "-b / a == -1", "-b % a == -1", "a - b == -1"],
)
def test_arithmetic_of_integers(condition: str) -> None:
    """Division discards the fraction, as in C99, so that (-3) / 2 is -1 and its remainder is -1."""
    assert_holds(condition, "int[32] a = 2; int[32] b = 3;")


@pytest.mark.parametrize(
    ("type_", "start", "statement", "end"),
    [
        ("int[32]", "2", "v += 4", "6"),
        ("int[32]", "2", "v -= 4", "-2"),
        ("int[32]", "3", "v *= 5", "15"),
        ("int[32]", "17", "v /= 5", "3"),
        ("int[32]", "17", "v %= 5", "2"),
        ("int[32]", "3", "v **= 4", "81"),
        ("uint[8]", "6", "v <<= 2", "24"),
        ("uint[8]", "6", "v >>= 1", "3"),
        ("uint[8]", "6", "v &= 3", "2"),
        ("uint[8]", "6", "v |= 3", "7"),
        ("uint[8]", "6", "v ^= 3", "5"),
        ("float[64]", "1.5", "v += 1", "2.5"),
        ("float[64]", "1.5", "v -= 1", "0.5"),
        ("float[64]", "1.5", "v *= 4", "6"),
        ("float[64]", "1.5", "v /= 3", "0.5"),
        ("float[64]", "1.5", "v **= 2", "2.25"),
        ("bit[4]", '"0110"', 'v &= "0011"', '"0010"'),
        ("bit[4]", '"0110"', 'v |= "0011"', '"0111"'),
        ("bit[4]", '"0110"', 'v ^= "0011"', '"0101"'),
        ("bit[4]", '"0110"', "v <<= 1", '"1100"'),
        ("bit[4]", '"0110"', "v >>= 2", '"0001"'),
        ("bit", "1", "v ^= 1", "0"),
    ],
)
def test_assignment_with_an_operator(type_: str, start: str, statement: str, end: str) -> None:
    assert_holds(f"v == {end}", f"{type_} v = {start}; {statement};")


@pytest.mark.parametrize(
    "condition",
    [
        "2 < 3",
        "!(3 < 3)",
        "3 <= 3",
        "3 > 2",
        "3 >= 3",
        "3 == 3",
        "3 != 2",
        "2.5 < 3",
        "-1 < 0",
        "true != false",
        '"01" == "01"',
    ],
)
def test_comparisons(condition: str) -> None:
    assert_holds(condition)


def test_tilde_negates_a_single_bit_and_a_boolean() -> None:
    """``bool`` and ``bit`` are interchangeable, and ``~`` negates each bit."""
    assert_holds("~a", "bool a = false;")
    assert_holds("!bool(~b)", "bit b = 1;")


def test_two_literals_divide_exactly_and_two_integers_do_not() -> None:
    """The specification's own examples have ``pow(1/2)`` and ``arccos(3 / 5)`` of literals."""
    assert_holds("1 / 2 == 0.5 && one / two == 0 && one / 2 == 0", "int[8] one = 1; int[8] two = 2;")


def test_a_value_is_copied_when_it_is_assigned() -> None:
    assert_holds("a == 10 && b == 0", "int[32] a; int[32] b = 10; a = b; b = 0;")
