"""Operators on values that are known at compile time. Every result is bounded before it is computed."""

import operator
from collections.abc import Callable
from typing import Any

from app.circuits.openqasm3.casts import cast, wrapped
from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INTEGERS,
    LITERAL,
    Duration,
    Kind,
    Type,
    Value,
    radians,
)

_LARGEST_BITS = 4_096
"""Integers of more bits are refused: they exceed every float, and computing with them may take too long."""
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
BITWISE: dict[str, Callable[[int, int], int]] = {"&": operator.and_, "|": operator.or_, "^": operator.xor}
_FLOATING: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


def binary(symbol: str, left: Value, right: Value) -> Value:
    """Return ``left symbol right``; comparisons, logic and shifts included.

    Raises:
        Refusal: the operator does not take these operands, or the result may be too large.
        ArithmeticError: a division by zero, an overflow.
    """
    if symbol in ("&&", "||"):
        truth = [bool(cast(side, BOOL).data) for side in (left, right)]
        return Value(BOOL, all(truth) if symbol == "&&" else any(truth))
    if Kind.DURATION in (left.type.kind, right.type.kind):
        return _durations(symbol, left, right)
    if symbol in ("<<", ">>"):
        return _shift(symbol, left, right)
    if symbol in BITWISE:
        return _bitwise(symbol, left, right)
    if Kind.ANGLE in (left.type.kind, right.type.kind):
        return _angles(symbol, left, right)
    if symbol in COMPARISONS:
        return _compared(symbol, left, right)
    return _calculated(symbol, left, right)


def _compared(symbol: str, left: Value, right: Value) -> Value:
    common = common_type(left.type, right.type)
    if common.width is not None and not (fits(left, common.width) and fits(right, common.width)):
        return Value(BOOL, COMPARISONS[symbol](left.data, right.data))
    return Value(BOOL, COMPARISONS[symbol](_plain(left, common), _plain(right, common)))


def _calculated(symbol: str, left: Value, right: Value) -> Value:
    common = common_type(left.type, right.type)
    for side in (left.type, right.type):
        if side.kind is Kind.BIT and side.width is not None:
            raise Refusal(f"'{symbol}' needs numbers, and not a {side}: write uint[{side.width}](...)")
    if common.kind in INTEGERS:
        return integers(symbol, left, right, common)
    if symbol == "%":
        raise Refusal("'%' needs integers")
    result = _FLOATING[symbol](_plain(left, common), _plain(right, common))
    if isinstance(result, complex) and common.kind is Kind.FLOAT:
        common = COMPLEX
    return cast(Value(Type(common.kind), result), common)


def fits(value: Value, width: int) -> bool:
    """Return whether a literal can be written in so many bits, with a sign or without."""
    is_literal = value.type.literal and isinstance(value.data, int)
    return not is_literal or -(1 << (width - 1)) <= value.data < 1 << width  # type: ignore[operator]


def common_type(left: Type, right: Type) -> Type:
    """Return the common type of two numbers by C99's usual conversions; bits count as unsigned."""
    for kind in (Kind.COMPLEX, Kind.FLOAT):
        widths = [each.width for each in (left, right) if each.kind is kind]
        if widths:
            return Type(kind, None if None in widths else max(filter(None, widths)))
    if left.literal and right.literal:
        return LITERAL
    kinds = {each.kind for each in (left, right) if not each.literal}
    width = max((_integer_width(each) or 0 for each in (left, right) if not each.literal), default=0)
    if any(each.width is None and each.kind in INTEGERS and not each.literal for each in (left, right)):
        width = 0
    return Type(Kind.INT if kinds == {Kind.INT} else Kind.UINT, width or None)


def _integer_width(each: Type) -> int | None:
    return 1 if each.kind in (Kind.BIT, Kind.BOOL) and each.width is None else each.width


def integers(symbol: str, left: Value, right: Value, common: Type) -> Value:
    """Return the result of an arithmetic operator on integers; division truncates, as in C99.

    Two literals divide exactly, as the specification's own library does: ``pow(1/2) @ x``.
    """
    a, b = _plain(left, common), _plain(right, common)
    if symbol == "/" and common.literal and b and a % b:
        return Value(FLOAT, a / b)
    if symbol == "**" and b < 0:
        return Value(FLOAT, float(a) ** b)
    if symbol == "**" and abs(a) > 1 and a.bit_length() * b > _LARGEST_BITS:
        raise Refusal("the power is too large: values must be finite")
    if symbol in "/%":
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        result = quotient if symbol == "/" else a - quotient * b
    else:
        result = _FLOATING[symbol](a, b)
    if result.bit_length() > _LARGEST_BITS:
        raise Refusal("the number is too large: values must be finite")
    return Value(common, wrapped(result, common) if common.width else result)


def unary(symbol: str, value: Value) -> Value:
    """Return ``-value``, ``~value`` or ``!value``."""
    if symbol == "!" or (symbol == "~" and value.type.kind is Kind.BOOL):
        return Value(BOOL, not cast(value, BOOL).data)
    return _inverted(value) if symbol == "~" else _negative(value)


def _inverted(value: Value) -> Value:
    kind, data = value.type, value.data
    if not isinstance(data, int) or kind.kind not in {Kind.BIT, Kind.ANGLE, *INTEGERS}:
        raise Refusal(f"'~' needs bits, and not a {kind}")
    if kind.kind is not Kind.BIT and kind.width is None:
        return Value(kind, ~data)
    number = ~data & ((1 << (kind.width or 1)) - 1)
    return Value(kind, wrapped(number, kind) if kind.kind is Kind.INT else number)


def _negative(value: Value) -> Value:
    kind, data = value.type, value.data
    if isinstance(data, Duration):
        return Value(kind, Duration(-data.length, data.unit))
    if kind.kind in (Kind.BIT, Kind.BOOL) or not isinstance(data, int | float | complex):
        raise Refusal(f"'-' needs a number, and not a {kind}")
    if kind.kind is Kind.ANGLE and kind.width is None:
        return cast(Value(FLOAT, -data), kind)
    if isinstance(data, int) and kind.width is not None:
        return Value(kind, -data % (1 << kind.width) if kind.kind is Kind.ANGLE else wrapped(-data, kind))
    return Value(Type(Kind.INT) if kind.kind is Kind.UINT else kind, -data)


def _plain(value: Value, common: Type) -> Any:
    """Return the number of a value in the common type; literals take its size."""
    if common.kind in INTEGERS:
        number = value.data if isinstance(value.data, int) else 0
        return wrapped(number, common) if common.width else int(number)
    return cast(value, common).data if value.type.kind is not Kind.BIT else value.data


def _bitwise(symbol: str, left: Value, right: Value) -> Value:
    kinds = {left.type.kind, right.type.kind}
    if not kinds <= {Kind.BIT, Kind.BOOL, Kind.ANGLE, *INTEGERS}:
        raise Refusal(f"'{symbol}' needs bits, and not {left.type} and {right.type}")
    a, b = left.data, right.data
    sizes = {side.type.width or 1 for side in (left, right) if side.type.kind is Kind.BIT}
    if len(sizes) > 1:
        raise Refusal(f"'{symbol}' needs registers of one size, and not {left.type} and {right.type}")
    kind = bitwise_type(left.type, right.type)
    if kind.kind is Kind.ANGLE:
        if kind.width is None:
            raise Refusal(f"'{symbol}' needs an angle with a size: write angle[n]")
        a, b = (
            cast(side, kind).data if side.type.kind is Kind.ANGLE else side.data for side in (left, right)
        )
    result = BITWISE[symbol](int(a), int(b))  # type: ignore[arg-type]
    if kind.kind in INTEGERS:
        return Value(kind, wrapped(result, kind) if kind.width else result)
    result %= 1 << (kind.width or 1)
    return Value(kind, bool(result) if kind == BOOL else result)


def bitwise_type(left: Type, right: Type) -> Type:
    """Return the type of ``&``, ``|`` and ``^``: an angle (the wider one), bits, a bool, or an integer."""
    angles = [side for side in (left, right) if side.kind is Kind.ANGLE]
    if angles:
        return max(angles, key=lambda each: each.width or 0)
    bits = [side for side in (left, right) if side.kind is Kind.BIT]
    if bits:
        return bits[0]
    return BOOL if left.kind is right.kind is Kind.BOOL else common_type(left, right)


def _shift(symbol: str, left: Value, right: Value) -> Value:
    places, number = right.data, left.data
    if not isinstance(places, int) or not isinstance(number, int) or left.type.kind is Kind.BOOL:
        raise Refusal(f"'{symbol}' needs bits and a number of places, and not {left.type} and {right.type}")
    if places < 0:
        raise Refusal(f"'{symbol}' needs a number of places that is not negative")
    kind = left.type
    if symbol == ">>":
        return Value(kind, number >> min(places, _LARGEST_BITS))
    if kind.kind is Kind.BIT or kind.width is not None:
        width = kind.width or 1
        shifted = (number << places) % (1 << width) if places < width else 0
        return Value(kind, wrapped(shifted, kind) if kind.kind is Kind.INT else shifted)
    if places + number.bit_length() > _LARGEST_BITS:
        raise Refusal("the number is too large: values must be finite")
    return Value(kind, number << places)


def _angles(symbol: str, left: Value, right: Value) -> Value:
    """Apply an operator to angles; angles with a size are computed as unsigned integers of that size."""
    sized = [side.type for side in (left, right) if side.type.kind is Kind.ANGLE and side.type.width]
    others = [side.type for side in (left, right) if side.type.kind is not Kind.ANGLE]
    if not sized or any(each.kind is Kind.FLOAT for each in others):
        return _unsized_angles(symbol, left, right)
    kind = max(sized, key=lambda each: each.width or 0)
    width = kind.width or 1
    a, b = (cast(side, kind).data if side.type.kind is Kind.ANGLE else side.data for side in (left, right))
    if not isinstance(a, int) or not isinstance(b, int):
        raise Refusal(f"'{symbol}' does not take {left.type} and {right.type}")
    if symbol in COMPARISONS:
        return Value(BOOL, COMPARISONS[symbol](a, b if not others else b % (1 << width)))
    scales = symbol in ("*", "/") and left.type.kind is Kind.ANGLE and bool(others)
    if (symbol in ("+", "-") and not others) or scales or (symbol == "*" and others):
        result = a // b if symbol == "/" else _FLOATING[symbol](a, b)
        return Value(kind, result % (1 << width))
    if symbol == "/" and not others:
        return Value(Type(Kind.UINT, width), a // b)
    raise Refusal(f"'{symbol}' knows no {left.type} and {right.type}")


def _unsized_angles(symbol: str, left: Value, right: Value) -> Value:
    a, b = radians(left), radians(right)
    if symbol in COMPARISONS:
        return Value(BOOL, COMPARISONS[symbol](a, b))
    if symbol not in _FLOATING:
        raise Refusal(f"'{symbol}' does not take {left.type} and {right.type}")
    result = _FLOATING[symbol](a, b)
    plain = {left.type.kind, right.type.kind} & {Kind.FLOAT} or symbol in ("/", "**")
    both_angles = left.type.kind is right.type.kind
    if plain or (symbol == "*" and both_angles):
        return Value(FLOAT, result)
    return cast(Value(FLOAT, result), Type(Kind.ANGLE))


def _durations(symbol: str, left: Value, right: Value) -> Value:
    a, b = left.data, right.data
    if isinstance(a, Duration) and isinstance(b, Duration):
        unit = a.unit
        second = b.length if b.unit == unit else 0.0
        if b.unit != unit:
            first, second, unit = a.nanoseconds, b.nanoseconds, "ns"
            a = Duration(first, "ns")
        if symbol in COMPARISONS:
            return Value(BOOL, COMPARISONS[symbol](a.length, second))
        if symbol == "/":
            return Value(FLOAT, a.length / second)
        if symbol in ("+", "-"):
            return Value(left.type, Duration(_FLOATING[symbol](a.length, second), unit))
    elif isinstance(a, Duration) and symbol in ("*", "/"):
        return Value(left.type, Duration(_FLOATING[symbol](a.length, _real(right)), a.unit))
    elif isinstance(b, Duration) and symbol == "*":
        return Value(right.type, Duration(b.length * _real(left), b.unit))
    raise Refusal(f"'{symbol}' knows no {left.type} and {right.type}")


def _real(value: Value) -> float:
    number = radians(value)
    if not isinstance(number, int | float):
        raise Refusal("a duration cannot depend on a measurement")
    return float(number)
