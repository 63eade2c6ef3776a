"""Inputs without a value: expressions of parameters, which can stand only in angles of gates.

A condition, an index, a size, a cast that rounds, and arithmetic on angles modulo 2 pi need the number
itself: they are refused. The caller then reads the program again for each binding, with the values of the
inputs. An expression with such an input is called open.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from qiskit.circuit import ParameterExpression

from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.types import FLOAT, INTEGERS, Kind, Linear, Type, Value, radians

_NEEDS_VALUE = "this needs the value of an input"
_EXACT_WIDTHS = (None, 64)
"""The widths of floats that are not rounded."""
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}
_METHODS = {
    **{name: name for name in ("sin", "cos", "tan", "exp", "log", "abs")},
    **{f"arc{name}": f"arc{name}" for name in ("sin", "cos", "tan")},
    **{f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan")},
    "ln": "log",
}


def is_open(*values: Value) -> bool:
    """Return whether one of the values depends on an input without a value."""
    return any(isinstance(each.data, ParameterExpression) for each in values)


def binary(symbol: str, left: Value, right: Value) -> Value:
    """Return ``left symbol right``, where at least one side is open.

    Raises:
        Refusal: the result needs the value.
    """
    kinds = {left.type.kind, right.type.kind}
    if symbol not in _OPERATORS or not kinds <= {Kind.FLOAT, Kind.ANGLE, *INTEGERS}:
        raise Refusal(_NEEDS_VALUE)
    if Kind.FLOAT not in kinds and not (Kind.ANGLE in kinds and symbol == "/" and _has_no_width(left, right)):
        raise Refusal(_NEEDS_VALUE)  # the result is an angle, which is modulo 2 pi or rounded
    if any(each.type.kind is Kind.FLOAT and each.type.width not in _EXACT_WIDTHS for each in (left, right)):
        raise Refusal(_NEEDS_VALUE)
    return Value(FLOAT, _OPERATORS[symbol](_number(left), _number(right)))


def unary(symbol: str, value: Value) -> Value:
    """Return ``-value`` of a float; raise Refusal for anything else."""
    if symbol != "-" or value.type.kind is not Kind.FLOAT:
        raise Refusal(_NEEDS_VALUE)
    return Value(value.type, -_number(value))


def call(name: str, arguments: Sequence[Value]) -> Value:
    """Return a function of one open number, or a power; raise Refusal for anything else."""
    if name == "pow" and len(arguments) == 2:
        return binary("**", *arguments)
    if len(arguments) != 1 or arguments[0].type.kind not in (Kind.FLOAT, Kind.ANGLE):
        raise Refusal(_NEEDS_VALUE)
    number = _number(arguments[0])
    if name == "sqrt":
        return Value(FLOAT, number**0.5)
    if name not in _METHODS:
        raise Refusal(_NEEDS_VALUE)
    return Value(FLOAT, getattr(number, _METHODS[name])())


def cast(value: Value, to: Type) -> Value:
    """Return an open value as a float that is not rounded; raise Refusal for other types."""
    if value.type == to:
        return value
    if to.kind is not Kind.FLOAT or to.width not in _EXACT_WIDTHS:
        raise Refusal(_NEEDS_VALUE)
    return Value(to, value.data)


def _has_no_width(*values: Value) -> bool:
    return all(each.type.kind is not Kind.ANGLE or each.type.width is None for each in values)


def _number(value: Value) -> float | ParameterExpression:
    number = radians(value)
    if isinstance(number, Linear):
        raise Refusal(_NEEDS_VALUE)
    return number
