"""Reads statements one after the other: declarations, assignments, and what acts on qubits."""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any

from openqasm3 import ast
from qiskit.circuit import Barrier, Delay, Reset

from app.circuits.openqasm3.applying import Applying
from app.circuits.openqasm3.assigning import Assigning
from app.circuits.openqasm3.errors import Refusal, exceeded, refuse
from app.circuits.openqasm3.expressions import Evaluator
from app.circuits.openqasm3.functions import CONSTANTS
from app.circuits.openqasm3.gates import Gates
from app.circuits.openqasm3.operands import Operands
from app.circuits.openqasm3.scope import BitAlias, BitRegister, GateSymbol, QubitRegister, Scope, Subroutine
from app.circuits.openqasm3.standard_gates import STDGATES
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.types import Duration, Kind, Type
from app.errors import LimitExceededError


class Flow(Enum):
    """What follows a statement: the next one, or the end of a loop, iteration, subroutine or program."""

    NEXT = auto()
    BREAK = auto()
    CONTINUE = auto()
    RETURN = auto()
    END = auto()


class Ended(Exception):
    """A subroutine has ended the program (``end``) during the statement that calls it."""


_RESET = Reset()
_NOP = "nop"
_NOT_SUPPORTED = {
    ast.CalibrationStatement: "'cal' is not supported: pulses cannot be simulated; write gates",
    ast.CalibrationDefinition: "'defcal' is not supported: pulses cannot be simulated; write a 'gate'",
    ast.CalibrationGrammarDeclaration: "'defcalgrammar' is not supported: pulses cannot be simulated",
    ast.ExternDeclaration: "'extern' is not supported: no other program can be called; write a 'def'",
}


class Statements:
    """Executes all statements except control flow, which ``ControlFlow`` executes."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.evaluator = Evaluator(state)
        self.operands = Operands(state, self.evaluator)
        self.gates = Gates(state, self.evaluator)
        self.assigning = Assigning(state, self.evaluator, self.operands)
        self.applying = Applying(state, self.evaluator, self.operands, self.gates)
        state.measure = self.assigning.measured
        self._handlers: dict[type[ast.QASMNode], Callable[[Any], Flow | None]] = {
            ast.QubitDeclaration: self._qubits,
            ast.ClassicalDeclaration: self.assigning.declare,
            ast.ConstantDeclaration: self.assigning.declare_constant,
            ast.IODeclaration: self.assigning.declare_io,
            ast.ClassicalAssignment: self.assigning.assign,
            ast.QuantumMeasurementStatement: self.assigning.measure,
            ast.QuantumGate: self._gate,
            ast.QuantumPhase: self.applying.gate,
            ast.QuantumReset: self._reset,
            ast.QuantumBarrier: self._barrier,
            ast.DelayInstruction: self._delay,
            ast.QuantumGateDefinition: self._define_gate,
            ast.SubroutineDefinition: self._define,
            ast.AliasStatement: self._alias,
            ast.ExpressionStatement: self._expression,
            ast.Include: self._include,
            ast.Pragma: lambda node: self._note(node, "the pragma is ignored"),
            ast.Box: self._box,
            ast.CompoundStatement: lambda node: self.block(node.statements),
            ast.EndStatement: lambda _node: Flow.END,
            ast.BreakStatement: lambda _node: Flow.BREAK,
            ast.ContinueStatement: lambda _node: Flow.CONTINUE,
        }

    def add_handlers(self, handlers: dict[type[ast.QASMNode], Callable[[Any], Flow | None]]) -> None:
        """Add the statements of control flow."""
        self._handlers.update(handlers)

    def run(self, statements: Sequence[ast.QASMNode]) -> Flow:
        """Execute statements in the current scope; ``ControlFlow.run`` replaces this method."""
        for statement in statements:
            flow = self.one(statement)
            if flow is not Flow.NEXT:
                return flow
        return Flow.NEXT

    def block(self, statements: Sequence[ast.QASMNode]) -> Flow:
        """Execute statements in a scope of their own."""
        outer = self.state.scope
        self.state.scope = Scope(outer)
        try:
            return self.run(statements)
        finally:
            self.state.scope = outer

    def one(self, statement: ast.QASMNode) -> Flow:
        """Execute a statement.

        Raises:
            app.errors.InvalidProgramError: with the place of what is wrong.
        """
        kind = type(statement)
        handler = self._handlers.get(kind)
        if handler is None:
            raise refuse(statement, _NOT_SUPPORTED.get(kind, "this statement is not supported here"))
        span = statement.span
        if span is not None:
            self.state.builder.place = (span.start_line, span.start_column + 1)
        self.state.step()
        for annotation in getattr(statement, "annotations", ()):
            self._note(annotation, f"the annotation '@{annotation.keyword}' is ignored")
        try:
            return handler(statement) or Flow.NEXT
        except Ended:
            return Flow.END
        except Refusal as error:
            raise refuse(statement, error.sentence) from error
        except LimitExceededError as error:
            raise exceeded(statement, error) from error

    def _note(self, node: ast.QASMNode, sentence: str) -> None:
        span = node.span
        place = f"line {span.start_line}, column {span.start_column + 1}: " if span else ""
        if f"{place}{sentence}" not in self.state.notes:
            self.state.notes.append(f"{place}{sentence}")

    def _qubits(self, node: ast.QubitDeclaration) -> None:
        name = node.qubit.name
        self._require_global("a qubit is declared")
        if name in CONSTANTS:
            raise Refusal(f"'{name}' is a built-in constant")
        size = 1 if node.size is None else self.evaluator.integer(node.size, "the size of a register")
        if size < 1:
            raise Refusal("the size of a register must be positive")
        qubits = self.state.builder.add_qubits(name, size, self.state.qubit_limit)
        self.state.scope.declare(name, QubitRegister(name, qubits, node.size is None))

    def _gate(self, node: ast.QuantumGate) -> None:
        symbol = self.evaluator.symbol_or_none(node, node.name.name)
        if isinstance(symbol, Subroutine):  # the syntax of calls before the language was final
            if node.modifiers:
                raise Refusal("a subroutine takes no modifiers: write a 'gate'")
            self.state.call(node, node.name.name, symbol, _sorted_arguments(symbol, node))
            return
        if symbol is None and node.name.name == _NOP and not node.arguments and not node.modifiers:
            for operand in node.qubits:
                self.operands.qubits(operand)
            return
        if symbol is None:
            hint = ': write include "stdgates.inc";' if node.name.name in STDGATES else ""
            raise Refusal(f"gate '{node.name.name}' is not defined{hint}")
        self.applying.gate(node)

    def _expression(self, node: ast.ExpressionStatement) -> None:
        call = node.expression
        if isinstance(call, ast.FunctionCall):
            symbol = self.evaluator.symbol_or_none(call, call.name.name)
            if isinstance(symbol, Subroutine):
                self.state.call(call, call.name.name, symbol, call.arguments)
                return
        if isinstance(call, ast.Identifier):
            symbol = self.evaluator.symbol_or_none(call, call.name)
            if isinstance(symbol, GateSymbol):
                gate = ast.QuantumGate([], call, [], [])
                gate.span = node.span
                self.applying.gate(gate)
                return
            if symbol is None and call.name == _NOP:
                return
        self.evaluator.value(call)

    def _reset(self, node: ast.QuantumReset) -> None:
        for qubit in self.operands.qubits(node.qubits).qubits:
            self.state.builder.append(_RESET, (qubit,))

    def _barrier(self, node: ast.QuantumBarrier) -> None:
        qubits = [qubit for each in node.qubits for qubit in self.operands.qubits(each).qubits]
        qubits = list(dict.fromkeys(qubits if node.qubits else self.state.builder.qubits))
        if qubits:
            self.state.builder.append(Barrier(len(qubits)), qubits)

    def _delay(self, node: ast.DelayInstruction) -> None:
        value = self.evaluator.known(node.duration, "a duration")
        if not isinstance(value.data, Duration):
            raise refuse(node.duration, f"'delay' needs a duration such as 100ns, and not a {value.type}")
        if value.data.length < 0:
            raise refuse(node.duration, "a delay cannot be negative")
        length = value.data.length
        if value.data.unit == "dt":
            if length != int(length):
                raise refuse(node.duration, "a delay in 'dt' must be a whole number")
            length = int(length)
        qubits = [qubit for each in node.qubits for qubit in self.operands.qubits(each).qubits]
        for qubit in qubits if node.qubits else self.state.builder.qubits:
            self.state.builder.append(Delay(length, value.data.unit), (qubit,))

    def _include(self, node: ast.Include) -> None:
        self._require_global("'include' stands")
        self.gates.include(node.filename)

    def _define_gate(self, node: ast.QuantumGateDefinition) -> None:
        self._require_global("a gate is defined")
        self.gates.define(node)

    def _require_global(self, what: str) -> None:
        if self.state.scope.outer is not None:
            raise Refusal(f"{what} outside all blocks")

    def _define(self, node: ast.SubroutineDefinition) -> None:
        self._require_global("a subroutine ('def') is defined")
        names = [each.name.name for each in node.arguments]
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled is not None:
            raise Refusal(f"'{doubled}' stands twice in the head of '{node.name.name}'")
        self.state.scope.declare(node.name.name, Subroutine(node))

    def _alias(self, node: ast.AliasStatement) -> None:
        name = node.target.name
        first: ast.QASMNode = node.value
        while isinstance(first, ast.Concatenation | ast.IndexExpression):
            first = first.lhs if isinstance(first, ast.Concatenation) else first.collection
        if not isinstance(first, ast.Identifier):
            raise Refusal("an alias needs registers: names, indices and '++'")
        if first.name.startswith("$"):
            raise Refusal(
                "an alias needs registers, and not a physical qubit: write its name where it is used"
            )
        if isinstance(self.evaluator.symbol(first, first.name), QubitRegister):
            found = self.operands.qubits(node.value)
            if len(set(found.qubits)) < len(found.qubits):
                raise Refusal(f"the alias '{name}' has the same qubit twice")
            self.state.scope.declare(name, QubitRegister(name, list(found.qubits), found.is_single))
            return
        self.state.scope.declare(name, self._bit_alias(name, node.value))

    def _bit_alias(self, name: str, node: ast.QASMNode) -> BitRegister | BitAlias:
        places, kind = self.assigning.alias_places(node)
        if kind.kind is not Kind.BIT:
            raise Refusal("an alias needs a register of qubits or bits")
        registers = [symbol for symbol, _ in places if isinstance(symbol, BitRegister)]
        if len(registers) == len(places):
            bits = [symbol.bits[place] for symbol, place in places if isinstance(symbol, BitRegister)]
            return BitRegister(name, kind, bits)
        if registers:
            raise Refusal("an alias cannot join registers of the program with local ones")
        return BitAlias(Type(Kind.BIT, kind.width), places)

    def _box(self, node: ast.Box) -> Flow:
        if node.duration is not None:
            value = self.evaluator.known(node.duration, "the duration of a box")
            if not isinstance(value.data, Duration):
                raise refuse(node.duration, "'box' needs a duration such as 100ns")
            if value.data.length < 0:
                raise refuse(node.duration, "the duration of a box cannot be negative")
            self._note(node, "the duration of the box is ignored: gates have no length here")
        return self.block(node.body)


def _sorted_arguments(symbol: Subroutine, node: ast.QuantumGate) -> list[ast.Expression]:
    """Return arguments in the order of the definition: those in brackets are classical, the others qubits."""
    classical, quantum = list(node.arguments), list(node.qubits)
    arguments: list[Any] = []
    for wanted in symbol.definition.arguments:
        source = quantum if isinstance(wanted, ast.QuantumArgument) else classical
        if source:
            arguments.append(source.pop(0))
    return arguments + classical + quantum
