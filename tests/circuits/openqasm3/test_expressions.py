"""Random expressions have the value that Python gives, whether their variables are known or measured.

The operators are those whose result in n bits depends on the lowest n bits of the operands only. So it does
not matter in which width a part of an expression is worked out.
"""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.circuits.openqasm3.feedback import COMPARISONS
from tests.circuits.openqasm3.reading import assert_holds, outcome

Tree = tuple[str, Callable[[int, int], int], bool]
"""The text, the value for two variables, and whether the variables stand in it."""

OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "&": lambda left, right: left & right,
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
}
PRECEDENCE = {"*": 5, "+": 4, "-": 4, "&": 3, "^": 2, "|": 1}


def _combined(symbol: str, left: Tree, right: Tree) -> Tree:
    apply = OPERATORS[symbol]
    return (
        f"({left[0]}) {symbol} ({right[0]})",
        lambda a, b: apply(left[1](a, b), right[1](a, b)),
        left[2] or right[2],
    )


def _shifted(tree: Tree, places: int) -> Tree:
    return f"(({tree[0]}) << {places})", lambda a, b: tree[1](a, b) << places, tree[2]


LEAVES = st.sampled_from([("a", lambda a, _: a, True), ("b", lambda _, b: b, True)]) | st.integers(0, 7).map(
    lambda value: (str(value), lambda _a, _b: value, False)
)
VARIABLES = st.sampled_from([("a", lambda a, _: a, True), ("b", lambda _, b: b, True)])


def _trees(leaves: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    def grow(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        typed = children.filter(lambda tree: tree[2])
        return (
            st.builds(_combined, st.sampled_from(sorted(OPERATORS)), typed, children)
            | st.builds(_combined, st.sampled_from(["+", "*"]), children, typed)
            | st.builds(_shifted, typed, st.integers(0, 3))
            | typed.map(lambda tree: (f"~({tree[0]})", lambda a, b: ~tree[1](a, b), True))
        )

    return st.recursive(leaves, grow, max_leaves=8).filter(lambda tree: tree[2])


@settings(max_examples=40)
@given(_trees(LEAVES), st.integers(0, 255), st.integers(0, 255))
def test_known_unsigned_integers(tree: Tree, a: int, b: int) -> None:
    text, value, _ = tree
    declared = f"uint[8] a = {a}; uint[8] b = {b}; uint[8] v = {text}; uint[8] w = {value(a, b) % 256};"
    assert_holds("v == w", declared)


@settings(max_examples=40)
@given(_trees(LEAVES), st.integers(-128, 127), st.integers(-128, 127))
def test_known_signed_integers_added_and_multiplied(tree: Tree, a: int, b: int) -> None:
    text, value, _ = tree
    if any(symbol in text for symbol in "&|^~<"):
        return  # bit operations are for unsigned integers
    wanted = (value(a, b) + 128) % 256 - 128
    assert_holds("v == w", f"int[8] a = {a}; int[8] b = {b}; int[8] v = {text}; int[8] w = {wanted};")


@settings(max_examples=40)
@given(_trees(LEAVES), st.integers(0, 7), st.integers(0, 7))
def test_measured_unsigned_integers(tree: Tree, a: int, b: int) -> None:
    text, value, _ = tree
    flips = " ".join(f"x q[{place}];" for place in range(6) if (a | b << 3) >> place & 1)
    found = outcome(
        f"qubit[6] q; bit[3] ca; bit[3] cb; bit[3] r; {flips} ca = measure q[0:2]; cb = measure q[3:5];"
        f"uint[3] a = uint[3](ca); uint[3] b = uint[3](cb); uint[3] v = {text}; r = bit[3](v);"
    )
    assert found == f"{value(a, b) % 8:03b} {b:03b} {a:03b}"


@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(OPERATORS)), min_size=2, max_size=6), st.data())
def test_operators_without_brackets_bind_as_the_table_says(symbols: list[str], data: st.DataObject) -> None:
    """The value is found by working out the operators of the highest precedence first, from the left."""
    values = [data.draw(st.integers(0, 15)) for _ in range(len(symbols) + 1)]
    names = [f"v{place}" for place in range(len(values))]
    text = names[0] + "".join(f" {symbol} {name}" for symbol, name in zip(symbols, names[1:], strict=True))
    rest, left = list(symbols), list(values)
    for level in range(5, 0, -1):
        place = 0
        while place < len(rest):
            if PRECEDENCE[rest[place]] == level:
                left[place : place + 2] = [OPERATORS[rest.pop(place)](left[place], left[place + 1])]
            else:
                place += 1
    declared = " ".join(f"uint[8] {name} = {value};" for name, value in zip(names, values, strict=True))
    assert_holds(f"v == {left[0] % 256}", f"{declared} uint[8] v = {text};")


@pytest.mark.parametrize("symbol", sorted(COMPARISONS))
@pytest.mark.parametrize("type_", ["uint[3]", "int[3]"])
def test_all_comparisons_of_measured_integers(symbol: str, type_: str) -> None:
    """Each pair of values is compared, by a measured and by a known right side, in one program each."""
    compare = COMPARISONS[symbol]
    signed = type_.startswith("int")
    for a in range(8):
        flips = " ".join(f"x q[{place}];" for place in range(3) if a >> place & 1)
        lines = [f"qubit[3] q; bit[3] ca; bit[8] r; {flips} ca = measure q; {type_} a = {type_}(ca);"]
        wanted = ""
        for b in range(8):
            number = b - 8 if signed and b > 3 else b
            lines.append(f"r[{b}] = a {symbol} {number};" if b % 2 else f"r[{b}] = {number} {symbol} a;")
            own = a - 8 if signed and a > 3 else a
            wanted = str(int(compare(own, number) if b % 2 else compare(number, own))) + wanted
        assert outcome("\n".join(lines)).split()[0] == wanted, (symbol, a)


def _flips(raw: int, first: int) -> str:
    return " ".join(f"x q[{first + place}];" for place in range(3) if raw >> place & 1)


SIZED = st.sampled_from(["int", "uint", "int[4]", "uint[4]"])


@settings(max_examples=30, deadline=None)
@given(_trees(LEAVES), SIZED, SIZED, st.integers(0, 7), st.integers(0, 7))
def test_measured_values_have_the_results_of_known_ones(
    tree: Tree, first: str, second: str, raw_a: int, raw_b: int
) -> None:
    """``int`` and ``uint`` have no size: their sums and products are as wide as they can become."""
    declared, known = [], []
    for name, type_, raw in (("a", first, raw_a), ("b", second, raw_b)):
        kind = type_.split("[")[0]
        declared.append(f"{type_} {name} = {type_}({kind}[3](c{name}));")
        known.append(f"{type_} {name} = {raw - 8 if kind == 'int' and raw >= 4 else raw};")
    text = tree[0]
    statements = f"uint[8] v = uint[8](int({text})); r = bit[8](v);"
    bits = "qubit[6] q; bit[3] ca; bit[3] cb; bit[8] r;"
    measured = f"{_flips(raw_a, 0)} {_flips(raw_b, 3)} ca = measure q[0:2]; cb = measure q[3:5];"
    found = outcome(f"{bits} {measured} {' '.join(declared)} {statements}")
    same = outcome(f"{bits} {' '.join(known)} {statements} ca = measure q[0:2]; cb = measure q[3:5];")
    assert found.split()[0] == same.split()[0]


@pytest.mark.parametrize(
    ("declaration", "expression", "wanted"),
    [
        ("int n = int(c);", "n * -1", -3),
        ("int n = int(c);", "-1 * n", -3),
        ("int n = int(c);", "(n | -1) + 4", 3),
        ("uint n = uint(c);", "n << 5", 96),
        ("uint n = uint(c);", "-n + 1", -2),
        ("uint n = uint(c);", "~n & 15", 12),
        ("uint n = uint(c);", "n - 5 + 4", 2),
        ("uint n = uint(c); bit d = 1; while (d) { n += 1; d = measure q[2]; }", "n", 4),
        ("int n = -int(c); bit d = 1; while (d) { n -= 1; d = measure q[2]; }", "n", -4),
        ("uint n = uint(c); if (c[0]) { n += 1; } else { n = 9; }", "n", 4),
        ("int n = int(c); for int i in [1:12] { n += 1; }", "n", 15),
    ],
)
def test_measured_integers_without_a_size(declaration: str, expression: str, wanted: int) -> None:
    found = outcome(
        "qubit[3] q; bit[2] c; bit[10] r; x q[0:1]; c = measure q[0:1];"
        f"{declaration} int[10] v = int[10]({expression}); r = bit[10](v);"
    )
    assert found.split()[-2:] == [f"{wanted % 1024:010b}", "11"]


@pytest.mark.parametrize("comparison", ["a == 2", "a < 3", "3 > a", "a != 1", "a >= uint[2](2)"])
def test_a_measured_angle_is_compared_with_an_integer_as_a_known_one_is(comparison: str) -> None:
    statements = f"if ({comparison}) {{ r = true; }}"
    known = outcome(f'qubit q; bit r; bit m; angle[4] a = angle[4]("0010"); {statements} m = measure q;')
    measured = outcome(
        f"qubit[4] q; bit r; bit[4] c; x q[1]; c = measure q; angle[4] a = angle[4](c); {statements}"
    )
    assert known == "01"
    assert measured == "0010 1"


@pytest.mark.parametrize(
    "comparison",
    ["c == -1", "-1 == c", "c < -1", "c != -1", "s < c", "c >= s", "c == s", "u > c", "c == 5", "c[0] == -1"],
)
def test_a_measured_register_is_compared_as_a_known_one(comparison: str) -> None:
    """The common type of bits and an integer is unsigned, also of a negative one."""
    statements = f"int[4] s = -1; uint[3] u = 2; if ({comparison}) {{ r = true; }}"
    for value in ("00", "01", "11"):
        flips = " ".join(f"x q[{place}];" for place in (0, 1) if value[1 - place] == "1")
        known = outcome(f'qubit[2] q; bit r; bit[2] c = "{value}"; {statements} bit m = measure q[0];')
        measured = outcome(f"qubit[2] q; bit r; bit[2] c; {flips} c = measure q; {statements}")
        assert measured.split()[-1] == known.split()[-1], value
