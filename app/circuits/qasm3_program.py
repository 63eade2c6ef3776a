"""Turns OpenQASM 3 programs into circuits: Qiskit's importer, with bounds, places in errors, exact values."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, TypeAlias, cast

import openqasm3
from openqasm3 import ast
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ClassicalRegister, Clbit, Gate, ParameterExpression
from qiskit.circuit.library import GlobalPhaseGate, IGate, UGate, UnitaryGate
from qiskit.quantum_info import Operator
from qiskit_qasm3_import.converter import ConvertVisitor
from qiskit_qasm3_import.data import Scope
from qiskit_qasm3_import.exceptions import raise_from_node
from qiskit_qasm3_import.expression import ValueResolver, resolve_condition
from qiskit_qasm3_import.state import State

from app.circuits.own_gates import inner_name, power_name
from app.circuits.parser_errors import ESCAPING_ERRORS, sentence_of
from app.circuits.spec import RunLimits
from app.errors import InvalidProgramError

Accept = Callable[[Sequence[CircuitInstruction]], None]
Angle: TypeAlias = float | ParameterExpression

_LARGEST_MATRIX_QUBITS = 4
"""A matrix of 4 qubits is synthesised in 50 ms and 275 gates; each further qubit takes four times that."""


def load(source: str, limits: RunLimits, accept: Accept) -> QuantumCircuit:
    """Return the program's circuit, with its loops and conditions.

    ``accept`` is called with the instructions of each statement; its errors get the place of the statement.

    Raises:
        QASM3ParsingError: the text is no OpenQASM 3.
        ConversionError: with line and column at the head of its message, counted as parsers do.
        LimitExceededError: what ``accept`` and the loops raise.
    """
    return cast(QuantumCircuit, _Importer(limits, accept).convert(openqasm3.parse(source)).circuit)


_U = inner_name("U")


def _universal_gate(theta: Angle, phi: Angle, lam: Angle) -> Gate:
    """``U`` of OpenQASM 3: Qiskit's, times exp(i theta / 2), which shows under controls.

    Source: OpenQASM 3 specification, "Built-in gates".
    """
    gate = Gate(_U, 1, [theta, phi, lam])
    gate.definition = QuantumCircuit(1, global_phase=theta / 2)
    gate.definition.u(theta, phi, lam, 0)
    return gate


class _Resolver(ValueResolver):
    """Resolves expressions; ranges of indices include their end, as in OpenQASM 3 and unlike in Python."""

    def _index_collection(self, collection: Any, kind: Any, indexer: Any, base: ast.QASMNode) -> Any:
        if isinstance(indexer, list) and len(indexer) == 1 and isinstance(indexer[0], ast.RangeDefinition):
            self._normalise(indexer[0], len(collection))
        return super()._index_collection(collection, kind, indexer, base)

    def _normalise(self, node: ast.RangeDefinition, size: int) -> None:
        """Rewrite a range in place so that the importer's slice has the indices of the range."""
        step = 1 if node.step is None else self._integer(node.step)
        if step == 0:
            raise_from_node(node, "the step of a range must not be 0")
        first, last = (0, size - 1) if step > 0 else (size - 1, 0)
        start = first if node.start is None else self._integer(node.start)
        end = last if node.end is None else self._integer(node.end)
        if not (-size <= start < size and -size <= end < size):
            raise_from_node(node, f"the range {start}:{end} leaves a register of {size}")
        start, end = start % size, end % size
        node.start = ast.IntegerLiteral(start)
        node.end = None if step < 0 and end == 0 else ast.IntegerLiteral(end)

    def _integer(self, node: ast.Expression) -> int:
        value, _ = self.visit(node)
        if not isinstance(value, int):
            raise_from_node(node, "a range of indices needs constant integers")
        return value


class _Importer(ConvertVisitor):
    """Qiskit's importer with bounds, places in all errors, and safe names for the program's own gates."""

    def __init__(self, limits: RunLimits, accept: Accept) -> None:
        super().__init__()
        self._limits, self._accept = limits, accept

    def visit_Program(self, node: ast.Program, context: State) -> State:
        """Import the statements one by one; each is checked before the next is read."""
        for statement in node.statements:
            begin = len(context.circuit.data)
            try:
                self.visit(statement, context)
                self._accept(context.circuit.data[begin:])
            except ESCAPING_ERRORS as error:
                raise_from_node(statement, sentence_of(error))
            except InvalidProgramError as error:
                raise_from_node(statement, error.message)
        return context

    def visit_Include(self, node: ast.Include, context: State) -> State:
        """Make ``id`` the standard gate; the importer makes it a ``u`` of three zeros."""
        super().visit_Include(node, context)
        context.symbol_table.get("id", node).data = IGate
        return context

    def visit_QuantumGateDefinition(self, node: ast.QuantumGateDefinition, context: State) -> State:
        """Define the gate by its name in the program, and give the circuits that call it the inner name."""
        super().visit_QuantumGateDefinition(node, context)
        context.symbol_table.get(node.name.name, node).data._name = inner_name(node.name.name)
        return context

    def visit_QuantumGate(self, node: ast.QuantumGate, context: State) -> State:
        """Add the phase of ``U`` in the body of a gate, where it counts since the gate may be controlled."""
        super().visit_QuantumGate(node, context)
        if context.scope is Scope.GATE and not node.modifiers and node.name.name == "U":
            context.circuit.global_phase += context.circuit.data[-1].params[0] / 2
        return context

    def visit_QuantumPhase(self, node: ast.QuantumPhase, context: State) -> State:
        """Make a phase under modifiers a gate with its angle; the importer would name it by a counter."""
        angle = self._resolve_angle(node.argument, context)
        if not isinstance(angle, ParameterExpression) and not isfinite(angle):
            raise_from_node(node, "the angle of 'gphase' is not finite")
        gate: Gate = GlobalPhaseGate(angle)
        for modifier in reversed(node.modifiers):
            gate = self._apply_gate_modifier(modifier, gate, context)
        if not node.qubits:
            context.circuit.global_phase += gate.params[0]
            return context
        operands = [self._resolve_qarg(cast(ast.Expression, qubit), context) for qubit in node.qubits]
        for qubits in self._broadcast_gate(operands, node):
            context.circuit.append(gate.copy(), qubits, [])
        return context

    def visit_ForInLoop(self, node: ast.ForInLoop, context: State) -> State:
        """Refuse a range that is too long for a loop, before Qiskit lists all its values."""
        values, _ = self._resolve_generic(cast(ast.Expression, node.set_declaration), context, strict=True)
        if isinstance(values, slice) and values.start is not None and values.stop is not None:
            step = 1 if values.step is None else values.step
            if step == 0:
                raise_from_node(node.set_declaration, "the step of a range must not be 0")
            turns = max(-(-(values.stop - values.start) // step), 0)
            self._limits.check("max_operations_qasm3", turns, "a loop has {} turns")
        return super().visit_ForInLoop(node, context)

    def _resolve_generic(self, node: ast.Expression, context: State, strict: bool) -> Any:
        return _Resolver(context, strict).resolve(node)

    def _resolve_condition(self, node: ast.Expression, context: State) -> Any:
        """Rewrite the ranges in the condition first, since the importer resolves them by itself.

        Several bits that are no register become one, which is named by their indices.
        """
        sides = [node.lhs, node.rhs] if isinstance(node, ast.BinaryExpression) else [node]
        for side in sides:
            if isinstance(side, ast.IndexExpression):
                _Resolver(context).resolve(side)
        target, value = resolve_condition(node, context)
        if isinstance(target, Clbit | ClassicalRegister):
            return target, value
        bits = list(target)
        name = f"bits {', '.join(str(context.circuit.find_bit(bit).index) for bit in bits)}"
        known = [register for register in context.circuit.cregs if register.name == name]
        if not known:
            known = [ClassicalRegister(name=name, bits=bits)]
            context.circuit.add_register(*known)
        return known[0], value

    def _apply_gate_modifier(self, modifier: ast.QuantumGateModifier, gate: Gate, context: State) -> Gate:
        if isinstance(gate, UGate):
            gate = _universal_gate(*gate.params)
        if modifier.modifier is ast.GateModifierName.pow and modifier.argument is not None:
            return self._power(gate, self._resolve_constant_float(modifier.argument, context), modifier)
        if modifier.modifier is ast.GateModifierName.inv and gate.name == _U:
            theta, phi, lam = gate.params
            return _universal_gate(-theta, -lam, -phi)
        if modifier.modifier in (ast.GateModifierName.ctrl, ast.GateModifierName.negctrl):
            count = modifier.argument
            controls = 1 if count is None else self._resolve_constant_int(count, context)
            if gate.num_qubits + controls > context.circuit.num_qubits:
                raise_from_node(modifier, f"{controls} controls are more than there are qubits")
        return super()._apply_gate_modifier(modifier, gate, context)

    def _power(self, gate: Gate, exponent: float, node: ast.QASMNode) -> Gate:
        """Return the gate to a real power, on the principal branch (eigenphases in (-pi, pi]).

        Qiskit has many powers as other standard gates. The rest would be matrices, whose parameters cannot be
        recorded; they become gates ``pow_x`` with the parameters of the base and the exponent.
        """
        if isinstance(gate, GlobalPhaseGate):
            return GlobalPhaseGate(gate.params[0] * exponent)
        if type(gate).power is not Gate.power:
            powered = gate.power(exponent)
            if not isinstance(powered, UnitaryGate):
                return powered
        has_matrix = gate.num_qubits <= _LARGEST_MATRIX_QUBITS and not any(
            isinstance(value, ParameterExpression) for value in gate.params
        )
        if not has_matrix and exponent != int(exponent):
            raise_from_node(
                node,
                f"a power that is no integer needs a gate of {_LARGEST_MATRIX_QUBITS} qubits at most "
                "whose parameters are numbers",
            )
        is_standard = getattr(gate, "_standard_gate", None) is not None
        result = Gate(power_name(gate.name, is_standard), gate.num_qubits, [*gate.params, exponent])
        if has_matrix:
            matrix = Operator(gate).power(exponent, assume_unitary=True)
            result.definition = UnitaryGate(matrix).definition
        else:
            result.definition = self._repeated(gate, int(exponent))
        return result

    def _repeated(self, gate: Gate, times: int) -> QuantumCircuit:
        self._limits.check("max_operations_qasm3", abs(times), f"pow({times}) are as many operations")
        circuit = QuantumCircuit(gate.num_qubits)
        step = gate if times >= 0 else gate.inverse()
        for _ in range(abs(times)):
            circuit.append(step, circuit.qubits)
        return circuit
