"""Boolean algebra of single bits: known ones, classical bits of the circuit, and expressions of them."""

from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from qiskit.circuit import Clbit
from qiskit.circuit.classical import expr, types


@dataclass(frozen=True, slots=True, eq=False)
class Logic:
    """An expression of bits; ``size`` counts its operators, ``reads`` are the bits that it reads."""

    expression: expr.Expr
    size: int
    reads: frozenset[Clbit]


Bit: TypeAlias = bool | Clbit | Logic


def expression_of(bit: Bit) -> expr.Expr:
    """Return the bit as an expression of Qiskit."""
    if isinstance(bit, Logic):
        return bit.expression
    return expr.lift(bit)


def reads_of(bit: Bit) -> frozenset[Clbit]:
    """Return the classical bits that a bit depends on."""
    if isinstance(bit, Logic):
        return bit.reads
    return frozenset() if isinstance(bit, bool) else frozenset({bit})


def negated(bit: Bit) -> Bit:
    """Return NOT bit."""
    if isinstance(bit, bool):
        return not bit
    if isinstance(bit, Logic) and isinstance(bit.expression, expr.Unary):
        inner = bit.expression.operand
        return inner.var if isinstance(inner, expr.Var) else Logic(inner, bit.size - 1, bit.reads)
    operand = expression_of(bit)
    return Logic(expr.Unary(expr.Unary.Op.BIT_NOT, operand, types.Bool()), _size(bit) + 1, reads_of(bit))


def both(left: Bit, right: Bit) -> Bit:
    """Return left AND right."""
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    return left if left is right else _binary(expr.Binary.Op.BIT_AND, left, right)


def either(left: Bit, right: Bit) -> Bit:
    """Return left OR right."""
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    return left if left is right else _binary(expr.Binary.Op.BIT_OR, left, right)


def differ(left: Bit, right: Bit) -> Bit:
    """Return left XOR right."""
    if isinstance(left, bool):
        return negated(right) if left else right
    if isinstance(right, bool):
        return negated(left) if right else left
    return False if left is right else _binary(expr.Binary.Op.BIT_XOR, left, right)


def all_of(bits: list[Bit]) -> Bit:
    """Return the AND of bits as a balanced tree: its depth is the logarithm of the number of bits."""
    while len(bits) > 1:
        bits = [reduce(both, bits[place : place + 2]) for place in range(0, len(bits), 2)]
    return bits[0] if bits else True


def any_of(bits: list[Bit]) -> Bit:
    """Return the OR of bits, as a balanced tree."""
    while len(bits) > 1:
        bits = [reduce(either, bits[place : place + 2]) for place in range(0, len(bits), 2)]
    return bits[0] if bits else False


def _binary(operator: expr.Binary.Op, left: Bit, right: Bit) -> Logic:
    expression = expr.Binary(operator, expression_of(left), expression_of(right), types.Bool())
    return Logic(expression, _size(left) + _size(right) + 1, reads_of(left) | reads_of(right))


def _size(bit: Bit) -> int:
    return bit.size if isinstance(bit, Logic) else 0
