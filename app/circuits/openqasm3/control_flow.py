"""Control flow: what is known before the program runs is unrolled, the rest becomes ``if`` and ``while``."""

from collections.abc import Sequence
from functools import partial, reduce
from typing import NamedTuple

from openqasm3 import ast

from app.circuits.openqasm3 import logic, operators
from app.circuits.openqasm3.branching import Body, Flag, branch, stored_bits_of, texts_of
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.loops import loop_values
from app.circuits.openqasm3.scope import Scope, Variable
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.statements import Flow, Statements
from app.circuits.openqasm3.subroutines import Subroutines
from app.circuits.openqasm3.types import BOOL, INTEGERS, Kind, Value, from_pattern, pattern
from app.circuits.openqasm3.written import assigned_names, measured_names, names_in
from app.circuits.origins import BlockCondition

_SWITCHED = frozenset({Kind.INT, Kind.UINT, Kind.BIT, Kind.BOOL})


class _Frame(NamedTuple):
    """A construct that can be left early, by the flows that leave it."""

    flags: dict[Flow, Flag]


class ControlFlow:
    """Executes the statements that decide which others are executed."""

    def __init__(self, state: State, statements: Statements) -> None:
        self._state, self._statements = state, statements
        self._frames: list[_Frame] = [_Frame({Flow.END: Flag(state)})]
        self._subroutines = Subroutines(state, statements, self)
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
        """Execute statements; after one that may have left a construct early, under a condition."""
        for place, statement in enumerate(statements):
            before = self._times_left()
            flow = self._statements.one(statement)
            if flow is not Flow.NEXT:
                return flow
            if self._times_left() != before and place + 1 < len(statements):
                return self._unless_left(partial(self.run, statements[place + 1 :]))
        return Flow.NEXT

    def enter(self, *flows: Flow) -> _Frame:
        """Begin a construct that these flows leave."""
        frame = _Frame({flow: Flag(self._state) for flow in flows})
        self._frames.append(frame)
        return frame

    def exit(self) -> None:
        """End the innermost construct."""
        self._frames.pop()

    def _times_left(self) -> int:
        """Return how many instructions so far set a flag of a construct that is open."""
        return sum(flag.times for frame in self._frames for flag in frame.flags.values())

    def _left(self) -> Bit:
        """Return the bit that says whether any construct was left early, under a condition."""
        bits = [flag.bit for frame in self._frames for flag in frame.flags.values()]
        bits = [bit for bit in bits if bit is not False]
        return logic.any_of(bits)

    def _unless_left(self, body: Body) -> Flow:
        left = self._left()
        if isinstance(left, bool):
            return body()
        condition = from_pattern(BOOL, (logic.negated(left),))
        reads = tuple(logic.reads_of(left))
        text = "the loop or subroutine was not left before"
        texts = (BlockCondition(text, reads), BlockCondition(f"!({text})", reads))
        return branch(self._state, condition, texts, (body, lambda: Flow.NEXT), self._leave)

    def _leave(self, flow: Flow) -> None:
        for frame in reversed(self._frames):
            if flow in frame.flags:
                frame.flags[flow].set()
                return

    def _if(self, node: ast.BranchingStatement) -> Flow:
        condition = self._statements.evaluator.boolean(node.condition)
        if not condition.is_runtime:
            return self._statements.block(node.if_block if condition.data else node.else_block)
        return branch(
            self._state,
            condition,
            texts_of(node.condition, condition),
            (lambda: self._statements.block(node.if_block), lambda: self._statements.block(node.else_block)),
            self._leave,
        )

    def _switch(self, node: ast.SwitchStatement) -> Flow:
        target = self._statements.evaluator.value(node.target)
        if target.type.kind not in _SWITCHED:
            raise refuse(
                node.target, f"'switch' needs an integer, a bit or a register, and not a {target.type}"
            )
        if not node.cases:
            raise refuse(node, "'switch' needs a 'case' at least")
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
            self._leave,
        )

    def _matches(
        self, node: ast.Expression, target: Value, values: Sequence[ast.Expression]
    ) -> tuple[Value, ast.Expression]:
        """Return whether a switch's target is one of some values, and the expression that says so."""
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
        loop = self.enter(Flow.BREAK)
        try:
            for value in loop_values(node, self._statements.evaluator, self._state):
                self._state.turn()
                self._state.scope = Scope(outer)
                variable = Variable(node.identifier.name, value.type, value, depth=self._state.depth)
                self._state.scope.declare(node.identifier.name, variable)
                flow = self._turn(node.block, loop)
                if flow in (Flow.RETURN, Flow.END):
                    return flow
                if flow is Flow.BREAK:
                    break
        finally:
            self._state.scope = outer
            self.exit()
        return Flow.NEXT

    def _turn(self, block: Sequence[ast.Statement], loop: _Frame) -> Flow:
        """Execute one turn of an unrolled loop, if no turn before left the loop."""
        self.enter(Flow.CONTINUE)
        try:
            flow = self._unless_left(lambda: self._statements.block(block))
        finally:
            self.exit()
        return Flow.NEXT if flow is Flow.CONTINUE else flow

    def _while(self, node: ast.WhileLoop) -> Flow:
        is_runtime = bool(names_in(node.while_condition) & measured_names(node.block, self._state.scope))
        while not is_runtime:
            condition = self._statements.evaluator.boolean(node.while_condition)
            if condition.is_runtime:
                break
            if not condition.data:
                return Flow.NEXT
            self._state.turn()
            loop = self.enter(Flow.BREAK)
            try:
                flow = self._turn(node.block, loop)
                was_left = loop.flags[Flow.BREAK].bit is not False
            finally:
                self.exit()
            if flow in (Flow.RETURN, Flow.END):
                return flow
            if flow is Flow.BREAK:
                return Flow.NEXT
            if was_left:
                raise refuse(
                    node,
                    "the turns of this 'while' are known before the program runs, but its 'break' depends "
                    "on a measurement: write a 'for'",
                )
        return self._runtime_while(node)

    def _runtime_while(self, node: ast.WhileLoop) -> Flow:
        state, builder = self._state, self._state.builder
        variables = self._loop_variables(node)
        places = {variable: self._begin(variable) for variable in variables}
        builder.known = {}
        state.loops += 1
        self.enter(Flow.BREAK)
        try:
            before = builder.position
            condition = self._statements.evaluator.boolean(node.while_condition)
            if not condition.is_runtime:
                condition = from_pattern(BOOL, (builder.fixed(bool(condition.data)),))
            is_repeated = builder.position != before
            texts = texts_of(node.while_condition, condition)
            (bit,) = pattern(condition)
            if is_repeated:
                bit = builder.fixed(bit)
            builder.open()
            state.logs.append({})
            self.enter(Flow.CONTINUE)
            flow = self._statements.block(node.block)
            self.exit()
            if flow not in (Flow.NEXT, Flow.CONTINUE):
                self._leave(flow)
            if is_repeated:
                again = pattern(self._statements.evaluator.boolean(node.while_condition))[0]
                builder.store(bit, again)
            self._end_turn(places)
            builder.known = {}
            before_values = state.logs.pop()
            for variable, value in before_values.items():
                variable.value = value
            block = builder.close()
            left = [
                flag.bit for frame in self._frames for flag in frame.flags.values() if flag.bit is not False
            ]
            text = texts[0]
            if left:
                bit = logic.both(bit, logic.negated(logic.any_of(left)))
                text = BlockCondition(text.text, tuple(logic.reads_of(bit)))
            elif is_repeated:
                text = BlockCondition(text.text, tuple(logic.reads_of(bit)))
            builder.loop(bit, block, text)
        finally:
            self.exit()
            state.loops -= 1
        for variable, bits in places.items():
            state.assign(variable, from_pattern(variable.type, bits))
        return Flow.NEXT

    def _loop_variables(self, node: ast.WhileLoop) -> list[Variable]:
        """Return the variables of outside that the loop's body assigns."""
        found = [self._state.scope.find(name) for name in sorted(assigned_names(node.block))]
        return [symbol for symbol in found if isinstance(symbol, Variable) and not symbol.is_const]

    def _begin(self, variable: Variable) -> tuple[Bit, ...]:
        """Move a variable into hidden bits of its own, which each turn reads and writes."""
        (bits,) = stored_bits_of(variable, variable.value)
        if variable.type.width is None and variable.type.kind in INTEGERS:
            full = Value(variable.type._replace(width=64), variable.value.data)
            bits = (
                pattern(full) if isinstance(variable.value.data, int) else bits + bits[-1:] * (64 - len(bits))
            )
        places = tuple(self._state.builder.fixed(bit) for bit in bits)
        self._state.assign(variable, Value(variable.type, places))
        return places

    def _end_turn(self, places: dict[Variable, tuple[Bit, ...]]) -> None:
        """Store the variables for the next turn; what reads one of their places is saved first."""
        builder = self._state.builder
        own = {place for bits in places.values() for place in bits}
        pairs = []
        for variable, bits in places.items():
            (values,) = stored_bits_of(variable, variable.value)
            values = (values + values[-1:] * len(bits))[: len(bits)]
            for place, value in zip(bits, values, strict=True):
                if value is not place:
                    pairs.append((place, builder.copied(value) if logic.reads_of(value) & own else value))
        for place, value in pairs:
            builder.store(place, value)
