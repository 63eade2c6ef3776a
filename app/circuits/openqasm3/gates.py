"""Gates: their definitions, their calls with modifiers, and broadcasting over registers."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from openqasm3 import ast
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Gate
from qiskit.circuit.library import GlobalPhaseGate

from app.circuits.openqasm3 import symbolic
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.expressions import Evaluator
from app.circuits.openqasm3.loops import loop_values
from app.circuits.openqasm3.modifiers import Modifier, modified
from app.circuits.openqasm3.operands import name_of
from app.circuits.openqasm3.scope import GateSymbol, Scope, Symbol, Variable
from app.circuits.openqasm3.standard_gates import (
    BUILT_IN,
    QELIB1,
    ROTATIONS,
    STDGATES,
    StandardGate,
    with_phase,
)
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.types import FLOAT, Kind, Linear, Value, radians
from app.circuits.own_gates import inner_name

PHASE = "gphase"
_INCLUDES = {"stdgates.inc": STDGATES, "qelib1.inc": {**QELIB1, **STDGATES}}


class Call(NamedTuple):
    """A call of a gate with its values, without its operands. At most one parameter is a :class:`Linear`."""

    symbol: GateSymbol
    parameters: tuple[float | Linear, ...]
    modifiers: tuple[Modifier, ...]

    @property
    def num_qubits(self) -> int:
        """How many qubits the call takes, with its controls."""
        controls = [item.argument for item in self.modifiers if item.name in ("ctrl", "negctrl")]
        return self.symbol.num_qubits + int(sum(controls))


class BuiltGate(NamedTuple):
    """A gate of Qiskit, and the global phase beside it."""

    gate: Gate
    phase: float


class Gates:
    """Knows the gates of a program."""

    def __init__(self, state: State, evaluator: Evaluator) -> None:
        self._state, self._evaluator = state, evaluator
        self._standard: dict[str, StandardGate] = dict(BUILT_IN)
        self._built: dict[tuple[object, ...], BuiltGate] = {}
        state.scope.declare("U", GateSymbol("U", 3, 1))
        self.body_name, self.body_qubits = "", 0
        """The name and the number of qubits of the gate whose body is being read."""
        self.phase_symbol = GateSymbol(PHASE, 1, 0)

    def include(self, filename: str) -> None:
        """Declare the gates of an include."""
        if filename not in _INCLUDES:
            raise Refusal('only "stdgates.inc" and "qelib1.inc" can be included')
        for name, gate in _INCLUDES[filename].items():
            known = self._state.scope.names.get(name)
            if isinstance(known, GateSymbol) and known.definition is None:
                continue
            self._standard[name] = gate
            self._state.scope.declare(name, GateSymbol(name, gate.num_parameters, gate.num_qubits))

    def define(self, node: ast.QuantumGateDefinition) -> None:
        """Declare a gate of the program. Its body is built once, so that errors show without a call."""
        names = [each.name for each in (*node.arguments, *node.qubits)]
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled is not None:
            raise Refusal(f"'{doubled}' stands twice in the head of gate '{node.name.name}'")
        symbol = GateSymbol(node.name.name, len(node.arguments), len(node.qubits), node)
        _Body(self, self._state, self._evaluator, node).check()
        self._state.scope.declare(symbol.name, symbol)

    def call_of(self, node: ast.QuantumGate | ast.QuantumPhase) -> Call:
        """Return which gate a statement calls, with the values of its parameters and modifiers."""
        if isinstance(node, ast.QuantumPhase):
            symbol, arguments = self.phase_symbol, [node.argument]
        else:
            found = self._symbol(node)
            if not isinstance(found, GateSymbol):
                raise refuse(node, f"'{node.name.name}' is not a gate")
            symbol, arguments = found, node.arguments
        if len(arguments) != symbol.num_parameters:
            raise refuse(
                node,
                f"{symbol.name} takes {_number(symbol.num_parameters, 'parameter')}, not {len(arguments)}",
            )
        parameters = tuple(self._angle(argument) for argument in arguments)
        return Call(symbol, parameters, tuple(self._modifier(item) for item in node.modifiers))

    def _symbol(self, node: ast.QuantumGate) -> Symbol:
        name = node.name.name
        found = self._evaluator.symbol_or_none(node, name)
        if found is not None:
            return found
        if name == self.body_name:
            raise refuse(node, f"'{name}' calls itself: a gate cannot be recursive")
        hint = ': write include "stdgates.inc";' if name in STDGATES else ""
        raise refuse(node, f"gate '{name}' is not defined{hint}")

    def build(
        self, symbol: GateSymbol, parameters: tuple[float, ...], modifiers: tuple[Modifier, ...]
    ) -> BuiltGate:
        """Return the gate of a call, with the modifiers applied from the last to the first."""
        key = (symbol.name, symbol.definition is None, parameters, modifiers)
        known = self._built.get(key)
        if known is None:
            known = self._built[key] = self._new(symbol, parameters, modifiers)
        return known

    def _new(
        self, symbol: GateSymbol, parameters: tuple[float, ...], modifiers: tuple[Modifier, ...]
    ) -> BuiltGate:
        if modifiers:
            gate = self._unmodified(symbol, parameters)
            for modifier in reversed(modifiers):
                gate = modified(gate, modifier, self._state.limits)
            return BuiltGate(gate, 0.0)
        standard = self._standard.get(symbol.name)
        if symbol.definition is None and standard is not None:
            phase = standard.phase(*parameters) if standard.phase is not None else 0.0
            return BuiltGate(standard.build(*parameters), phase)
        return BuiltGate(self._unmodified(symbol, parameters), 0.0)

    def _unmodified(self, symbol: GateSymbol, parameters: tuple[float, ...]) -> Gate:
        if symbol is self.phase_symbol:
            return GlobalPhaseGate(*parameters)
        if symbol.definition is not None:
            gate = Gate(inner_name(symbol.name), symbol.num_qubits, list(parameters))
            gate.definition = _Body(self, self._state, self._evaluator, symbol.definition).build(parameters)
            return gate
        standard = self._standard[symbol.name]
        if standard.phase is not None:
            return with_phase(symbol.name, standard, parameters)
        return standard.build(*parameters)

    def _angle(self, node: ast.Expression) -> float | Linear:
        value = self._evaluator.value(node)
        if value.type.kind is Kind.BIT:
            raise refuse(node, f"a {value.type} is no angle: cast it to 'angle' or 'uint'")
        try:
            number = radians(value)
        except Refusal as error:
            raise refuse(node, error.sentence) from error
        except OverflowError as error:
            raise refuse(node, "the number is too large: values must be finite") from error
        if isinstance(number, float) and not isfinite(number):
            raise refuse(node, "the angle is not finite")
        angle: float | Linear = number
        return angle

    def _number(self, node: ast.Expression, value: Value) -> float:
        """Return an exponent; it does not depend on a measurement."""
        try:
            number = radians(value)
        except Refusal as error:
            raise refuse(node, error.sentence) from error
        return number.constant if isinstance(number, Linear) else number

    def _modifier(self, node: ast.QuantumGateModifier) -> Modifier:
        name = node.modifier.name
        if name == "inv":
            return Modifier(name, 0)
        if node.argument is None:
            return Modifier(name, 1)
        if name == "pow":
            value = self._evaluator.known(node.argument, "the exponent of 'pow'")
            if symbolic.is_open(value):
                raise refuse(node, "the exponent needs the value of an input")
            return Modifier(name, self._number(node.argument, value))
        controls = self._evaluator.integer(node.argument, f"the number of controls of '{name}'")
        if controls < 1:
            raise refuse(node, f"'{name}' needs a positive number of controls")
        if controls > max(len(self._state.builder.qubits), self.body_qubits):
            raise refuse(node, f"{controls} controls are more than the program has qubits")
        return Modifier(name, controls)


class _Body:
    """Builds the body of a gate of the program for given parameters."""

    def __init__(
        self, gates: Gates, state: State, evaluator: Evaluator, node: ast.QuantumGateDefinition
    ) -> None:
        self._gates, self._state, self._evaluator = gates, state, evaluator
        self._node = node
        self._places = {qubit.name: place for place, qubit in enumerate(self._node.qubits)}

    def check(self) -> None:
        """Build the body with all parameters 1/2: with this value few divisions are by zero."""
        self.build((0.5,) * len(self._node.arguments))

    def build(self, parameters: tuple[float, ...]) -> QuantumCircuit:
        """Return the body as a circuit."""
        circuit = QuantumCircuit(len(self._places))
        outer = self._state.scope
        body = self._gates.body_name, self._gates.body_qubits
        self._gates.body_name, self._gates.body_qubits = self._node.name.name, len(self._places)
        whole = outer
        while whole.outer is not None:
            whole = whole.outer
        self._state.scope = Scope(whole, is_subroutine=True)
        try:
            for argument, number in zip(self._node.arguments, parameters, strict=True):
                self._state.scope.declare(argument.name, Variable(argument.name, FLOAT, Value(FLOAT, number)))
            self._statements(self._node.body, circuit)
        finally:
            self._state.scope = outer
            self._gates.body_name, self._gates.body_qubits = body
        return circuit

    def _statements(self, statements: Sequence[ast.QASMNode], circuit: QuantumCircuit) -> None:
        for statement in statements:
            self._state.step()
            if isinstance(statement, ast.QuantumGate | ast.QuantumPhase):
                self._call(statement, circuit)
            elif isinstance(statement, ast.ForInLoop):
                self._loop(statement, circuit)
            elif isinstance(statement, ast.CompoundStatement):
                self._statements(statement.statements, circuit)
            elif isinstance(statement, ast.Box):
                self._statements(statement.body, circuit)
            elif not isinstance(statement, ast.QuantumBarrier):  # of no effect within a gate
                raise refuse(
                    statement,
                    "only gates, barriers and 'for' stand in the body of a gate: write a 'def' instead",
                )

    def _loop(self, node: ast.ForInLoop, circuit: QuantumCircuit) -> None:
        outer = self._state.scope
        for value in loop_values(node, self._evaluator, self._state):
            self._state.count_iteration()
            self._state.scope = Scope(outer)
            self._state.scope.declare(node.identifier.name, Variable(node.identifier.name, value.type, value))
            try:
                self._statements(node.block, circuit)
            finally:
                self._state.scope = outer

    def _call(self, node: ast.QuantumGate | ast.QuantumPhase, circuit: QuantumCircuit) -> None:
        call = self._gates.call_of(node)
        parameters = tuple(each for each in call.parameters if not isinstance(each, Linear))
        places = [self._place(qubit) for qubit in node.qubits]
        check_operands(node, call, places)
        try:
            built = self._gates.build(call.symbol, parameters, call.modifiers)
        except Refusal as error:
            raise refuse(node, error.sentence) from error
        circuit.global_phase += built.phase
        if call.num_qubits == 0:
            circuit.global_phase += built.gate.params[0]
            return
        circuit._append(CircuitInstruction(built.gate, [circuit.qubits[place] for place in places], ()))

    def _place(self, node: ast.QASMNode) -> int:
        name = name_of(node)
        if name in self._places and isinstance(node, ast.Identifier):
            return self._places[name]
        raise refuse(
            node,
            f"'{name}' is no qubit of the gate: its qubits are {', '.join(self._places)}, without indices",
        )


def check_operands(node: ast.QuantumGate | ast.QuantumPhase, call: Call, operands: Sequence[object]) -> None:
    """Refuse a wrong number of operands, and an operand that is given twice."""
    wanted, name = call.num_qubits, call.symbol.name
    if len(operands) != wanted:
        controls = wanted - call.symbol.num_qubits
        beside = f" with {_number(controls, 'control')}" if controls else ""
        raise refuse(node, f"{name}{beside} takes {_number(wanted, 'qubit')}, not {len(operands)}")
    if len(set(operands)) < len(operands):
        raise refuse(node, f"{name} is given the same qubit twice")


def is_rotation(call: Call) -> bool:
    """Return whether a call may have a measured angle, as one conditional gate for each bit."""
    return (call.symbol.definition is None and call.symbol.name in ROTATIONS) or call.symbol.name == PHASE


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
