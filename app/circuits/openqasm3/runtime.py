"""Operators on values that depend on measurements, as Boolean algebra of their bits.

Aer knows AND, OR, XOR, NOT and comparisons of classical bits. Sums and products are built from these here;
``settle`` stores a long expression in a bit of its own.
"""

from collections.abc import Callable
from math import isfinite

from qiskit.circuit import Clbit

from app.circuits.openqasm3 import logic
from app.circuits.openqasm3.arithmetic import bitwise_type, common_type, fits
from app.circuits.openqasm3.casts import cast
from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.types import (
    BOOL,
    FLOAT,
    INTEGERS,
    Duration,
    Kind,
    Linear,
    Type,
    Value,
    from_pattern,
    pattern,
    radians,
)
from app.circuits.origins import BitTerm

Settle = Callable[[Bit], Bit]
Bits = tuple[Bit, ...]

_OPPOSITE = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_BITWISE = {"&": logic.both, "|": logic.either, "^": logic.differ}
_WIDEST_PRODUCT = 16
"""A product of n bits takes n sums; more than this would be thousands of classical instructions."""


def binary(symbol: str, left: Value, right: Value, settle: Settle) -> Value:
    """Return ``left symbol right`` where a side depends on a measurement.

    Raises:
        Refusal: the operator cannot be expressed by operations on bits.
    """
    if symbol in ("&&", "||"):
        return _logical(symbol, cast(left, BOOL), cast(right, BOOL))
    if symbol in ("<<", ">>"):
        return _shift(symbol, left, right)
    if symbol in _OPPOSITE:
        return _compare(symbol, left, right)
    if symbol in _BITWISE:
        return _bitwise(symbol, left, right, settle)
    if _is_real(left) or _is_real(right):
        return _linear(symbol, left, right)
    kind = _integer_type(symbol, left, right)
    a, b = _sized(left, kind), _sized(right, kind)
    if symbol == "+":
        return from_pattern(kind, _sum(a, b, False, settle))
    if symbol == "-":
        return from_pattern(kind, _sum(a, tuple(map(logic.negated, b)), True, settle))
    if symbol == "*":
        return from_pattern(kind, _product(a, b, settle))
    raise Refusal(f"'{symbol}' cannot be applied to a value that depends on a measurement")


def unary(symbol: str, value: Value, settle: Settle) -> Value:
    """Return ``-value``, ``~value`` or ``!value``."""
    if symbol == "!" or (symbol == "~" and value.type.kind is Kind.BOOL):
        truth = cast(value, BOOL)
        terms = truth.terms
        if terms is not None:
            opposite = terms[0]._replace(equal=not terms[0].equal)
            terms = (opposite,) if len(terms) == 1 else None
        return Value(BOOL, (logic.negated(pattern(truth)[0]),), terms)
    if isinstance(value.data, Linear):
        return _linear("*", value, Value(FLOAT, -1.0))
    bits = tuple(map(logic.negated, pattern(value)))
    if symbol == "~":
        return from_pattern(value.type, bits)
    if value.type.kind not in (Kind.ANGLE, *INTEGERS):
        raise Refusal(f"'-' needs a number, and not a {value.type}")
    if value.type.width is None:
        sign = pattern(value)[-1] if value.type.kind is Kind.INT else False
        bits = (*bits, logic.negated(sign))
    zero = (False,) * len(bits)
    return from_pattern(value.type, _sum(zero, bits, True, settle))


def rotated(value: Value, distance: int) -> Value:
    """Return the bits of a value, rotated to the left."""
    bits = pattern(value)
    places = distance % len(bits) if bits else 0
    return from_pattern(value.type, bits[-places:] + bits[:-places] if places else bits)


def count_of_ones(value: Value, settle: Settle) -> Value:
    """Return how many bits are 1, as an unsigned integer."""
    bits = pattern(value)
    width = len(bits).bit_length()
    total: Bits = (False,) * width
    for bit in bits:
        total = _sum(total, (bit,) + (False,) * (width - 1), False, settle)
    return from_pattern(Type(Kind.UINT), total)


def _is_real(value: Value) -> bool:
    return isinstance(value.data, Linear) or value.type.kind in (Kind.FLOAT, Kind.COMPLEX)


def _integer_type(symbol: str, left: Value, right: Value) -> Type:
    """Return the type of a sum or product; without a size it is as wide as the result can be."""
    angles = [side.type for side in (left, right) if side.type.kind is Kind.ANGLE]
    if angles:
        return max(angles, key=lambda each: each.width or 0)
    return common_type(left.type, right.type)


def _sized(value: Value, kind: Type) -> Bits:
    if kind.width is not None:
        if value.type.kind is kind.kind is Kind.ANGLE:
            return pattern(cast(value, kind))
        bits = _natural(value)
        fill = bits[-1] if value.type.kind is Kind.INT and bits else False
        return (bits + (fill,) * (kind.width - len(bits)))[: kind.width]
    bits = _natural(value)
    fill = bits[-1] if value.type.kind is Kind.INT and bits else False
    return bits + (fill,) * (max(2 * len(bits), 8) - len(bits))


def _natural(value: Value) -> Bits:
    """Return the bits of a value; a known integer has as many bits as its value and its sign need."""
    if isinstance(value.data, int) and value.type.kind in INTEGERS and value.type.width is None:
        number = value.data
        return tuple(bool(number >> place & 1) for place in range(number.bit_length() + 1))
    return pattern(value)


def _sum(left: Bits, right: Bits, carry: Bit, settle: Settle) -> Bits:
    width = max(len(left), len(right))
    left = left + (left[-1] if left else False,) * (width - len(left))
    right = right + (right[-1] if right else False,) * (width - len(right))
    result = []
    for a, b in zip(left, right, strict=True):
        half = logic.differ(a, b)
        result.append(settle(logic.differ(half, carry)))
        carry = settle(logic.either(logic.both(a, b), logic.both(half, carry)))
    return tuple(result)


def _product(left: Bits, right: Bits, settle: Settle) -> Bits:
    width = max(len(left), len(right))
    if width > _WIDEST_PRODUCT and not all(isinstance(bit, bool) for bit in right):
        raise Refusal(f"a product of measured values may have {_WIDEST_PRODUCT} bits at most")
    total: Bits = (False,) * width
    for place, bit in enumerate(right):
        if bit is not False:
            row = ((False,) * place + tuple(logic.both(bit, each) for each in left))[:width]
            total = _sum(total, row, False, settle)
    return total


def _shift(symbol: str, left: Value, right: Value) -> Value:
    if not isinstance(right.data, int) or right.data < 0:
        raise Refusal(f"'{symbol}' needs a number of places that is known before the program runs")
    bits = pattern(left)
    places = min(right.data, len(bits))
    fill = bits[-1] if left.type.kind is Kind.INT and bits else False
    if symbol == "<<":
        if left.type.kind is not Kind.BIT and left.type.width is None:
            return from_pattern(left.type, (False,) * places + bits)
        return from_pattern(left.type, (False,) * places + bits[: len(bits) - places])
    return from_pattern(left.type, bits[places:] + (fill,) * places)


def _bitwise(symbol: str, left: Value, right: Value, settle: Settle) -> Value:
    kind = bitwise_type(left.type, right.type)
    a, b = _natural(left), _natural(right)
    if len(a) != len(b) and kind.kind is Kind.BIT and not (left.type.literal or right.type.literal):
        raise Refusal(f"'{symbol}' needs registers of one size, and not {left.type} and {right.type}")
    width = kind.width or (1 if kind.kind in (Kind.BIT, Kind.BOOL) else max(len(a), len(b)))
    sized = kind._replace(width=width)
    a, b = _sized(left, sized), _sized(right, sized)
    combine = _BITWISE[symbol]
    return from_pattern(kind, tuple(settle(combine(x, y)) for x, y in zip(a, b, strict=True)))


def _logical(symbol: str, left: Value, right: Value) -> Value:
    a, b = pattern(left)[0], pattern(right)[0]
    if symbol == "||":
        result = logic.either(a, b)
        return from_pattern(BOOL, (result,))
    terms = None
    if left.terms is not None and right.terms is not None:
        terms = (*left.terms, *right.terms)
    return (
        Value(BOOL, (logic.both(a, b),), terms)
        if not isinstance(logic.both(a, b), bool)
        else from_pattern(BOOL, (logic.both(a, b),))
    )


def _compare(symbol: str, left: Value, right: Value) -> Value:
    if _is_real(left) or _is_real(right):
        raise Refusal("a float that depends on a measurement cannot be compared: compare its bits")
    if not left.is_runtime:
        return _compare(_OPPOSITE[symbol], right, left)
    if Kind.ANGLE in (left.type.kind, right.type.kind) and left.type.kind is not right.type.kind:
        kind = left.type if left.type.kind is Kind.ANGLE else right.type
        left, right = cast(left, kind), cast(right, kind)
    a, b, signed = _comparable(left, right)
    if symbol in ("==", "!="):
        equal = logic.all_of([logic.negated(logic.differ(x, y)) for x, y in zip(a, b, strict=True)])
        result = equal if symbol == "==" else logic.negated(equal)
        return _with_term(result, left, right, b, symbol == "==")
    if signed:
        a, b = (*a[:-1], logic.negated(a[-1])), (*b[:-1], logic.negated(b[-1]))
    less = _less(a, b) if symbol in ("<", ">=") else _less(b, a)
    return from_pattern(BOOL, (less if symbol in ("<", ">") else logic.negated(less),))


def _comparable(left: Value, right: Value) -> tuple[Bits, Bits, bool]:
    """Return the bits of two values in one length, and whether the last ones are signs."""
    kinds = {left.type.kind, right.type.kind}
    if kinds <= INTEGERS:
        common = common_type(left.type, right.type)
        if common.width is not None and fits(right, common.width):
            return _sized(left, common), _sized(right, common), common.kind is Kind.INT
    a, b = _natural(left), _natural(right)
    width = max(len(a), len(b)) + (len(kinds) > 1)
    a = a + ((a[-1] if left.type.kind is Kind.INT else False),) * (width - len(a))
    b = b + ((b[-1] if right.type.kind is Kind.INT else False),) * (width - len(b))
    return a, b, Kind.INT in kinds


def _with_term(result: Bit, left: Value, right: Value, wanted: Bits, equal: bool) -> Value:
    if isinstance(result, bool):
        return Value(BOOL, result)
    bits = pattern(left)
    own = [bit for bit in bits if isinstance(bit, Clbit)]
    known = all(isinstance(bit, bool) for bit in wanted)
    if len(own) == len(bits) and known and not any(wanted[len(bits) :]):
        value = sum(1 << place for place, bit in enumerate(wanted) if bit)
        return Value(BOOL, (result,), (BitTerm(tuple(own), value, equal),))
    return Value(BOOL, (result,))


def _less(left: Bits, right: Bits) -> Bit:
    less: Bit = False
    for a, b in zip(left, right, strict=True):
        below = logic.both(logic.negated(a), b)
        if isinstance(b, bool):
            less = logic.either(below, less) if b else logic.both(logic.negated(a), less)
        else:
            less = logic.either(below, logic.both(logic.negated(logic.differ(a, b)), less))
    return less


def _linear(symbol: str, left: Value, right: Value) -> Value:
    """Add weighted sums of measured bits, or multiply one by a known number."""
    if isinstance(left.data, Duration) or isinstance(right.data, Duration):
        raise Refusal("a duration cannot depend on a measurement")
    a, b = radians(left), radians(right)
    a, b = (each if isinstance(each, Linear) else Linear(each, ()) for each in (a, b))
    if symbol == "+":
        result = Linear(a.constant + b.constant, a.terms + b.terms)
    elif symbol == "-":
        result = Linear(a.constant - b.constant, a.terms + _scaled(b, -1.0).terms)
    elif symbol == "*" and not b.terms:
        result = _scaled(a, b.constant)
    elif symbol == "*" and not a.terms:
        result = _scaled(b, a.constant)
    elif symbol == "/" and not b.terms:
        result = _scaled(a, 1 / b.constant)
    else:
        raise Refusal(f"'{symbol}' cannot be applied to a float that depends on a measurement")
    if not isfinite(result.constant):
        raise Refusal("the value is not finite")
    return Value(FLOAT, result)


def _scaled(number: Linear, factor: float) -> Linear:
    return Linear(number.constant * factor, tuple((bit, weight * factor) for bit, weight in number.terms))
