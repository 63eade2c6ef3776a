"""The types that declarations and casts name."""

from collections.abc import Callable

from openqasm3 import ast

from app.circuits.openqasm3.errors import refuse
from app.circuits.openqasm3.types import MAX_WIDTH, Kind, Type

_KINDS: dict[type | None, Kind] = {
    ast.BitType: Kind.BIT,
    ast.BoolType: Kind.BOOL,
    ast.IntType: Kind.INT,
    ast.UintType: Kind.UINT,
    ast.FloatType: Kind.FLOAT,
    ast.AngleType: Kind.ANGLE,
    ast.DurationType: Kind.DURATION,
}
_FLOAT_WIDTHS = frozenset({16, 32, 64})


def type_of(node: ast.ClassicalType | None, integer: Callable[[ast.Expression, str], int]) -> Type:
    """Return the type that a declaration names.

    Args:
        integer: evaluates an expression that must be a known integer; its second argument names the purpose.

    Raises:
        InvalidProgramError: there is no such type here, or no such size of it.
    """
    if isinstance(node, ast.ComplexType):
        width = None if node.base_type is None else type_of(node.base_type, integer).width
        return Type(Kind.COMPLEX, width)
    kind = _KINDS.get(type(node))
    if kind is None:
        what = (
            "'stretch' is not supported: write a 'duration'"
            if isinstance(node, ast.StretchType)
            else "this type is not supported here"
        )
        raise refuse(node or ast.QASMNode(), what)
    size = getattr(node, "size", None)
    if size is None:
        return Type(kind)
    width = integer(size, "the size of a type")
    if not 0 < width <= MAX_WIDTH:
        raise refuse(size, f"the size of a type must be positive, and {MAX_WIDTH} at most")
    if kind is Kind.FLOAT and width not in _FLOAT_WIDTHS:
        raise refuse(size, f"'float' has 16, 32 or 64 bits, not {width}")
    return Type(kind, width)
