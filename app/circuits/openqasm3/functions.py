"""The built-in constants and functions. Source: OpenQASM 3 specification, "Types and Casting"."""

import cmath
import math
from collections.abc import Callable, Sequence

from app.circuits.openqasm3 import runtime
from app.circuits.openqasm3.arithmetic import common_type, integers
from app.circuits.openqasm3.bit_arithmetic import Settle
from app.circuits.openqasm3.casts import cast
from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.types import (
    COMPLEX,
    FLOAT,
    INTEGERS,
    Kind,
    Type,
    Value,
    pattern,
    radians,
)

CONSTANTS = {
    name: Value(FLOAT, number)
    for names, number in (("pi π", math.pi), ("tau τ", math.tau), ("euler ℇ", math.e))
    for name in names.split()
}
_REAL: dict[str, Callable[[float], float]] = {
    "arccos": math.acos,
    "arcsin": math.asin,
    "arctan": math.atan,
    "ceiling": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
    # names of OpenQASM 2 and of C
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "ln": math.log,
    "abs": abs,
}
_COMPLEX: dict[str, Callable[[complex], complex]] = {"exp": cmath.exp, "sqrt": cmath.sqrt}
_OF_BITS = frozenset({"popcount", "rotl", "rotr"})
_ARGUMENTS = {
    **dict.fromkeys(_REAL, 1),
    **dict.fromkeys(("real", "imag", "popcount"), 1),
    **dict.fromkeys(("mod", "pow", "rotl", "rotr"), 2),
}


def is_builtin(name: str) -> bool:
    """Return whether a function of this name is built in."""
    return name in _ARGUMENTS


def call(name: str, arguments: Sequence[Value], settle: Settle) -> Value:
    """Return the result of a built-in function.

    Raises:
        Refusal: the arguments do not fit the function, or it would need a measured float.
        ArithmeticError, ValueError: the function has no value there.
    """
    wanted = _ARGUMENTS[name]
    if len(arguments) != wanted:
        raise Refusal(f"'{name}' takes {wanted} argument{'s' if wanted > 1 else ''}, not {len(arguments)}")
    if name in _OF_BITS:
        return _of_bits(name, arguments, settle)
    for argument in arguments:
        if argument.is_runtime:
            raise Refusal(f"'{name}' cannot be applied to a value that depends on a measurement")
    first = arguments[0]
    if name in ("real", "imag"):
        parts = complex(cast(first, COMPLEX).data)  # type: ignore[arg-type]
        return Value(FLOAT, parts.real if name == "real" else parts.imag)
    if name in ("mod", "pow"):
        return _of_two(name, first, arguments[1])
    if first.type.kind is Kind.COMPLEX and name in _COMPLEX:
        return Value(COMPLEX, _COMPLEX[name](first.data))  # type: ignore[arg-type]
    if name == "abs" and first.type.kind in INTEGERS:
        return Value(first.type, abs(first.data))  # type: ignore[arg-type]
    number = radians(first)
    try:
        return Value(FLOAT, float(_REAL[name](number)))
    except ValueError as error:
        raise Refusal(f"'{name}' has no value at {number}") from error


def _of_two(name: str, first: Value, second: Value) -> Value:
    both_integers = {first.type.kind, second.type.kind} <= INTEGERS
    if both_integers:
        return integers("%" if name == "mod" else "**", first, second, common_type(first.type, second.type))
    a, b = radians(first), radians(second)
    return Value(FLOAT, math.fmod(a, b) if name == "mod" else math.pow(a, b))


def _of_bits(name: str, arguments: Sequence[Value], settle: Settle) -> Value:
    first = arguments[0]
    has_size = first.type.kind in (Kind.BIT, Kind.UINT, Kind.ANGLE, Kind.INT) and first.type.width is not None
    if not has_size:
        raise Refusal(f"'{name}' needs a register or an integer with a size, and not a {first.type}")
    if name == "popcount":
        if first.is_runtime:
            return runtime.count_of_ones(first, settle)
        return Value(Type(Kind.UINT), sum(map(bool, pattern(first))))
    distance = arguments[1].data
    if not isinstance(distance, int):
        raise Refusal(f"'{name}' needs a distance that is a known integer")
    return runtime.rotated(first, distance if name == "rotl" else -distance)
