"""The type ``angle``: sections "Angles" of types and of classical instructions."""

import pytest
from numpy import pi

from tests.circuits.openqasm3.reading import assert_holds, events


@pytest.mark.parametrize(
    ("declaration", "bits"),
    [
        ("angle[4] a = π;", "1000"),
        ("angle[6] a = π / 2;", "010000"),
        ("angle[8] a = 7 * (π / 8);", "01110000"),
        ("angle[4] a = 2 * pi;", "0000"),
        ("angle[4] a = 9 * pi;", "1000"),
        ("angle[4] a = -pi / 2;", "1100"),
        ("angle[4] a = pi / 8 + 0.1;", "0001"),
        ("angle[4] a = 15.6 * pi / 8;", "0000"),
        ("const float[64] two_pi = 6.283185307179586; angle[8] a = two_pi * (127. / 512.);", "01000000"),
        ("const float[64] two_pi = 6.283185307179586; angle[8] a = two_pi * (125. / 512.);", "00111110"),
    ],
)
def test_an_angle_is_the_nearest_fraction_of_a_turn(declaration: str, bits: str) -> None:
    """Between two equally near values the even one is taken."""
    assert_holds(f'bit[{len(bits)}](a) == "{bits}"', declaration)


@pytest.mark.parametrize(
    "condition",
    [
        'bit[4](a + b) == "1000"',
        'bit[4](b - a) == "1010"',
        'bit[4](a / two) == "0011"',
        'bit[4](two * c) == "0100"',
        'bit[4](c * two) == "0100"',
        "c / b == 10",
        'bit[4](-b) == "1111"',
        'bit[4](a + (-a)) == "0000"',
        'bit[4](nine << 2) == "0100"',
        'bit[4](nine >> 2) == "0010"',
        'bit[4](a & b) == "0001"',
        'bit[4](a ^ c) == "1101"',
        'bit[4](~a) == "1000"',
        "a > b && b < c && a != c && a == a",
        "nine[0] == 1 && nine[3] == 1 && nine[1] == 0",
        "!(two * c >= c)",
    ],
)
def test_arithmetic_of_angles_is_that_of_their_bits(condition: str) -> None:
    """The values are the specification's own, in eighths of pi."""
    assert_holds(
        condition,
        "angle[4] a = 7 * (pi / 8); angle[4] b = pi / 8; angle[4] c = 5 * (pi / 4); uint[4] two = 2;"
        "angle[4] nine = 9 * (pi / 8);",
    )


@pytest.mark.parametrize(
    ("statement", "bits"),
    [
        ("a += b", "1010"),
        ("a -= b", "0100"),
        ("a *= two", "1110"),
        ("a /= two", "0011"),
        ("a <<= 1", "1110"),
        ("a >>= 1", "0011"),
        ("a[3] = 1", "1111"),
    ],
)
def test_assignments_with_operators(statement: str, bits: str) -> None:
    declared = f"angle[4] a = 7 * (pi / 8); angle[4] b = 3 * (pi / 8); uint[4] two = 2; {statement};"
    assert_holds(f'bit[4](a) == "{bits}"', declared)


def test_a_wider_angle_is_padded_with_zeros() -> None:
    assert_holds('bit[8](angle[8](a)) == "01110000"', "angle[4] a = 7 * (pi / 8);")


def test_an_angle_equals_the_constant_it_was_made_from() -> None:
    assert_holds("d == angle[32](pi)", "angle[32] d = pi;")


@pytest.mark.parametrize(
    ("declaration", "wanted"),
    [
        ("angle[3] a = pi / 4 + 0.1;", pi / 4),
        ("angle[20] a = pi / 2;", pi / 2),
        ("angle[4] a = 5 * pi;", pi),
        ("angle a = pi / 3;", pi / 3),
        ("angle[2] b = pi / 2; angle[2] a = -b;", 3 * pi / 2),
        ("angle[10] a; a = angle[10](angle[20](pi) + angle[20](pi / 2));", 3 * pi / 2),
    ],
)
def test_a_gate_takes_the_value_of_an_angle(declaration: str, wanted: float) -> None:
    rotation, _ = events(f"qubit q; bit c; {declaration} rx(a) q; c = measure q;")
    assert rotation["parameters"] == pytest.approx([wanted], abs=1e-9)
