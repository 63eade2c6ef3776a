"""Literals, built-in constants and functions: sections "Literals" and "Compile-time constants"."""

import pytest

from tests.circuits.openqasm3.reading import assert_holds, outcome

APPROXIMATE = "({0} - ({1})) * ({0} - ({1})) < 1e-20"


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("0xff", "255"),
        ("0xffff_ffff", "4294967295"),
        ("0XBEEF", "48879"),
        ("0o73", "59"),
        ("0b1101", "13"),
        ("0B0110_1001", "105"),
        ("1_000_000", "1000000"),
        ("007", "7"),
    ],
)
def test_integer_literals_have_four_bases_and_underscores(literal: str, value: str) -> None:
    assert_holds(f"v == {value}", f"int v = {literal};")
    assert_holds(f"{literal} == {value}")


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (".5", "1.0/2"),
        ("3.", "3"),
        ("2e3", "2000"),
        ("2e+3", "2000"),
        ("25.0E-2", "1.0/4"),
        ("1_0.5", "10.5"),
    ],
)
def test_float_literals_may_lack_a_side_and_have_an_exponent(literal: str, value: str) -> None:
    assert_holds(f"v == {value}", f"float v = {literal};")


def test_boolean_literals() -> None:
    assert_holds("a && !b", "bool a = true; bool b = false;")


@pytest.mark.parametrize(
    "condition",
    [
        "b[0] == 1",
        "b[3] == 1",
        "b[4] == 0",
        "b[7] == 0",
        "b == other",
        'b == "00001111"',
        "uint[8](b) == 15",
    ],
)
def test_the_last_character_of_a_bit_string_is_bit_0(condition: str) -> None:
    assert_holds(condition, 'bit[8] b = "00001111"; bit[8] other = "0000_1111";')


@pytest.mark.parametrize(
    "condition",
    [
        "pi > 3.14159265 && pi < 3.14159266",
        "tau == 2 * pi",
        "euler > 2.71828182 && euler < 2.71828183",
        "π == pi",
        "τ == tau",
        "ℇ == euler",
    ],
)
def test_built_in_constants_have_two_names_each(condition: str) -> None:
    assert_holds(condition)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("arccos(-1.0)", "pi"),
        ("arcsin(1.0)", "pi / 2"),
        ("arctan(1.0)", "pi / 4"),
        ("ceiling(1.2)", "2"),
        ("ceiling(-1.2)", "-1"),
        ("floor(1.8)", "1"),
        ("floor(-1.2)", "-2"),
        ("cos(pi)", "-1"),
        ("sin(pi / 6)", "0.5"),
        ("tan(pi / 4)", "1"),
        ("exp(1)", "euler"),
        ("log(euler ** 3)", "3"),
        ("sqrt(2.25)", "1.5"),
        ("mod(7.5, 2.0)", "1.5"),
        ("real(2.5 + 3.5im)", "2.5"),
        ("imag(2.5 + 3.5im)", "3.5"),
        ("real(exp(1im * pi))", "-1"),
        ("imag(sqrt(-4.0 + 0im))", "2"),
    ],
)
def test_built_in_functions(call: str, value: str) -> None:
    assert_holds(APPROXIMATE.format(call, value))


@pytest.mark.parametrize(
    "condition",
    [
        "mod(7, 3) == 1",
        "popcount(b) == 3",
        "popcount(n) == 3",
        'rotl(b, 3) == "01010001"',
        "rotr(b, 3) == rotl(b, -3)",
        "rotl(b, 8) == b",
        "rotl(n, 3) == 44",
        "rotr(rotl(n, 5), 5) == n",
    ],
)
def test_functions_of_integers_and_bits(condition: str) -> None:
    """The bit string and the number 37 are the specification's own examples."""
    assert_holds(condition, 'const bit[8] b = "0010_1010"; uint[6] n = 37;')


def test_identifiers_may_have_letters_of_any_script() -> None:
    assert outcome("qubit γ; bit β_1; float θ = π; rx(θ) γ; β_1 = measure γ;") == "1"


def test_a_unit_may_stand_apart_from_its_number() -> None:
    assert_holds("a == b && a == c", "duration a = 2us; duration b = 2000 ns; duration c = 0.002ms;")


@pytest.mark.parametrize(
    ("expression", "real", "imaginary"),
    [
        ("a + b", "8.0", "-2.0"),
        ("a - b", "12.0", "12.0"),
        ("a * b", "15.0", "-80.0"),
        ("a / b", "-55.0 / 53", "60.0 / 53"),
        ("a ** b", "0.10694695640729072", "0.17536481119721312"),
        ("2 * a", "20", "10"),
        ("a - 10", "0", "5"),
    ],
)
def test_complex_arithmetic(expression: str, real: str, imaginary: str) -> None:
    """The values of the first five are the specification's own."""
    declared = f"complex[float[64]] a = 10.0 + 5.0im; complex b = -2.0 - 7.0 im; complex v = {expression};"
    near = f"{APPROXIMATE.format('real(v)', real)} && {APPROXIMATE.format('imag(v)', imaginary)}"
    assert_holds(near, declared)
