"""Declares variables, and gives them values: by assignments and by measurements."""

from collections.abc import Sequence
from typing import Any

from openqasm3 import ast
from qiskit.circuit import ParameterExpression

from app.circuits.openqasm3 import logic, operators
from app.circuits.openqasm3.arrays import Arrays
from app.circuits.openqasm3.casts import cast, converted, converted_at
from app.circuits.openqasm3.declared_types import type_of
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.expressions import Evaluator
from app.circuits.openqasm3.functions import CONSTANTS
from app.circuits.openqasm3.indexing import is_single, part_of, positions
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.operands import Operands, Target, name_of
from app.circuits.openqasm3.scope import Array, BitRegister, Variable
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.types import (
    BIT,
    Kind,
    Type,
    Value,
    from_pattern,
    pattern,
    storage_width,
    zero,
)


class Assigning:
    """Executes declarations, assignments and measurements."""

    def __init__(self, state: State, evaluator: Evaluator, operands: Operands) -> None:
        self._state, self._evaluator, self._operands = state, evaluator, operands
        self._arrays = Arrays(state, evaluator)

    def declare(self, node: ast.ClassicalDeclaration) -> None:
        """Declare a variable, and give it its first value."""
        name = node.identifier.name
        self._check_name(name)
        if isinstance(node.type, ast.ArrayType):
            if self._state.scope.outer is not None:
                raise Refusal("an array is declared outside all blocks")
            self._state.scope.declare(name, self._arrays.new(node.type, node.init_expression))
            return
        kind = type_of(node.type, self._evaluator.integer)
        init = node.init_expression
        is_global = self._state.scope.outer is None
        if kind.kind is Kind.BIT and is_global:
            value = None
            if init is not None and not isinstance(init, ast.QuantumMeasurement):
                value = self._evaluator.converted(init, kind)
            register = BitRegister(name, kind, self._state.builder.add_bits(name, kind.width))
            self._state.scope.declare(name, register)
            target = Target(register, *self._operands.places(register, name), True)
            if isinstance(init, ast.QuantumMeasurement):
                self._measure_into(init, target)
            elif value is not None:
                self._store(target, value)
            return
        value = zero(kind) if init is None else self._evaluator.converted(init, kind)
        variable = Variable(name, kind, self._state.kept(value), False, self._state.depth, is_global)
        variable.is_result = is_global and isinstance(init, ast.QuantumMeasurement)
        self._state.scope.declare(name, variable)

    def declare_constant(self, node: ast.ConstantDeclaration) -> None:
        """Declare a constant."""
        name = node.identifier.name
        self._check_name(name)
        kind = type_of(node.type, self._evaluator.integer)
        value = self._evaluator.known(node.init_expression, f"the constant '{name}'")
        value = converted_at(node.init_expression, value, kind)
        self._state.scope.declare(name, Variable(name, kind, value, is_const=True))

    def declare_io(self, node: ast.IODeclaration) -> None:
        """Declare an input, whose value is in the request, or an output, which the counts show."""
        name = node.identifier.name
        self._check_name(name)
        if isinstance(node.type, ast.ArrayType):
            raise Refusal("an array cannot be an input or an output: write its elements as variables")
        kind = type_of(node.type, self._evaluator.integer)
        if node.io_identifier is ast.IOKeyword.input:
            value = _input_value(name, self._state.inputs[name], kind)
            self._state.scope.declare(name, Variable(name, kind, value, is_global=True))
            return
        if kind.kind is Kind.BIT:
            bits = self._state.builder.add_bits(name, kind.width)
            self._state.scope.declare(name, BitRegister(name, kind, bits))
            return
        variable = Variable(name, kind, zero(kind), is_global=True, is_result=True)
        self._state.scope.declare(name, variable)

    def assign(self, node: ast.ClassicalAssignment) -> None:
        """Execute an assignment, also one with an operator such as ``+=``."""
        name = name_of(node.lvalue)
        symbol = self._evaluator.symbol(node, name)
        if isinstance(symbol, Array):
            brackets = node.lvalue.indices if isinstance(node.lvalue, ast.IndexedIdentifier) else []
            if not self._arrays.assign(node, symbol, brackets):
                self._assign_element(symbol, brackets, self._evaluator.value(node.rvalue), node)
            return
        is_whole = isinstance(node.lvalue, ast.Identifier)
        if isinstance(symbol, Variable) and is_whole:
            if symbol.is_const:
                raise Refusal(f"'{name}' is a constant and cannot be changed")
            value = self._new_value(node, symbol.value)
            self._state.assign(symbol, self._state.kept(converted_at(node.rvalue, value, symbol.type)))
            return
        target = self._operands.target(node.lvalue)
        value = self._new_value(node, self._current(target))
        self._store(target, converted_at(node.rvalue, value, target.type))

    def measure(self, node: ast.QuantumMeasurementStatement) -> None:
        """Execute a measurement, whose result may be discarded."""
        if node.target is None:
            self.measured(node.measure)
            return
        name = name_of(node.target)
        symbol = self._evaluator.symbol(node, name)
        if isinstance(symbol, Array):
            brackets = node.target.indices if isinstance(node.target, ast.IndexedIdentifier) else []
            self._assign_element(symbol, brackets, self.measured(node.measure), None)
            return
        self._measure_into(node.measure, self._operands.target(node.target))

    def measured(self, node: ast.QuantumMeasurement) -> Value:
        """Measure qubits into new hidden bits and return their value."""
        operand = self._operands.qubits(node.qubit)
        bits = tuple(self._state.builder.hidden_bit() for _ in operand.qubits)
        for qubit, bit in zip(operand.qubits, bits, strict=True):
            self._state.builder.measure(qubit, bit)
        return Value(BIT if operand.is_single else Type(Kind.BIT, len(bits)), bits)

    def _assign_element(
        self,
        array: Array,
        brackets: Sequence[ast.IndexElement],
        value: Value,
        node: ast.ClassicalAssignment | None,
    ) -> None:
        """Assign to an element of an array, or to bits of one; ``node`` has the operator."""
        part, rest = part_of(array, brackets, self._evaluator.integer)
        if part.shape or len(rest) > 1:
            raise Refusal(f"the array has {len(array.shape)} dimensions: write an index for each")
        (place,) = part.places
        old = part.values[place]
        if rest:
            if old.type.width is None:
                raise Refusal(f"the element is a {old.type}, which has no indices")
            chosen = positions(rest[0], storage_width(old.type), "the element", self._evaluator.integer)
            bits = list(pattern(old))
            kind = BIT if is_single(rest[0]) else Type(Kind.BIT, len(chosen))
            current = from_pattern(kind, tuple(bits[each] for each in chosen))
            value = converted(value if node is None else self._operated(node, current, value), kind)
            for each, bit in zip(chosen, pattern(value), strict=True):
                bits[each] = bit
            value = from_pattern(old.type, tuple(bits))
        elif node is not None:
            value = self._operated(node, old, value)
        self._state.assign_element(array, place, self._state.kept(converted(value, array.element)))

    def alias_places(self, node: ast.QASMNode) -> tuple[list[Any], Type]:
        """Return the bits that an alias names, each as a symbol and a place in it."""
        if isinstance(node, ast.Identifier):
            return self._operands.places(self._evaluator.symbol(node, node.name), node.name)
        if isinstance(node, ast.Concatenation):
            left, right = self.alias_places(node.lhs)[0], self.alias_places(node.rhs)[0]
            return left + right, Type(Kind.BIT, len(left) + len(right))
        if not isinstance(node, ast.IndexExpression):
            raise Refusal("an alias needs registers: names, indices and '++'")
        places, kind = self.alias_places(node.collection)
        if kind.width is None:
            raise Refusal("a single bit has no indices")
        chosen = positions(node.index, len(places), "the register", self._evaluator.integer)
        single = is_single(node.index)
        return [places[place] for place in chosen], BIT if single else Type(Kind.BIT, len(chosen))

    def _check_name(self, name: str) -> None:
        if name in CONSTANTS:
            raise Refusal(f"'{name}' is a built-in constant")

    def _new_value(self, node: ast.ClassicalAssignment, current: Value) -> Value:
        return self._operated(node, current, self._evaluator.value(node.rvalue))

    def _operated(self, node: ast.ClassicalAssignment, current: Value, value: Value) -> Value:
        """Return the value that an assignment with an operator assigns."""
        symbol = node.op.name[:-1]
        if not symbol:
            return value
        if symbol == "~":
            return operators.unary("~", value, self._state.builder.settle)
        return operators.binary(symbol, current, value, self._state.builder.settle)

    def _current(self, target: Target) -> Value:
        bits: list[Bit] = []
        for symbol, place in target.places:
            if isinstance(symbol, BitRegister):
                bits += self._evaluator.bits_of([symbol.bits[place]])
            else:
                bits.append(pattern(symbol.value)[place])
        return from_pattern(target.type, tuple(bits))

    def _store(self, target: Target, value: Value) -> None:
        """Write bits. A bit that is both read and written is copied first."""
        builder, bits = self._state.builder, pattern(value)
        written = {symbol.bits[place] for symbol, place in target.places if isinstance(symbol, BitRegister)}
        safe = [builder.copied(bit) if written & logic.reads_of(bit) else bit for bit in bits]
        self._write(target, safe, is_measured=False)

    def _write(self, target: Target, bits: Sequence[Bit], is_measured: bool) -> None:
        changed: dict[Variable, list[Bit]] = {}
        for (symbol, place), bit in zip(target.places, bits, strict=True):
            if isinstance(symbol, BitRegister):
                self._state.builder.store(symbol.bits[place], bit)
            else:
                current = changed.setdefault(symbol, list(pattern(symbol.value)))
                current[place] = bit
        for variable, pieces in changed.items():
            value = from_pattern(variable.type, tuple(pieces))
            self._state.assign(variable, self._state.kept(value))
            variable.is_result = variable.is_result or (is_measured and variable.is_global)

    def _measure_into(self, node: ast.QuantumMeasurement, target: Target) -> None:
        operand = self._operands.qubits(node.qubit)
        fewer, more = sorted((len(operand.qubits), len(target.places)))
        if fewer != more:
            raise refuse(
                node,
                f"a measurement needs as many bits as qubits, and these have the sizes {fewer} and {more}",
            )
        bits = [symbol.bits[place] for symbol, place in target.places if isinstance(symbol, BitRegister)]
        if len(bits) == len(operand.qubits):
            for qubit, bit in zip(operand.qubits, bits, strict=True):
                self._state.builder.measure(qubit, bit)
            return
        self._write(target, pattern(self.measured(node)), is_measured=True)


def _input_value(name: str, given: float | ParameterExpression, kind: Type) -> Value:
    """Return the value of an input; a parameter stands for one that is bound later."""
    if not isinstance(given, ParameterExpression):
        return cast(_number(name, given, kind), kind)
    if kind.kind not in (Kind.FLOAT, Kind.ANGLE):
        raise Refusal(f"the input '{name}' needs a value: it is a {kind}")
    return Value(kind, given)


def _number(name: str, number: float, kind: Type) -> Value:
    if kind.kind in (Kind.FLOAT, Kind.ANGLE):
        return Value(Type(Kind.FLOAT), float(number))
    if number != int(number) or kind.kind in (Kind.DURATION, Kind.COMPLEX):
        raise Refusal(f"the input '{name}' cannot be {number}: it is a {kind}")
    return Value(Type(Kind.INT), int(number))
