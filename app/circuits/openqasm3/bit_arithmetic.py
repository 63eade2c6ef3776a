"""Arithmetic on integers whose bits depend on measurements; the least significant bit is the first.

``settle`` stores a long expression in a bit of its own.
"""

from collections.abc import Callable
from typing import TypeAlias

from app.circuits.openqasm3 import logic
from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.logic import Bit

Settle: TypeAlias = Callable[[Bit], Bit]
Bits: TypeAlias = tuple[Bit, ...]

_WIDEST_PRODUCT = 16
"""A product of n bits takes n sums; more than this would be thousands of classical instructions."""


def total(left: Bits, right: Bits, carry: Bit, settle: Settle) -> Bits:
    """Return left + right + carry; both have the same number of bits, and so has the sum."""
    result = []
    for a, b in zip(left, right, strict=True):
        half = logic.differ(a, b)
        result.append(settle(logic.differ(half, carry)))
        carry = settle(logic.either(logic.both(a, b), logic.both(half, carry)))
    return tuple(result)


def opposite(bits: Bits, settle: Settle) -> Bits:
    """Return -bits in two's complement."""
    return total((False,) * len(bits), tuple(map(logic.negated, bits)), True, settle)


def product(left: Bits, right: Bits, settle: Settle) -> Bits:
    """Return left · right; both have the same number of bits, and so has the product.

    Raises:
        Refusal: both are measured and have too many bits.
    """
    width = len(left)
    if are_known(left):
        left, right = right, left
    if are_known(right) and number(right) > 1 << (width - 1):  # the opposite number has fewer bits
        fewer = tuple(bool(-number(right) >> place & 1) for place in range(width))
        return opposite(product(left, fewer, settle), settle)
    if width > _WIDEST_PRODUCT and not are_known(right):
        raise Refusal(f"a product of measured values may have {_WIDEST_PRODUCT} bits at most")
    result: Bits = (False,) * width
    for place, bit in enumerate(right):
        if bit is not False:
            row = ((False,) * place + tuple(logic.both(bit, each) for each in left))[:width]
            result = total(result, row, False, settle)
    return result


def less(left: Bits, right: Bits) -> Bit:
    """Return whether left < right; both are unsigned and have the same number of bits."""
    result: Bit = False
    for a, b in zip(left, right, strict=True):
        below = logic.both(logic.negated(a), b)
        if isinstance(b, bool):
            result = logic.either(below, result) if b else logic.both(logic.negated(a), result)
        else:
            result = logic.either(below, logic.both(logic.negated(logic.differ(a, b)), result))
    return result


def are_known(bits: Bits) -> bool:
    """Return whether no bit depends on a measurement."""
    return all(isinstance(bit, bool) for bit in bits)


def number(bits: Bits) -> int:
    """Return the unsigned integer of known bits."""
    return sum(1 << place for place, bit in enumerate(bits) if bit)
