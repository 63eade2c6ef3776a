"""Conditions that depend on measurements: both branches are read, then their variables are joined.

A variable that the branches leave with different values gets hidden bits, into which each branch stores its
value. What leaves a block early (``break``, ``continue``, ``return``, ``end``) under such a condition sets a
hidden bit, a flag; what follows stands under the condition that no flag is set.
"""

from collections.abc import Callable, Sequence

from openqasm3 import ast, printer

from app.circuits.openqasm3 import logic
from app.circuits.openqasm3.builder import Block
from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.scope import Variable
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.statements import Flow
from app.circuits.openqasm3.types import (
    INTEGERS,
    PATTERNS,
    Kind,
    Value,
    extended,
    from_pattern,
    pattern,
    storage_width,
)
from app.circuits.origins import BlockCondition

Body = Callable[[], Flow]


class Flag:
    """A hidden bit that is 1 if a construct was left early; it is set to 0 where the construct begins."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._position = state.builder.position
        self._repeats = state.loops > 0
        self.bit: Bit = False
        self.times = 0

    def set(self) -> None:
        """Append the instruction that sets the flag."""
        builder = self._state.builder
        self.times += 1
        if isinstance(self.bit, bool):
            self.bit = builder.hidden_bit()
            if self._repeats:
                builder.insert_reset(self._position, self.bit)
        builder.store(self.bit, True)
        builder.known.pop(self.bit, None)


def branch(
    state: State,
    condition: Value,
    texts: tuple[BlockCondition, BlockCondition],
    bodies: tuple[Body, Body],
    leave: Callable[[Flow], None],
) -> Flow:
    """Append an ``if`` on a condition that depends on a measurement, and join what its branches assigned.

    ``leave`` sets the flag of a flow. If both branches end by the same flow, this is returned without a flag.
    """
    builder = state.builder
    (bit,) = pattern(condition)
    known = dict(builder.known)
    blocks: list[Block] = []
    flows: list[Flow] = []
    changes: list[dict[Variable, Value]] = []
    knowledge = []
    for body in bodies:
        builder.known = dict(known)
        builder.open()
        state.logs.append({})
        flows.append(body())
        before = state.logs.pop()
        changes.append({variable: variable.value for variable in before})
        for variable, value in before.items():
            variable.value = value
        knowledge.append(builder.known)
        blocks.append(builder.close())
    if flows[0] is not flows[1]:
        for flow, block in zip(flows, blocks, strict=True):
            if flow is not Flow.NEXT:
                builder.reopen(block)
                leave(flow)
                builder.close()
    _join(state, blocks, changes)
    builder.known = {each: value for each, value in knowledge[0].items() if knowledge[1].get(each) is value}
    builder.branch(bit, blocks, texts)
    return flows[0] if flows[0] is flows[1] else Flow.NEXT


def _join(state: State, blocks: Sequence[Block], changes: Sequence[dict[Variable, Value]]) -> None:
    for variable in dict.fromkeys([*changes[0], *changes[1]]):
        if variable.depth > state.depth:
            continue  # declared within the branch
        first, second = (each.get(variable, variable.value) for each in changes)
        if first == second:
            state.assign(variable, first)
            continue
        sides = stored_bits_of(variable, first, second)
        joined: list[Bit] = []
        for bits in zip(*sides, strict=True):
            if bits[0] is bits[1]:
                joined.append(bits[0])
                continue
            storage = state.builder.hidden_bit()
            joined.append(storage)
            for block, bit in zip(blocks, bits, strict=True):
                state.builder.reopen(block)
                state.builder.store(storage, bit)
                state.builder.close()
            state.builder.known.pop(storage, None)
        state.assign(variable, from_pattern(variable.type, tuple(joined)))


def stored_bits_of(variable: Variable, *values: Value) -> list[tuple[Bit, ...]]:
    """Return the bits of values of a variable, of one length.

    Raises:
        Refusal: the variable's type cannot depend on a measurement.
    """
    kind = variable.type
    if kind.kind not in PATTERNS or (kind.kind is Kind.ANGLE and kind.width is None):
        wanted = "an angle[n]" if kind.kind is Kind.ANGLE else "an int, a uint or a bit"
        raise Refusal(
            f"'{variable.name}' is a {kind}, and its value would depend on a measurement: use {wanted}"
        )
    width = storage_width(kind)
    if kind.kind in INTEGERS and kind.width is None:
        width = max(_needed(value) for value in values)
    return [extended(value, width) for value in values]


def _needed(value: Value) -> int:
    return value.data.bit_length() + 1 if isinstance(value.data, int) else len(pattern(value))


def texts_of(node: ast.QASMNode, condition: Value) -> tuple[BlockCondition, BlockCondition]:
    """Return the conditions of the two branches: the terms where the condition is a list of comparisons."""
    reads = tuple(logic.reads_of(pattern(condition)[0]))
    text = printer.dumps(node).strip()
    terms = condition.terms
    if terms is not None:
        reads = tuple(dict.fromkeys(bit for term in terms for bit in term.bits))
    opposite = None
    if terms is not None and len(terms) == 1:
        opposite = (terms[0]._replace(equal=not terms[0].equal),)
    return BlockCondition(text, reads, terms), BlockCondition(f"!({text})", reads, opposite)
