"""Evaluates expressions: to known values where possible, otherwise to bits of measurements."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from openqasm3 import ast
from qiskit.circuit import Clbit

from app.circuits.openqasm3 import functions, operators, symbolic
from app.circuits.openqasm3.casts import cast, converted_at, truth_of
from app.circuits.openqasm3.declared_types import type_of
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.indexing import is_single, part_of, positions
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.scope import (
    Array,
    BitAlias,
    BitRegister,
    GateSymbol,
    QubitRegister,
    Subroutine,
    Symbol,
    Variable,
    what_is,
)
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.types import (
    BIT,
    BOOL,
    COMPLEX,
    DURATION,
    FLOAT,
    LITERAL,
    PATTERNS,
    UINT,
    Duration,
    Kind,
    Type,
    Value,
    from_pattern,
    pattern,
    storage_width,
)
from app.circuits.openqasm3.written import names_in


class Evaluator:
    """Evaluates expressions in the scope of the state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._handlers: dict[type[ast.QASMNode], Callable[[Any], Value]] = {
            ast.Identifier: self._identifier,
            ast.IntegerLiteral: lambda node: Value(LITERAL, node.value),
            ast.FloatLiteral: lambda node: Value(FLOAT, node.value),
            ast.ImaginaryLiteral: lambda node: Value(COMPLEX, complex(0, node.value)),
            ast.BooleanLiteral: lambda node: Value(BOOL, node.value),
            ast.BitstringLiteral: lambda node: Value(Type(Kind.BIT, node.width), node.value),
            ast.DurationLiteral: lambda node: Value(DURATION, Duration(node.value, node.unit.name)),
            ast.UnaryExpression: self._unary,
            ast.BinaryExpression: self._binary,
            ast.IndexExpression: self._index,
            ast.FunctionCall: self._call,
            ast.Cast: self._cast,
            ast.SizeOf: self._size_of,
            ast.Concatenation: self._concatenation,
            ast.QuantumMeasurement: lambda node: self._state.measure(node),
        }

    def value(self, node: ast.QASMNode) -> Value:
        """Return the value of an expression.

        Raises:
            app.errors.InvalidProgramError: with the place of the part that is wrong.
        """
        handler = self._handlers.get(type(node))
        if handler is None:
            raise refuse(node, _UNSUPPORTED.get(type(node), "this is no expression"))
        self._state.step()
        try:
            result = handler(node)
            if isinstance(result.data, float) and not isfinite(result.data):
                raise Refusal("the value is not finite")
            return result
        except Refusal as error:
            raise refuse(node, error.sentence) from error
        except ZeroDivisionError as error:
            raise refuse(node, "division by zero") from error
        except OverflowError as error:
            raise refuse(node, "a number is too large: values must be finite") from error

    def known(self, node: ast.QASMNode, what: str) -> Value:
        """Return the value of an expression that must not depend on a measurement; ``what`` it is for."""
        value = self.value(node)
        if value.is_runtime:
            raise refuse(
                node, f"{what} must be known before the program runs, and this depends on a measurement"
            )
        return value

    def constant(self, node: ast.QASMNode, what: str) -> Value:
        """Return the value of an expression that holds no variables."""
        for name in names_in(node):
            symbol = self._state.scope.find(name)
            if symbol is not None and not (isinstance(symbol, Variable) and symbol.is_const):
                raise refuse(node, f"{what} must be a constant, and '{name}' is {what_is(symbol)}")
        return self.known(node, what)

    def integer(self, node: ast.QASMNode, what: str = "an index") -> int:
        """Return a known integer."""
        value = self.known(node, what)
        if value.type.kind in (Kind.INT, Kind.UINT, Kind.BIT, Kind.BOOL) and isinstance(value.data, int):
            return int(value.data)
        raise refuse(node, f"{what} must be an integer, and this is a {value.type}")

    def boolean(self, node: ast.QASMNode) -> Value:
        """Return a condition: a Boolean value."""
        value = self.value(node)
        try:
            return truth_of(value)
        except Refusal as error:
            raise refuse(node, error.sentence) from error

    def converted(self, node: ast.QASMNode, kind: Type) -> Value:
        """Return the value of an expression as one of a type."""
        return converted_at(node, self.value(node), kind)

    def symbol(self, node: ast.QASMNode, name: str) -> Symbol:
        """Return what a name stands for."""
        symbol = self.symbol_or_none(node, name)
        if symbol is None:
            raise refuse(node, f"'{name}' is not defined")
        return symbol

    def symbol_or_none(self, node: ast.QASMNode, name: str) -> Symbol | None:
        """Return what a name stands for, or None."""
        try:
            return self._state.scope.find(name)
        except Refusal as error:
            raise refuse(node, error.sentence) from error

    def bits_of(self, bits: Sequence[Clbit]) -> tuple[Bit, ...]:
        """Return the values of classical bits if all are known, otherwise the bits themselves."""
        known = self._state.builder.known
        if known and all(bit in known for bit in bits):
            return tuple(known[bit] for bit in bits)
        return tuple(bits)

    def _identifier(self, node: ast.Identifier) -> Value:
        symbol = self._state.scope.find(node.name)
        if symbol is None:
            constant = functions.CONSTANTS.get(node.name)
            if constant is None:
                raise Refusal(f"'{node.name}' is not defined")
            return constant
        return self.value_of(symbol, node.name)

    def value_of(self, symbol: Symbol, name: str) -> Value:
        """Return the value of a name's symbol."""
        if isinstance(symbol, Variable):
            return symbol.value
        if isinstance(symbol, BitRegister):
            return from_pattern(symbol.type, self.bits_of(symbol.bits))
        if isinstance(symbol, BitAlias):
            bits = tuple(pattern(variable.value)[place] for variable, place in symbol.places)
            return from_pattern(symbol.type, bits)
        hint = {
            QubitRegister: "has no value: measure it",
            Array: "has no single value: write an index",
            Subroutine: "must be called: write its arguments in brackets",
            GateSymbol: "has no value",
        }[type(symbol)]
        raise Refusal(f"'{name}' is {what_is(symbol)}, which {hint}")

    def _unary(self, node: ast.UnaryExpression) -> Value:
        operand = self.value(node.expression)
        if node.op.name == "!":
            operand = truth_of(operand)
        return operators.unary(node.op.name, operand, self._state.builder.settle)

    def _binary(self, node: ast.BinaryExpression) -> Value:
        worked_out = self.boolean if node.op.name in ("&&", "||") else self.value
        left, right = worked_out(node.lhs), worked_out(node.rhs)
        return operators.binary(node.op.name, left, right, self._state.builder.settle)

    def _call(self, node: ast.FunctionCall) -> Value:
        name = node.name.name
        symbol = self._state.scope.find(name)
        if isinstance(symbol, Subroutine):
            result = self._state.call(node, name, symbol, node.arguments)
            if result is None:
                raise Refusal(f"'{name}' returns nothing")
            return result
        if symbol is None and functions.is_builtin(name):
            arguments = [self.value(argument) for argument in node.arguments]
            if symbolic.is_open(*arguments):
                return symbolic.call(name, arguments)
            return functions.call(name, arguments, self._state.builder.settle)
        raise Refusal(f"'{name}' is not a function: write its definition ('def') before the call")

    def _cast(self, node: ast.Cast) -> Value:
        kind = type_of(node.type, self.integer)
        value = self.value(node.argument)
        return truth_of(value) if kind == BOOL else cast(value, kind)

    def _size_of(self, node: ast.SizeOf) -> Value:
        found = self.array_of(node.target)
        if found is not None:
            shape = found[0].shape
            dimension = 0 if node.index is None else self.integer(node.index)
            if not 0 <= dimension < len(shape):
                raise Refusal(f"the array has {len(shape)} dimensions")
            return Value(UINT, shape[dimension])
        symbol = self._state.scope.find(node.target.name) if isinstance(node.target, ast.Identifier) else None
        if isinstance(symbol, QubitRegister):
            return Value(UINT, len(symbol.qubits))
        if isinstance(symbol, BitRegister):
            return Value(UINT, len(symbol.bits))
        raise Refusal("'sizeof' needs an array or a register")

    def _concatenation(self, node: ast.Concatenation) -> Value:
        parts = [self.value(node.lhs), self.value(node.rhs)]
        if any(part.type.kind is not Kind.BIT for part in parts):
            raise Refusal("'++' joins registers")
        bits = pattern(parts[0]) + pattern(parts[1])
        return from_pattern(Type(Kind.BIT, len(bits)), bits)

    def _index(self, node: ast.IndexExpression) -> Value:
        found = self.array_of(node)
        if found is not None:
            part, rest = found
            if part.shape:
                raise Refusal(f"this is an array of {len(part.shape)} dimensions: write an index for each")
            value = part.values[part.places[0]]
            for index in rest:
                value = self._bits_at(value, None, index, "the element")
            return value
        name = _name_of(node.collection)
        symbol = self._state.scope.find(name) if isinstance(node.collection, ast.Identifier) else None
        return self._bits_at(self.value(node.collection), symbol, node.index, name)

    def _bits_at(self, value: Value, symbol: Symbol | None, index: ast.IndexElement, name: str) -> Value:
        kind = value.type
        if kind.kind not in PATTERNS - {Kind.BOOL} or (kind.width is None and kind.kind is not Kind.BIT):
            raise Refusal(f"{name} is a {kind}, which has no indices")
        if kind.kind is Kind.BIT and kind.width is None:
            raise Refusal(f"{name} is a single bit, which has no indices: write bit[n]")
        chosen = positions(index, storage_width(kind), name, self.integer)
        if isinstance(symbol, BitRegister):
            bits = self.bits_of([symbol.bits[place] for place in chosen])
        else:
            whole = pattern(value)
            bits = tuple(whole[place] for place in chosen)
        return from_pattern(BIT if is_single(index) else Type(Kind.BIT, len(bits)), bits)

    def array_of(self, node: ast.QASMNode) -> tuple[Array, list[ast.IndexElement]] | None:
        """Return the part of an array of an expression, and the indices left for bits of an element."""
        brackets: list[ast.IndexElement] = []
        while isinstance(node, ast.IndexExpression):
            brackets.insert(0, node.index)
            node = node.collection
        symbol = self._state.scope.find(node.name) if isinstance(node, ast.Identifier) else None
        return part_of(symbol, brackets, self.integer) if isinstance(symbol, Array) else None


def _name_of(node: ast.QASMNode) -> str:
    return node.name if isinstance(node, ast.Identifier) else "this value"


_UNSUPPORTED: dict[type, str] = {
    ast.DurationOf: "'durationof' is not supported: gates have no length here; write the duration",
    ast.ArrayLiteral: "an array literal stands only where an array is declared or assigned",
    ast.RangeDefinition: "a range stands only in an index or after 'in'",
    ast.DiscreteSet: "a set stands only in an index or after 'in'",
}
