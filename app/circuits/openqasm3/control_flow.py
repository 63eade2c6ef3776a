"""Control flow. Loops and branches on known values are unrolled; others become ``if`` and ``while``."""

from collections.abc import Sequence
from functools import partial, reduce

from openqasm3 import ast

from app.circuits.openqasm3 import logic, operators
from app.circuits.openqasm3.branching import branch, texts_of
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.frames import Frames
from app.circuits.openqasm3.loops import loop_values
from app.circuits.openqasm3.measured_loops import MeasuredLoops
from app.circuits.openqasm3.scope import Scope, Variable
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.statements import Flow, Statements
from app.circuits.openqasm3.subroutines import Subroutines
from app.circuits.openqasm3.types import BOOL, Kind, Value, from_pattern, pattern
from app.circuits.openqasm3.written import measured_names, names_in

_SWITCHED = frozenset({Kind.INT, Kind.UINT, Kind.BIT, Kind.BOOL})


class ControlFlow:
    """Executes the statements that decide which others are executed."""

    def __init__(self, state: State, statements: Statements) -> None:
        self._state, self._statements = state, statements
        self._frames = Frames(state)
        self._measured_loops = MeasuredLoops(state, statements, self._frames)
        self._subroutines = Subroutines(state, statements, self._frames)
        statements.run = self.run  # type: ignore[method-assign]
        statements.add_handlers(
            {
                ast.BranchingStatement: self._if,
                ast.ForInLoop: self._for,
                ast.WhileLoop: self._while,
                ast.SwitchStatement: self._switch,
                ast.ReturnStatement: self._subroutines.execute_return,
            }
        )

    def run(self, statements: Sequence[ast.QASMNode]) -> Flow:
        """Execute statements. If one may have left a construct early, those after it get a condition."""
        for place, statement in enumerate(statements):
            before = self._frames.times_left()
            flow = self._statements.one(statement)
            if flow is not Flow.NEXT:
                return flow
            if self._frames.times_left() != before and place + 1 < len(statements):
                return self._frames.unless_left(partial(self.run, statements[place + 1 :]))
        return Flow.NEXT

    def _if(self, node: ast.BranchingStatement) -> Flow:
        condition = self._statements.evaluator.boolean(node.condition)
        if not condition.is_runtime:
            return self._statements.block(node.if_block if condition.data else node.else_block)
        return branch(
            self._state,
            condition,
            texts_of(node.condition, condition),
            (lambda: self._statements.block(node.if_block), lambda: self._statements.block(node.else_block)),
            self._frames.leave,
        )

    def _switch(self, node: ast.SwitchStatement) -> Flow:
        target = self._statements.evaluator.value(node.target)
        if target.type.kind not in _SWITCHED:
            raise refuse(
                node.target, f"'switch' needs an integer, a bit or a register, and not a {target.type}"
            )
        if not node.cases:
            raise refuse(node, "'switch' needs at least one 'case'")
        seen = set()
        for each in (value for values, _ in node.cases for value in values):
            value = self._statements.evaluator.constant(each, "a case").data
            if value in seen:
                raise refuse(each, "this case stands twice in the 'switch'")
            seen.add(value)
        return self._case(node, target, 0)

    def _case(self, node: ast.SwitchStatement, target: Value, number: int) -> Flow:
        if number == len(node.cases):
            return Flow.NEXT if node.default is None else self._statements.block(node.default.statements)
        values, body = node.cases[number]
        condition, text = self._matches(node.target, target, values)
        if not condition.is_runtime:
            return (
                self._statements.block(body.statements)
                if condition.data
                else self._case(node, target, number + 1)
            )
        return branch(
            self._state,
            condition,
            texts_of(text, condition),
            (
                lambda: self._statements.block(body.statements),
                lambda: self._case(node, target, number + 1),
            ),
            self._frames.leave,
        )

    def _matches(
        self, node: ast.Expression, target: Value, values: Sequence[ast.Expression]
    ) -> tuple[Value, ast.Expression]:
        """Return whether the target of a ``switch`` equals one of the values, and that condition as text."""
        matches: list[Value] = []
        texts: list[ast.Expression] = []
        for each in values:
            value = self._statements.evaluator.known(each, "a case of 'switch'")
            try:
                matches.append(operators.binary("==", target, value, self._state.builder.settle))
            except Refusal as error:
                raise refuse(each, error.sentence) from error
            texts.append(ast.BinaryExpression(ast.BinaryOperator["=="], node, each))
        text = reduce(lambda left, right: ast.BinaryExpression(ast.BinaryOperator["||"], left, right), texts)
        if any(match.data is True for match in matches):
            return Value(BOOL, True), text
        matches = [match for match in matches if match.is_runtime]
        if not matches:
            return Value(BOOL, False), text
        if len(matches) == 1:
            return matches[0], text
        bit = logic.any_of([pattern(match)[0] for match in matches])
        return from_pattern(BOOL, (bit,)), text

    def _for(self, node: ast.ForInLoop) -> Flow:
        outer = self._state.scope
        self._frames.enter(Flow.BREAK)
        try:
            for value in loop_values(node, self._statements.evaluator, self._state):
                self._state.count_iteration()
                self._state.scope = Scope(outer)
                variable = Variable(node.identifier.name, value.type, value, depth=self._state.depth)
                self._state.scope.declare(node.identifier.name, variable)
                flow = self._iteration(node.block)
                if flow in (Flow.RETURN, Flow.END):
                    return flow
                if flow is Flow.BREAK:
                    break
        finally:
            self._state.scope = outer
            self._frames.exit()
        return Flow.NEXT

    def _iteration(self, block: Sequence[ast.Statement]) -> Flow:
        """Execute one iteration of an unrolled loop, if no iteration before left the loop."""
        self._frames.enter(Flow.CONTINUE)
        try:
            flow = self._frames.unless_left(lambda: self._statements.block(block))
        finally:
            self._frames.exit()
        return Flow.NEXT if flow is Flow.CONTINUE else flow

    def _while(self, node: ast.WhileLoop) -> Flow:
        is_runtime = bool(names_in(node.while_condition) & measured_names(node.block, self._state.scope))
        while not is_runtime:
            before = self._state.builder.position
            condition = self._statements.evaluator.boolean(node.while_condition)
            if condition.is_runtime:
                has_acted = self._state.builder.position != before
                return self._measured_loops.execute(node, condition if has_acted else None)
            if not condition.data:
                return Flow.NEXT
            self._state.count_iteration()
            loop = self._frames.enter(Flow.BREAK)
            try:
                flow = self._iteration(node.block)
                was_left = loop.flags[Flow.BREAK].bit is not False
            finally:
                self._frames.exit()
            if flow in (Flow.RETURN, Flow.END):
                return flow
            if flow is Flow.BREAK:
                return Flow.NEXT
            if was_left:
                raise refuse(
                    node,
                    "the iterations of this 'while' are known before the program runs, but its 'break' "
                    "depends on a measurement: write a 'for'",
                )
        return self._measured_loops.execute(node, None)
