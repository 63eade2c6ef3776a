"""Conditions on classical bits: the bits that they read, and their values."""

from collections.abc import Callable, Mapping, Sequence
from operator import add as plus
from operator import and_, eq, ge, gt, le, lshift, lt, mul, ne, or_, rshift, sub, xor
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit, QuantumCircuit
from qiskit.circuit.classical import expr, types
from qiskit.circuit.controlflow import condition_resources, node_resources

from app.errors import InvalidInputError

_BINARY: Mapping[expr.Binary.Op, Callable[[int, int], int]] = {
    expr.Binary.Op.BIT_AND: and_,
    expr.Binary.Op.BIT_OR: or_,
    expr.Binary.Op.BIT_XOR: xor,
    expr.Binary.Op.LOGIC_AND: lambda left, right: bool(left) and bool(right),
    expr.Binary.Op.LOGIC_OR: lambda left, right: bool(left) or bool(right),
    expr.Binary.Op.EQUAL: eq,
    expr.Binary.Op.NOT_EQUAL: ne,
    expr.Binary.Op.LESS: lt,
    expr.Binary.Op.LESS_EQUAL: le,
    expr.Binary.Op.GREATER: gt,
    expr.Binary.Op.GREATER_EQUAL: ge,
    expr.Binary.Op.SHIFT_LEFT: lshift,
    expr.Binary.Op.SHIFT_RIGHT: rshift,
    expr.Binary.Op.ADD: plus,
    expr.Binary.Op.SUB: sub,
    expr.Binary.Op.MUL: mul,
}


class Conditions:
    """Evaluates the conditions of one circuit; ``bits`` are its classical bits in order."""

    def __init__(self, circuit: QuantumCircuit) -> None:
        self._index = {bit: index for index, bit in enumerate(circuit.clbits)}

    def bits_read(self, condition: Any) -> frozenset[int]:
        """Return the indices of the bits that a condition reads."""
        read = condition_resources if isinstance(condition, tuple) else node_resources
        return frozenset(self._index[bit] for bit in read(condition).clbits)

    def is_met(self, condition: Any, bits: Sequence[int]) -> bool:
        """Return whether a condition holds: a bit or a register with a value, or an expression of Qiskit.

        Raises:
            InvalidInputError: the expression uses a value that is not a classical bit of the circuit.
        """
        if isinstance(condition, tuple):
            compared, value = condition
            return self._value(compared, bits) == int(value)
        return bool(self._evaluated(condition, bits))

    def _value(self, compared: Clbit | ClassicalRegister, bits: Sequence[int]) -> int:
        if isinstance(compared, ClassicalRegister):
            return sum(bits[self._index[bit]] << place for place, bit in enumerate(compared))
        return bits[self._index[compared]]

    def _evaluated(self, node: expr.Expr, bits: Sequence[int]) -> int:
        match node:
            case expr.Value():
                return int(node.value)
            case expr.Var() if isinstance(node.var, Clbit | ClassicalRegister):
                return self._value(node.var, bits)
            case expr.Cast():
                return self._fitted(self._evaluated(node.operand, bits), node)
            case expr.Index():
                return self._evaluated(node.target, bits) >> self._evaluated(node.index, bits) & 1
            case expr.Unary(op=expr.Unary.Op.LOGIC_NOT):
                return not self._evaluated(node.operand, bits)
            case expr.Unary(op=expr.Unary.Op.BIT_NOT):
                value = self._evaluated(node.operand, bits)
                return not value if isinstance(node.type, types.Bool) else self._fitted(~value, node)
            case expr.Binary() if node.op in _BINARY:
                sides = (self._evaluated(side, bits) for side in (node.left, node.right))
                return self._fitted(_BINARY[node.op](*sides), node)
        raise InvalidInputError(
            "no state can be shown after a condition on a value that is not a measured bit"
        )

    @staticmethod
    def _fitted(value: int, node: expr.Expr) -> int:
        """Return an integer in the range of its type: 0 or 1 for a bool, otherwise modulo 2 to its width."""
        width = getattr(node.type, "width", None)
        return value & ((1 << width) - 1) if width is not None else int(bool(value))
