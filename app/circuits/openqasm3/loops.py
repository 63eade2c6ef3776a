"""The values that the variable of a ``for`` loop takes."""

from collections.abc import Iterator

from openqasm3 import ast

from app.circuits.openqasm3 import logic
from app.circuits.openqasm3.casts import cast
from app.circuits.openqasm3.declared_types import type_of
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.expressions import Evaluator
from app.circuits.openqasm3.scope import BitRegister
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.types import BIT, Kind, Value, from_pattern, pattern
from app.circuits.openqasm3.written import assigned_symbols


def loop_values(node: ast.ForInLoop, evaluator: Evaluator, state: State) -> Iterator[Value]:
    """Return the values of a loop's variable, cast to its type.

    Raises:
        InvalidProgramError: the range is not known before the program runs, or its step is 0.
        LimitExceededError: the range has more values than ``max_operations_qasm3``.
    """
    kind, source = type_of(node.type, evaluator.integer), node.set_declaration
    if isinstance(source, ast.RangeDefinition):
        values = iter(_range(source, evaluator, state))
    elif isinstance(source, ast.DiscreteSet):
        values = (evaluator.known(each, "a loop's value") for each in source.values)
    else:
        values = iter(_unchanged(_collection(source, evaluator), node, state))

    def converted() -> Iterator[Value]:
        for value in values:
            try:
                yield cast(value, kind)
            except Refusal as error:
                raise refuse(source, error.sentence) from error

    return converted()


def _range(node: ast.RangeDefinition, evaluator: Evaluator, state: State) -> Iterator[Value]:
    if node.start is None or node.end is None:
        raise refuse(node, "the range of a loop needs a start and an end")
    parts = [evaluator.known(each, "the range of a loop") for each in (node.start, node.end)]
    step = Value(parts[0].type, 1) if node.step is None else evaluator.known(node.step, "the step of a range")
    if any(part.type.kind is Kind.FLOAT for part in (*parts, step)):
        raise refuse(node, "the range of a loop needs integers")
    start = evaluator.integer(node.start, "the range of a loop")
    end = evaluator.integer(node.end, "the range of a loop")
    width = 1 if node.step is None else evaluator.integer(node.step, "the step of a range")
    if width == 0:
        raise refuse(node, "the step of a range must not be 0")
    iterations = max((end - start) // width + 1, 0)
    sentence = "a loop has {} iterations" if iterations < 10**18 else "a loop is too long"
    state.limits.check("max_operations_qasm3", iterations, sentence)
    return (Value(parts[0].type, number) for number in range(start, end + (1 if width > 0 else -1), width))


def _collection(node: ast.Expression, evaluator: Evaluator) -> list[Value]:
    found = evaluator.array_of(node)
    if found is not None and found[0].shape:
        array = found[0]
        if len(array.shape) > 1:
            raise refuse(node, "a loop over an array needs an array of one dimension")
        return [array.values[place] for place in array.places]
    value = evaluator.value(node)
    if value.type.kind is not Kind.BIT or value.type.width is None:
        raise refuse(
            node, f"a loop needs a range, a set, a register of bits or an array, and not a {value.type}"
        )
    return [from_pattern(BIT, (bit,)) for bit in pattern(value)]


def _unchanged(values: list[Value], node: ast.ForInLoop, state: State) -> list[Value]:
    """Return values that the iterations do not change."""
    assigned = assigned_symbols(node.block, state.scope)
    written = {bit for symbol in assigned if isinstance(symbol, BitRegister) for bit in symbol.bits}
    return [
        state.kept(each) if isinstance(each.data, tuple) and written & logic.reads_of(each.data[0]) else each
        for each in values
    ]
