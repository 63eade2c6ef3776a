"""Operators on values that depend on measurements, as Boolean algebra of their bits.

Aer knows AND, OR, XOR, NOT and comparisons of classical bits. Sums and products are built from these in
:mod:`app.circuits.openqasm3.bit_arithmetic`.
"""

from math import isfinite

from qiskit.circuit import Clbit

from app.circuits.openqasm3 import bit_arithmetic, logic
from app.circuits.openqasm3.arithmetic import bitwise_type, common_type, fits
from app.circuits.openqasm3.bit_arithmetic import Bits, Settle
from app.circuits.openqasm3.casts import cast
from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.types import (
    BOOL,
    FLOAT,
    INT,
    INTEGERS,
    MACHINE_BITS,
    UINT,
    Duration,
    Kind,
    Linear,
    Type,
    Value,
    extended,
    from_pattern,
    pattern,
    radians,
)
from app.circuits.origins import BitTerm

_OPPOSITE = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_BITWISE = {"&": logic.both, "|": logic.either, "^": logic.differ}


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
    if symbol not in ("+", "-", "*"):
        raise Refusal(f"'{symbol}' cannot be applied to a value that depends on a measurement")
    kind, a, b = _operands(symbol, left, right)
    if symbol == "+":
        return from_pattern(kind, bit_arithmetic.total(a, b, False, settle))
    if symbol == "-":
        return from_pattern(kind, bit_arithmetic.total(a, tuple(map(logic.negated, b)), True, settle))
    return from_pattern(kind, bit_arithmetic.product(a, b, settle))


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
    kind, bits = value.type, pattern(value)
    if kind == UINT:  # the result is below 0
        kind, bits = INT, (*bits, False)
    if symbol == "~":
        return from_pattern(kind, tuple(map(logic.negated, bits)))
    if kind.kind not in (Kind.ANGLE, *INTEGERS):
        raise Refusal(f"'-' needs a number, and not a {kind}")
    return from_pattern(kind, bit_arithmetic.opposite((*bits, bits[-1]) if kind == INT else bits, settle))


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
        total = bit_arithmetic.total(total, (bit,) + (False,) * (width - 1), False, settle)
    return from_pattern(Type(Kind.UINT), total)


def _is_real(value: Value) -> bool:
    return isinstance(value.data, Linear) or value.type.kind in (Kind.FLOAT, Kind.COMPLEX)


def _operands(symbol: str, left: Value, right: Value) -> tuple[Type, Bits, Bits]:
    """Return the type of a sum, product or bit operation, and the operands' bits in its width.

    A type without a size gets as many bits as the result can have, at most those of the machine. It is signed
    if the result can be below 0.
    """
    angles = [side.type for side in (left, right) if side.type.kind is Kind.ANGLE]
    if angles:
        kind = max(angles, key=lambda each: each.width or 0)
    else:
        kind = (
            bitwise_type(left.type, right.type) if symbol in _BITWISE else common_type(left.type, right.type)
        )
    if kind.width is not None or kind.kind not in INTEGERS:
        return kind, _sized(left, kind), _sized(right, kind)
    is_signed = symbol == "-" or _is_signed(left) or _is_signed(right)
    lengths = _lengths(left, right, is_signed)
    width = max(lengths) if symbol in _BITWISE else sum(lengths) if symbol == "*" else max(lengths) + 1
    width = max(1, min(width, MACHINE_BITS))
    return INT if is_signed else UINT, extended(left, width), extended(right, width)


def _lengths(left: Value, right: Value, is_signed: bool) -> list[int]:
    """Return how many bits each value has, with a sign if it needs one."""
    return [_length(side) + (is_signed and not _is_signed(side)) for side in (left, right)]


def _sized(value: Value, kind: Type) -> Bits:
    if value.type.kind is kind.kind is Kind.ANGLE:
        return pattern(cast(value, kind))
    return extended(value, kind.width or 1)


def _is_signed(value: Value) -> bool:
    """Return whether the last of the bits of a value is a sign."""
    return value.type.kind is Kind.INT and not (_is_free(value) and value.data >= 0)  # type: ignore[operator]


def _is_free(value: Value) -> bool:
    """Return whether a value is a known integer without a size."""
    return isinstance(value.data, int) and value.type.kind in INTEGERS and value.type.width is None


def _length(value: Value) -> int:
    """Return how many bits a value has; a known integer without a size has as many as it needs."""
    if _is_free(value):
        number = int(value.data)  # type: ignore[arg-type]
        return number.bit_length() + (number < 0)
    return len(pattern(value))


def _shift(symbol: str, left: Value, right: Value) -> Value:
    if not isinstance(right.data, int) or right.data < 0:
        raise Refusal(f"'{symbol}' needs a number of places that is known before the program runs")
    bits = pattern(left)
    if symbol == ">>":
        places = min(right.data, len(bits))
        return from_pattern(left.type, extended(left, len(bits) + places)[places:])
    places = min(right.data, MACHINE_BITS)
    has_size = left.type.width is not None or left.type.kind is Kind.BIT
    width = len(bits) if has_size else min(len(bits) + places, MACHINE_BITS)
    return from_pattern(left.type, ((False,) * places + bits)[:width])


def _bitwise(symbol: str, left: Value, right: Value, settle: Settle) -> Value:
    kind, a, b = _operands(symbol, left, right)
    is_literal = left.type.literal or right.type.literal
    if kind.kind is Kind.BIT and len(pattern(left)) != len(pattern(right)) and not is_literal:
        raise Refusal(f"'{symbol}' needs registers of one size, and not {left.type} and {right.type}")
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
    if Kind.ANGLE in (left.type.kind, right.type.kind):
        _, a, b = _operands(symbol, left, right)
        left, right = (Value(Type(Kind.UINT, len(bits)), bits) for bits in (a, b))
    a, b, signed = _comparable(left, right)
    if symbol in ("==", "!="):
        equal = logic.all_of([logic.negated(logic.differ(x, y)) for x, y in zip(a, b, strict=True)])
        result = equal if symbol == "==" else logic.negated(equal)
        return _with_term(result, left, b, symbol == "==")
    if signed:
        a, b = (*a[:-1], logic.negated(a[-1])), (*b[:-1], logic.negated(b[-1]))
    less = bit_arithmetic.less(a, b) if symbol in ("<", ">=") else bit_arithmetic.less(b, a)
    return from_pattern(BOOL, (less if symbol in ("<", ">") else logic.negated(less),))


def _comparable(left: Value, right: Value) -> tuple[Bits, Bits, bool]:
    """Return the bits of two values in one length, and whether the last ones are signs."""
    common = common_type(left.type, right.type)
    if common.width is not None and fits(left, common.width) and fits(right, common.width):
        return extended(left, common.width), extended(right, common.width), common.kind is Kind.INT
    is_signed = _is_signed(left) or _is_signed(right)
    width = max(_lengths(left, right, is_signed))
    return extended(left, width), extended(right, width), is_signed


def _with_term(result: Bit, left: Value, wanted: Bits, equal: bool) -> Value:
    if isinstance(result, bool):
        return Value(BOOL, result)
    bits = pattern(left)
    own = [bit for bit in bits if isinstance(bit, Clbit)]
    if len(own) == len(bits) and bit_arithmetic.are_known(wanted) and not any(wanted[len(bits) :]):
        return Value(BOOL, (result,), (BitTerm(tuple(own), bit_arithmetic.number(wanted), equal),))
    return Value(BOOL, (result,))


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
