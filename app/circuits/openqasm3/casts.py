"""Casts between classical types, by the table of the OpenQASM 3 specification, "Casting specifics"."""

from math import isfinite, tau

import numpy as np
from openqasm3 import ast
from qiskit.circuit import Clbit

from app.circuits.openqasm3 import symbolic
from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.logic import any_of
from app.circuits.openqasm3.types import (
    BOOL,
    INTEGERS,
    MACHINE_BITS,
    Duration,
    Kind,
    Linear,
    Type,
    Value,
    extended,
    from_pattern,
    pattern,
    radians,
)
from app.circuits.origins import BitTerm

_ALLOWED = {
    Kind.BOOL: {Kind.BOOL, Kind.INT, Kind.UINT, Kind.FLOAT, Kind.BIT, Kind.COMPLEX},
    Kind.INT: {Kind.BOOL, Kind.INT, Kind.UINT, Kind.FLOAT, Kind.BIT, Kind.COMPLEX},
    Kind.UINT: {Kind.BOOL, Kind.INT, Kind.UINT, Kind.FLOAT, Kind.BIT, Kind.COMPLEX},
    Kind.FLOAT: {Kind.BOOL, Kind.INT, Kind.UINT, Kind.FLOAT, Kind.ANGLE, Kind.COMPLEX},
    Kind.ANGLE: {Kind.BOOL, Kind.ANGLE, Kind.BIT, Kind.FLOAT},
    Kind.BIT: {Kind.BOOL, Kind.INT, Kind.UINT, Kind.ANGLE, Kind.BIT},
    Kind.COMPLEX: {Kind.COMPLEX},
    Kind.DURATION: {Kind.DURATION},
}
"""The types to which each type can be cast. Two casts are not in the specification's table: to ``complex``
(as in C99), and ``angle`` to ``float`` (the specification's own examples use it)."""
_FLOATS = {16: "float16", 32: "float32"}


def cast(value: Value, to: Type) -> Value:
    """Return a value as one of another type.

    Raises:
        Refusal: the specification allows no such cast, or the value does not fit.
    """
    if value.type == to:
        return value
    return symbolic.cast(value, to) if symbolic.is_open(value) else _cast_known(value, to)


def _cast_known(value: Value, to: Type) -> Value:
    source = value.type
    if to.kind not in _ALLOWED[source.kind] and not _is_angle_literal(value, to):
        raise Refusal(f"a {source} cannot be cast to {to}")
    if to.kind is Kind.BOOL:
        return _to_bool(value)
    if to.kind in INTEGERS:
        return _to_integer(value, to)
    if to.kind is Kind.BIT:
        return _to_bits(value, to)
    if to.kind is Kind.ANGLE:
        return _to_angle(value, to)
    if to.kind is Kind.FLOAT:
        return _to_float(value, to)
    if to.kind is Kind.COMPLEX:
        if value.is_runtime or isinstance(value.data, Duration | tuple | Linear):
            raise Refusal("a 'complex' cannot depend on a measurement")
        return Value(to, complex(value.data))
    return Value(to, value.data)


def converted(value: Value, to: Type) -> Value:
    """Return a value for an assignment: as :func:`cast`, but a float with a fraction is no integer.

    Raises:
        Refusal: as :func:`cast`, or a fraction would be lost.
    """
    data = value.data
    if to.kind in INTEGERS and isinstance(data, float) and data != int(data):
        raise Refusal(
            f"{data} is a float, and '{to}' holds integers: write {to}(...) to cut the fraction off"
        )
    return cast(value, to)


def converted_at(node: ast.QASMNode, value: Value, to: Type) -> Value:
    """Return a value as :func:`converted` does; the error has the place of ``node``.

    Raises:
        InvalidProgramError: the value cannot be converted.
    """
    try:
        return converted(value, to)
    except Refusal as error:
        raise refuse(node, error.sentence) from error


def truth_of(value: Value) -> Value:
    """Return a value as a Boolean value, with its terms: bits are true if they are not all 0."""
    truth = cast(value, BOOL)
    if truth.is_runtime and truth.terms is None and isinstance(value.data, tuple):
        own = tuple(bit for bit in value.data if isinstance(bit, Clbit))
        if len(own) == len(value.data):
            term = BitTerm(own, 1, True) if len(own) == 1 else BitTerm(own, 0, False)
            return Value(BOOL, truth.data, (term,))
    return truth


def _is_angle_literal(value: Value, to: Type) -> bool:
    """Return whether a value is an integer literal for an angle: ``angle a = 0;``."""
    return value.type.literal and to.kind is Kind.ANGLE


def _to_bool(value: Value) -> Value:
    if isinstance(value.data, Linear):
        raise Refusal("a float that depends on a measurement cannot become a bool")
    if value.is_runtime:
        bits = pattern(value)
        return Value(Type(Kind.BOOL), (any_of(list(bits)),), value.terms if len(bits) == 1 else None)
    return Value(Type(Kind.BOOL), value.data not in (0, 0.0))


def _to_integer(value: Value, to: Type) -> Value:
    source, data = value.type, value.data
    if source.kind is Kind.BIT and None not in (source.width, to.width) and source.width != to.width:
        raise Refusal(
            f"a {source} cannot be cast to {to}: the sizes differ; write a slice or {to.kind}[{source.width}]"
        )
    if isinstance(data, Linear):
        raise Refusal("a float that depends on a measurement cannot become an integer")
    if value.is_runtime:
        length = max(len(pattern(value)), 1) + (source.kind is not Kind.INT and to.kind is Kind.INT)
        return from_pattern(to, extended(value, to.width or min(length, MACHINE_BITS)))
    if isinstance(data, float) and not isfinite(data):
        raise Refusal("a number that is not finite cannot become an integer")
    return Value(to, wrapped(int(data), to))  # type: ignore[arg-type]


def wrapped(number: int, to: Type) -> int:
    """Return an integer in the range of a type: modulo 2 to its size; without a size it must fit 64 bits."""
    if to.width is None:
        low, high = (0, 1 << MACHINE_BITS) if to.kind is Kind.UINT else (-(1 << 63), 1 << 63)
        if not low <= number < high and not to.literal:
            raise Refusal(f"the value leaves the range of '{to}', which has {MACHINE_BITS} bits here")
        return number
    number %= 1 << to.width
    if to.kind is Kind.INT and number >> (to.width - 1):
        number -= 1 << to.width
    return number


def _to_bits(value: Value, to: Type) -> Value:
    source, width = value.type, to.width or 1
    if to.width is None and source.kind in (Kind.BOOL, Kind.BIT) and source.width in (None, 1):
        return Value(to, (pattern(value)[0],) if value.is_runtime else int(value.data), value.terms)  # type: ignore[arg-type]
    if source.kind is Kind.BOOL:
        return from_pattern(to, pattern(value) + (False,) * (width - 1))
    if source.kind in INTEGERS and source.width is None and isinstance(value.data, int):
        if not 0 <= value.data < 1 << width:
            raise Refusal(f"{value.data} does not fit {to}")
        return Value(to, value.data)
    if source.kind in INTEGERS and source.width is None:
        raise Refusal(
            f"the size of a measured {source} is not known: write {to}({source.kind}[{width}](...)) of it"
        )
    if (source.width or 1) != width:
        raise Refusal(f"a {source} cannot be cast to {to}: the sizes differ; write a slice of it")
    return from_pattern(to, pattern(value))


def _to_angle(value: Value, to: Type) -> Value:
    source = value.type
    if source.kind is Kind.BIT:
        if (source.width or 1) != to.width:
            raise Refusal(f"a {source} cannot be cast to {to}: the sizes differ")
        return from_pattern(to, pattern(value))
    if source.kind is Kind.ANGLE and source.width is not None and to.width is not None:
        bits, grow = pattern(value), to.width - source.width
        return from_pattern(to, (False,) * grow + bits if grow >= 0 else bits[-grow:])
    number = radians(value)
    if isinstance(number, Linear):
        if to.width is None:
            return Value(Type(Kind.FLOAT), number)
        raise Refusal("a float that depends on a measurement cannot become an angle with a size")
    if not isfinite(number):
        raise Refusal("an angle must be finite")
    if to.width is None:
        return Value(to, number % tau)
    return Value(to, round(number / tau * 2**to.width) % (1 << to.width))


def _to_float(value: Value, to: Type) -> Value:
    number = radians(value)
    if isinstance(number, Linear):
        return Value(to, number)
    if to.width in _FLOATS and isfinite(number):
        with np.errstate(over="ignore"):
            number = float(np.array(number, _FLOATS[to.width]))
        if not isfinite(number):
            raise Refusal(f"the value is too large for {to}: values must be finite")
    return Value(to, number)
