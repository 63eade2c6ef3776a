"""Indices, ranges and parts of arrays. Negative indices count from the end; a range includes its end."""

from collections.abc import Callable, Sequence
from typing import cast

from openqasm3 import ast

from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.scope import Array

Integer = Callable[[ast.Expression], int]
"""Evaluates an expression that must be a known integer."""


def positions(
    index: ast.QASMNode | Sequence[ast.QASMNode], size: int, name: str, integer: Integer
) -> list[int]:
    """Return the positions that an index of one dimension chooses.

    Raises:
        Refusal: an index is out of range, or the index has several dimensions.
    """
    if isinstance(index, ast.DiscreteSet):
        return [position(integer(each), size, name) for each in index.values]
    (only,) = index if isinstance(index, Sequence) and len(index) == 1 else (None,)
    if only is None:
        raise Refusal(f"{name} has one dimension: write one index in the brackets")
    if isinstance(only, ast.RangeDefinition):
        return range_positions(only, size, name, integer)
    if isinstance(only, ast.DiscreteSet):
        return [position(integer(each), size, name) for each in only.values]
    return [position(integer(cast(ast.Expression, only)), size, name)]


def is_single(index: ast.QASMNode | Sequence[ast.QASMNode]) -> bool:
    """Return whether an index chooses one element, and not a list of them."""
    return (
        isinstance(index, Sequence)
        and len(index) == 1
        and not isinstance(index[0], ast.RangeDefinition | ast.DiscreteSet)
    )


def position(index: int, size: int, name: str) -> int:
    """Return the position of an index; a negative index counts from the end."""
    if not -size <= index < size:
        raise Refusal(
            f"index {shown(index)} of {name} is out of range: its indices are 0 to {size - 1}, "
            f"or -{size} to -1 from the end"
        )
    return index % size


def range_positions(node: ast.RangeDefinition, size: int, name: str, integer: Integer) -> list[int]:
    """Return the positions of a range, which includes its end."""
    step = 1 if node.step is None else integer(node.step)
    if step == 0:
        raise Refusal("the step of a range must not be 0")
    first, last = (0, size - 1) if step > 0 else (size - 1, 0)
    start = first if node.start is None else integer(node.start)
    end = last if node.end is None else integer(node.end)
    if not (-size <= start < size and -size <= end < size):
        raise Refusal(
            f"the range {shown(start)}:{shown(end)} leaves {name}, whose indices are 0 to {size - 1}"
        )
    found = list(range(start % size, end % size + (1 if step > 0 else -1), step))
    if not found:
        raise Refusal(f"the range {start}:{end} of {name} is empty")
    return found


def shown(number: int) -> str:
    """Return a number for a message; Python refuses to print thousands of digits."""
    return str(number) if abs(number) < 10**18 else ("-" if number < 0 else "") + "10^18 or more"


def part_of(
    array: Array, brackets: Sequence[ast.IndexElement], integer: Integer
) -> tuple[Array, list[ast.IndexElement]]:
    """Return the part of an array that brackets choose, and the brackets left for an element's bits."""
    for number, bracket in enumerate(brackets):
        if not array.shape:
            return array, list(brackets[number:])
        array = _part(array, bracket, integer)
    return array, []


def _part(array: Array, bracket: ast.IndexElement, integer: Integer) -> Array:
    parts: list[ast.QASMNode] = [bracket] if isinstance(bracket, ast.DiscreteSet) else list(bracket)
    if len(parts) > len(array.shape):
        raise Refusal(f"the array has {len(array.shape)} dimensions, not {len(parts)}")
    places, shape = [0], list[int]()
    for dimension, size in enumerate(array.shape):
        if dimension >= len(parts):
            chosen: Sequence[int] = range(size)
        else:
            chosen = positions([parts[dimension]], size, "the array", integer)
        if dimension >= len(parts) or not is_single([parts[dimension]]):
            shape.append(len(chosen))
        places = [place * size + each for place in places for each in chosen]
    chosen_places = [array.places[place] for place in places]
    return Array(array.element, tuple(shape), array.values, chosen_places, array.is_readonly)
