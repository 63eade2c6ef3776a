"""Declares variables, and gives them values: by assignments and by measurements."""

from collections.abc import Sequence
from math import prod
from typing import Any

from openqasm3 import ast
from qiskit.circuit import ParameterExpression

from app.circuits.openqasm3 import arithmetic, logic, runtime
from app.circuits.openqasm3.casts import cast
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.expressions import Evaluator
from app.circuits.openqasm3.functions import CONSTANTS
from app.circuits.openqasm3.indexing import is_single, positions
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.operands import Operands, Target, name_of
from app.circuits.openqasm3.scope import Array, BitRegister, Variable
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.types import (
    BIT,
    Duration,
    Kind,
    Type,
    Value,
    from_pattern,
    pattern,
)

MAX_DIMENSIONS = 7
"""Source: OpenQASM 3 specification, "Arrays"."""
_MAX_ELEMENTS = 10_000
_INPUT = "an 'input' variable"


def zero(kind: Type) -> Value:
    """Return the value of a variable that was given none."""
    if kind.kind is Kind.DURATION:
        return Value(kind, Duration(0.0, "ns"))
    if kind.kind is Kind.COMPLEX:
        return Value(kind, 0j)
    if kind.kind is Kind.FLOAT or (kind.kind is Kind.ANGLE and kind.width is None):
        return Value(kind, 0.0)
    return Value(kind, False if kind.kind is Kind.BOOL else 0)


class Assigning:
    """Executes declarations, assignments and measurements."""

    def __init__(self, state: State, evaluator: Evaluator, operands: Operands) -> None:
        self._state, self._evaluator, self._operands = state, evaluator, operands

    def declare(self, node: ast.ClassicalDeclaration) -> None:
        """Declare a variable, and give it its first value."""
        name = node.identifier.name
        self._check_name(name)
        if isinstance(node.type, ast.ArrayType):
            self._state.scope.declare(name, self._new_array(node.type, node.init_expression))
            return
        kind = self._evaluator.type_of(node.type)
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
        kind = self._evaluator.type_of(node.type)
        value = self._evaluator.known(node.init_expression, f"the constant '{name}'")
        value = self._cast(node.init_expression, value, kind)
        self._state.scope.declare(name, Variable(name, kind, value, is_const=True))

    def declare_io(self, node: ast.IODeclaration) -> None:
        """Declare an input, whose value the request has, or an output, which the counts show."""
        name = node.identifier.name
        self._check_name(name)
        if isinstance(node.type, ast.ArrayType):
            raise Refusal("an array cannot be an input or an output: write its elements as variables")
        kind = self._evaluator.type_of(node.type)
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
            self._assign_elements(node, symbol, name)
            return
        is_whole = isinstance(node.lvalue, ast.Identifier)
        if isinstance(symbol, Variable) and is_whole:
            if symbol.is_const:
                raise Refusal(f"'{name}' is a constant and cannot be changed")
            value = self._new_value(node, symbol.value)
            self._state.assign(symbol, self._state.kept(self._cast(node.rvalue, value, symbol.type)))
            return
        target = self._operands.target(node.lvalue)
        value = self._new_value(node, self._current(target))
        self._store(target, self._cast(node.rvalue, value, target.type))

    def measure(self, node: ast.QuantumMeasurementStatement) -> None:
        """Execute a measurement, whose result may be discarded."""
        if node.target is None:
            self.measured(node.measure)
            return
        name = name_of(node.target)
        symbol = self._evaluator.symbol(node, name)
        if isinstance(symbol, Array):
            (place,) = self._evaluator.places(symbol, _flat_index(node.target), name)
            value = self._cast(node.target, self.measured(node.measure), symbol.element)
            self._state.assign_element(symbol, place, value)
            return
        self._measure_into(node.measure, self._operands.target(node.target))

    def measured(self, node: ast.QuantumMeasurement) -> Value:
        """Measure qubits into new hidden bits and return their value."""
        operand = self._operands.qubits(node.qubit)
        bits = tuple(self._state.builder.hidden_bit() for _ in operand.qubits)
        for qubit, bit in zip(operand.qubits, bits, strict=True):
            self._state.builder.measure(qubit, bit)
        return Value(BIT if operand.is_single else Type(Kind.BIT, len(bits)), bits)

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

    def _cast(self, node: ast.QASMNode, value: Value, kind: Type) -> Value:
        try:
            return cast(value, kind)
        except Refusal as error:
            raise refuse(node, error.sentence) from error

    def _new_value(self, node: ast.ClassicalAssignment, current: Value) -> Value:
        value = self._evaluator.value(node.rvalue)
        symbol = node.op.name[:-1]
        if not symbol:
            return value
        if symbol == "~":
            return self._evaluator.apply_unary("~", value)
        if current.is_runtime or value.is_runtime:
            return runtime.binary(symbol, current, value, self._state.builder.settle)
        return arithmetic.binary(symbol, current, value)

    def _current(self, target: Target) -> Value:
        bits: list[Bit] = []
        for symbol, place in target.places:
            if isinstance(symbol, BitRegister):
                bits += self._evaluator.bits_of([symbol.bits[place]])
            else:
                bits.append(pattern(symbol.value)[place])
        return from_pattern(target.type, tuple(bits))

    def _store(self, target: Target, value: Value) -> None:
        """Write bits; what they read is saved first where it is written itself."""
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

    def _new_array(self, node: ast.ArrayType, init: ast.QASMNode | None) -> Array:
        element = self._evaluator.type_of(node.base_type)
        shape = tuple(self._evaluator.integer(each, "the size of an array") for each in node.dimensions)
        if len(shape) > MAX_DIMENSIONS:
            raise refuse(node, f"an array has {MAX_DIMENSIONS} dimensions at most, and this has {len(shape)}")
        if min(shape) < 0 or prod(shape) > _MAX_ELEMENTS:
            raise refuse(node, f"an array has {_MAX_ELEMENTS} elements at most")
        array = Array(element, shape, [zero(element)] * prod(shape))
        if init is not None:
            array.values = self._elements(init, shape, element)
        return array

    def _elements(self, node: ast.QASMNode, shape: tuple[int, ...], element: Type) -> list[Value]:
        """Return the values of an array's literal or of (a part of) another array, in row-major order."""
        if isinstance(node, ast.ArrayLiteral):
            if not shape or len(node.values) != shape[0]:
                raise refuse(node, f"this array has {len(node.values)} elements where {shape[:1]} are needed")
            return [value for each in node.values for value in self._elements(each, shape[1:], element)]
        inner = node.collection if isinstance(node, ast.IndexExpression) else node
        symbol = self._state.scope.find(inner.name) if isinstance(inner, ast.Identifier) else None
        if isinstance(symbol, Array):
            index = node.index if isinstance(node, ast.IndexExpression) else []
            places = self._evaluator.places(symbol, index, name_of(inner))
            if len(places) != prod(shape):
                raise refuse(node, "the shapes of the arrays differ")
            return [self._cast(node, symbol.values[place], element) for place in places]
        if shape:
            raise refuse(node, "an array needs an array literal, such as {1, 2}")
        return [self._state.kept(self._cast(node, self._evaluator.value(node), element))]

    def _assign_elements(self, node: ast.ClassicalAssignment, array: Array, name: str) -> None:
        index = _flat_index(node.lvalue)
        places = self._evaluator.places(array, index, name)
        singles = sum(not isinstance(part, ast.RangeDefinition | ast.DiscreteSet) for part in index)
        if singles == len(array.shape):
            value = self._new_value(node, array.values[places[0]])
            values = [self._state.kept(self._cast(node.rvalue, value, array.element))]
        else:
            values = self._elements(node.rvalue, _shape_of(array, len(places), index), array.element)
        for place, value in zip(places, values, strict=True):
            self._state.assign_element(array, place, value)


def _flat_index(node: ast.QASMNode) -> list[ast.QASMNode]:
    indices = node.indices if isinstance(node, ast.IndexedIdentifier) else []
    return [part for each in indices for part in (each if isinstance(each, list) else [each])]


def _shape_of(array: Array, size: int, index: Sequence[object]) -> tuple[int, ...]:
    rest = array.shape[len(index) :]
    inner = prod(rest)
    chosen = size // inner if inner else 0
    has_range = any(isinstance(part, ast.RangeDefinition | ast.DiscreteSet) for part in index)
    return (chosen, *rest) if has_range else rest


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
