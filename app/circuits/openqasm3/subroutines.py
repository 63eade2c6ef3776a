"""Subroutines (``def``): each call is replaced by the body."""

from collections.abc import Sequence
from typing import cast as cast_type

from openqasm3 import ast
from qiskit.circuit import Qubit

from app.circuits.openqasm3.declared_types import type_of
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.frames import Frames
from app.circuits.openqasm3.scope import RESULT, Array, QubitRegister, Scope, Subroutine, Symbol, Variable
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.statements import Ended, Flow, Statements
from app.circuits.openqasm3.types import Type, Value, zero
from app.circuits.origins import CallSite


class Subroutines:
    """Inlines calls."""

    def __init__(self, state: State, statements: Statements, frames: Frames) -> None:
        self._state, self._statements, self._frames = state, statements, frames
        state.call = self.call
        self._open: list[str] = []

    def call(
        self, node: ast.QASMNode, name: str, symbol: Subroutine, arguments: list[ast.Expression]
    ) -> Value | None:
        """Execute a call and return its result, or None.

        Raises:
            InvalidProgramError: the arguments do not fit, or the subroutine calls itself.
        """
        definition = symbol.definition
        if name in self._open:
            raise refuse(node, f"'{name}' calls itself: recursion is not supported; write a loop")
        outer, place, calls = self._state.scope, self._state.builder.place, self._state.builder.calls
        inner = self._scope_of_call(node, name, definition, arguments)
        result = None
        if definition.return_type is not None:
            kind = type_of(definition.return_type, self._statements.evaluator.integer)
            result = Variable(RESULT, kind, zero(kind), depth=self._state.depth)
            inner.names[RESULT] = result
        span = node.span
        site = CallSite(name, *((span.start_line, span.start_column + 1) if span else place))
        self._state.scope, self._state.builder.calls = inner, (*calls, site)
        self._open.append(name)
        frame = self._frames.enter(Flow.RETURN)
        try:
            flow = self._statements.run(definition.body)
        finally:
            self._frames.exit()
            self._open.pop()
            self._state.scope, self._state.builder.calls = outer, calls
            self._state.builder.place = place
        if flow is Flow.END:
            raise Ended
        if result is not None and flow is not Flow.RETURN and not frame.flags[Flow.RETURN].times:
            raise refuse(node, f"'{name}' ends without a 'return'")
        return None if result is None else result.value

    def _scope_of_call(
        self,
        node: ast.QASMNode,
        name: str,
        definition: ast.SubroutineDefinition,
        arguments: Sequence[ast.Expression],
    ) -> Scope:
        """Return the scope of a subroutine's body, with its arguments."""
        if len(arguments) != len(definition.arguments):
            raise refuse(node, f"'{name}' takes {len(definition.arguments)} arguments, not {len(arguments)}")
        inner = Scope(_outermost(self._state.scope), is_subroutine=True)
        used: list[Qubit] = []
        for wanted, given in zip(definition.arguments, arguments, strict=True):
            argument = self._argument(name, wanted, given)
            inner.declare(wanted.name.name, argument)
            used += argument.qubits if isinstance(argument, QubitRegister) else []
        if len(set(used)) < len(used):
            raise refuse(node, f"'{name}' is given the same qubit twice")
        return inner

    def execute_return(self, node: ast.ReturnStatement) -> Flow:
        """Give the result its value, and leave the subroutine."""
        if not self._open:
            raise Refusal("'return' stands outside of every subroutine")
        result = self._state.scope.find(RESULT)
        if node.expression is None:
            if isinstance(result, Variable):
                raise Refusal(f"this 'return' needs a value: the subroutine returns a {result.type}")
            return Flow.RETURN
        if not isinstance(result, Variable):
            raise Refusal("this subroutine returns nothing: write '->' and a type in its head")
        value = self._statements.evaluator.converted(node.expression, result.type)
        self._state.assign(result, self._state.kept(value))
        return Flow.RETURN

    def _argument(
        self, name: str, wanted: ast.ClassicalArgument | ast.QuantumArgument, given: ast.Expression
    ) -> Symbol:
        evaluator = self._statements.evaluator
        if isinstance(wanted, ast.QuantumArgument):
            found = self._statements.operands.qubits(given)
            size = 1 if wanted.size is None else evaluator.integer(wanted.size, "the size of a register")
            if len(found.qubits) != size:
                raise refuse(
                    given,
                    f"'{wanted.name.name}' of '{name}' has {size} qubits, and is given {len(found.qubits)}",
                )
            return QubitRegister(wanted.name.name, list(found.qubits), wanted.size is None)
        if isinstance(wanted.type, ast.ArrayReferenceType):
            return self._array(wanted, given)
        kind = type_of(wanted.type, evaluator.integer)
        value = self._state.kept(evaluator.converted(given, kind))
        return Variable(wanted.name.name, kind, value, depth=self._state.depth)

    def _array(self, wanted: ast.ClassicalArgument, given: ast.Expression) -> Array:
        found = self._statements.evaluator.array_of(given)
        if found is None:
            raise refuse(given, f"'{wanted.name.name}' needs the name of an array")
        symbol = found[0]
        evaluator, reference = self._statements.evaluator, cast_type(ast.ArrayReferenceType, wanted.type)
        element: Type = type_of(reference.base_type, evaluator.integer)
        if element != symbol.element:
            raise refuse(given, f"'{wanted.name.name}' has elements of {element}, not of {symbol.element}")
        sizes = reference.dimensions
        if isinstance(sizes, list):
            shape = tuple(evaluator.integer(each, "the size of an array") for each in sizes)
            if shape != symbol.shape:
                raise refuse(given, f"'{wanted.name.name}' has another shape")
        elif evaluator.integer(sizes, "the number of dimensions") != len(symbol.shape):
            raise refuse(given, f"'{wanted.name.name}' has another number of dimensions")
        readonly = symbol.is_readonly or (wanted.access is ast.AccessControl.readonly)
        return Array(symbol.element, symbol.shape, symbol.values, symbol.places, readonly)


def _outermost(scope: Scope) -> Scope:
    while scope.outer is not None:
        scope = scope.outer
    return scope
