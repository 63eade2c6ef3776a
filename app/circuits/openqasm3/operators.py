"""Applies operators to known values, to bits of measurements, or to inputs without a value."""

from app.circuits.openqasm3 import arithmetic, runtime, symbolic
from app.circuits.openqasm3.bit_arithmetic import Settle
from app.circuits.openqasm3.types import Value


def unary(symbol: str, operand: Value, settle: Settle) -> Value:
    """Return the result of ``-``, ``~`` or ``!``.

    Raises:
        Refusal: the operand's type does not have the operator.
    """
    if symbolic.is_open(operand):
        return symbolic.unary(symbol, operand)
    if operand.is_runtime:
        return runtime.unary(symbol, operand, settle)
    return arithmetic.unary(symbol, operand)


def binary(symbol: str, left: Value, right: Value, settle: Settle) -> Value:
    """Return ``left symbol right``.

    Raises:
        Refusal: the operands' types do not have the operator.
        ZeroDivisionError: the divisor is 0.
        OverflowError: the result is too large.
    """
    if symbolic.is_open(left, right):
        return symbolic.binary(symbol, left, right)
    if left.is_runtime or right.is_runtime:
        return runtime.binary(symbol, left, right, settle)
    return arithmetic.binary(symbol, left, right)
