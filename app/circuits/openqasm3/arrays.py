"""Arrays: their declaration, and assignments to them and to their parts. All shapes are known.

Source: OpenQASM 3 specification, "Arrays".
"""

from collections.abc import Sequence
from math import prod

from openqasm3 import ast

from app.circuits.openqasm3.casts import converted_at
from app.circuits.openqasm3.declared_types import type_of
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.expressions import Evaluator
from app.circuits.openqasm3.indexing import part_of
from app.circuits.openqasm3.scope import Array
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.types import Kind, Type, Value, zero

MAX_DIMENSIONS = 7
_MAX_ELEMENTS = 10_000


class Arrays:
    """Declares arrays and writes to them."""

    def __init__(self, state: State, evaluator: Evaluator) -> None:
        self._state, self._evaluator = state, evaluator

    def new(self, node: ast.ArrayType, init: ast.QASMNode | None) -> Array:
        """Return a new array; elements without a value are 0."""
        element = type_of(node.base_type, self._evaluator.integer)
        if element.kind is Kind.BIT:
            raise refuse(node, "an array of 'bit' is not allowed: write a register, or an array of 'bool'")
        shape = tuple(self._evaluator.integer(each, "the size of an array") for each in node.dimensions)
        if len(shape) > MAX_DIMENSIONS:
            raise refuse(node, f"an array has {MAX_DIMENSIONS} dimensions at most, and this has {len(shape)}")
        if min(shape) < 0 or prod(shape) > _MAX_ELEMENTS:
            raise refuse(node, f"an array has {_MAX_ELEMENTS} elements at most")
        size = prod(shape)
        values = [zero(element)] * size if init is None else self._values(init, shape, element)
        return Array(element, shape, values, list(range(size)))

    def assign(
        self, node: ast.ClassicalAssignment, array: Array, brackets: Sequence[ast.IndexElement]
    ) -> bool:
        """Assign to a part of an array; return False if it is one element, which is not assigned here."""
        part, rest = part_of(array, brackets, self._evaluator.integer)
        if rest or not part.shape:
            return False
        if node.op is not ast.AssignmentOperator["="]:
            raise Refusal("a part of an array is assigned with '='")
        values = self._values(node.rvalue, part.shape, array.element)
        for place, value in zip(part.places, values, strict=True):
            self._state.assign_element(array, place, value)
        return True

    def _values(self, node: ast.QASMNode, shape: tuple[int, ...], element: Type) -> list[Value]:
        """Return the values of a literal or of another array, in row-major order."""
        if isinstance(node, ast.ArrayLiteral):
            if not shape or len(node.values) != shape[0]:
                wanted = f"{shape[0]} elements" if shape else "one value"
                raise refuse(node, f"this array has {len(node.values)} elements, where {wanted} are needed")
            return [value for each in node.values for value in self._values(each, shape[1:], element)]
        found = self._evaluator.array_of(node)
        if found is not None and (found[0].shape or shape):
            part = found[0]
            if part.shape != shape:
                raise refuse(node, "the shapes of the arrays differ")
            return [converted_at(node, part.values[place], element) for place in part.places]
        if shape:
            raise refuse(node, "an array needs an array literal, such as {1, 2}")
        return [self._state.kept(self._evaluator.converted(node, element))]
