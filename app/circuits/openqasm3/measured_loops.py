"""``while`` loops that depend on measurements: their body is read once, for all iterations."""

from functools import partial

from openqasm3 import ast
from qiskit.circuit import Clbit

from app.circuits.openqasm3 import logic
from app.circuits.openqasm3.branching import stored_bits_of, texts_of
from app.circuits.openqasm3.builder import Block
from app.circuits.openqasm3.frames import Frames
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.scope import BitAlias, Variable
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.statements import Flow, Statements
from app.circuits.openqasm3.types import BOOL, INTEGERS, MACHINE_BITS, Value, extended, from_pattern, pattern
from app.circuits.openqasm3.written import assigned_symbols
from app.circuits.origins import BlockCondition

Places = dict[Variable, tuple[Bit, ...]]
"""The hidden bits of the variables that a loop's body assigns."""


class MeasuredLoops:
    """Executes ``while`` loops that depend on measurements."""

    def __init__(self, state: State, statements: Statements, frames: Frames) -> None:
        self._state, self._statements, self._frames = state, statements, frames

    def execute(self, node: ast.WhileLoop, first: Value | None) -> Flow:
        """Append a loop.

        Args:
            first: the value of the condition before the first iteration, if instructions computed it already.

        Raises:
            InvalidProgramError: a variable that the body assigns cannot depend on a measurement.
        """
        state = self._state
        places = {variable: self._begin(variable) for variable in self._variables(node)}
        state.builder.known = {}
        state.loops += 1
        self._frames.enter(Flow.BREAK)
        try:
            self._append(node, places, first)
        finally:
            self._frames.exit()
            state.loops -= 1
        for variable, bits in places.items():
            state.assign(variable, from_pattern(variable.type, bits))
        return Flow.NEXT

    def _append(self, node: ast.WhileLoop, places: Places, first: Value | None) -> None:
        bit, text, is_repeated = self._condition(node.while_condition, first)
        block = self._iteration(node, places, bit if is_repeated else None)
        left = self._frames.left()
        if left is not False:
            bit = logic.both(bit, logic.negated(left))
        if left is not False or is_repeated:
            text = BlockCondition(text.text, tuple(logic.reads_of(bit)))
        self._state.builder.loop(bit, block, text)

    def _condition(self, node: ast.Expression, first: Value | None) -> tuple[Bit, BlockCondition, bool]:
        """Return the condition's bit, its text, and whether each iteration computes it by instructions."""
        builder = self._state.builder
        before = builder.position
        condition = first or self._statements.evaluator.boolean(node)
        if not condition.is_runtime:
            condition = from_pattern(BOOL, (builder.fixed(bool(condition.data)),))
        is_repeated = first is not None or builder.position != before
        text, _opposite = texts_of(node, condition)
        (bit,) = pattern(condition)
        return builder.fixed(bit) if is_repeated else bit, text, is_repeated

    def _iteration(self, node: ast.WhileLoop, places: Places, stored: Bit | None) -> Block:
        """Return the instructions of one iteration; they write the condition into the bit ``stored``."""
        state, builder = self._state, self._state.builder
        builder.open()
        state.logs.append({})
        self._frames.enter(Flow.CONTINUE)
        flow = self._statements.block(node.block)
        self._frames.exit()
        if flow not in (Flow.NEXT, Flow.CONTINUE):
            self._frames.leave(flow)
        elif stored is not None:
            self._frames.unless_left(partial(self._evaluate_again, node.while_condition, stored))
        self._end_iteration(places)
        builder.known = {}
        for variable, value in state.logs.pop().items():
            variable.value = value
        return builder.close()

    def _evaluate_again(self, node: ast.Expression, stored: Clbit) -> Flow:
        again = self._statements.evaluator.boolean(node)
        self._state.builder.store(stored, pattern(again)[0])
        return Flow.NEXT

    def _variables(self, node: ast.WhileLoop) -> list[Variable]:
        """Return the variables declared outside the loop that its body assigns, also through aliases."""
        found: dict[Variable, None] = {}
        for symbol in assigned_symbols(node.block, self._state.scope):
            if isinstance(symbol, Variable) and not symbol.is_const:
                found[symbol] = None
            elif isinstance(symbol, BitAlias):
                found.update(dict.fromkeys(variable for variable, _ in symbol.places))
        return list(found)

    def _begin(self, variable: Variable) -> tuple[Bit, ...]:
        """Move a variable into hidden bits of its own, which each iteration reads and writes."""
        (bits,) = stored_bits_of(variable, variable.value)
        if variable.type.width is None and variable.type.kind in INTEGERS:
            bits = extended(variable.value, MACHINE_BITS)
        places = tuple(self._state.builder.fixed(bit) for bit in bits)
        self._state.assign(variable, Value(variable.type, places))
        return places

    def _end_iteration(self, places: Places) -> None:
        """Store the variables for the next iteration.

        A value that reads one of their hidden bits is copied before that bit is overwritten.
        """
        builder = self._state.builder
        own = {place for bits in places.values() for place in bits}
        pairs = []
        for variable, bits in places.items():
            for place, value in zip(bits, extended(variable.value, len(bits)), strict=True):
                if value is not place:
                    pairs.append((place, builder.copied(value) if logic.reads_of(value) & own else value))
        for place, value in pairs:
            builder.store(place, value)
