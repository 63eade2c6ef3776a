"""The classical types of OpenQASM 3 and their values.

A value is known at compile time, or it depends on measurements. Then its data are its bits, the least
significant first, or a :class:`Linear` sum of bits. Source of the types and casts: OpenQASM 3 specification,
"Types and Casting".
"""

from dataclasses import dataclass
from enum import StrEnum
from math import tau
from typing import Any, NamedTuple, TypeAlias

from qiskit.circuit import ParameterExpression

from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.logic import Bit
from app.circuits.origins import BitTerm

MACHINE_BITS = 64
"""The width of ``int`` and ``uint`` without a size where a variable of them is stored."""
MAX_WIDTH = 1_024
"""The largest width of a sized type; the specification leaves it to the implementation."""


class Kind(StrEnum):
    """The kinds of types, by their names in programs."""

    BIT = "bit"
    BOOL = "bool"
    INT = "int"
    UINT = "uint"
    FLOAT = "float"
    ANGLE = "angle"
    COMPLEX = "complex"
    DURATION = "duration"


class Type(NamedTuple):
    """A type. ``width`` is None for a type without a size; ``literal`` marks integer literals."""

    kind: Kind
    width: int | None = None
    literal: bool = False

    def __str__(self) -> str:
        return self.kind.value if self.width is None else f"{self.kind.value}[{self.width}]"


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time; ``dt`` is the sampling period of a device."""

    length: float
    unit: str

    @property
    def nanoseconds(self) -> float:
        """The length in ns.

        Raises:
            Refusal: it is in ``dt``, whose length depends on a device.
        """
        if self.unit == "dt":
            raise Refusal("a duration in 'dt' cannot be mixed with one in seconds: write both in one unit")
        return self.length * NANOSECONDS[self.unit]


NANOSECONDS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}


@dataclass(frozen=True, slots=True)
class Linear:
    """A real number ``constant + sum of weight × bit``, whose bits are measured."""

    constant: float
    terms: tuple[tuple[Bit, float], ...]


Data: TypeAlias = int | float | complex | Duration | Linear | ParameterExpression | tuple[Bit, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value. A Boolean value that is a conjunction of comparisons also has these as ``terms``."""

    type: Type
    data: Data
    terms: tuple[BitTerm, ...] | None = None

    @property
    def is_runtime(self) -> bool:
        """Return whether the value depends on measurements."""
        return isinstance(self.data, tuple | Linear)


BIT, BOOL = Type(Kind.BIT), Type(Kind.BOOL)
INT, UINT, FLOAT = Type(Kind.INT), Type(Kind.UINT), Type(Kind.FLOAT)
LITERAL = Type(Kind.INT, None, literal=True)
COMPLEX, DURATION = Type(Kind.COMPLEX), Type(Kind.DURATION)
INTEGERS = frozenset({Kind.INT, Kind.UINT})
PATTERNS = frozenset({Kind.BIT, Kind.BOOL, Kind.INT, Kind.UINT, Kind.ANGLE})
"""Kinds whose values are bits, so that they can depend on measurements."""


def zero(kind: Type) -> Value:
    """Return the value of a variable that is declared without one."""
    if kind.kind is Kind.DURATION:
        return Value(kind, Duration(0.0, "ns"))
    if kind.kind is Kind.COMPLEX:
        return Value(kind, 0j)
    if kind.kind is Kind.FLOAT or (kind.kind is Kind.ANGLE and kind.width is None):
        return Value(kind, 0.0)
    return Value(kind, False if kind.kind is Kind.BOOL else 0)


def storage_width(kind: Type) -> int:
    """Return how many bits a stored value of this type has."""
    if kind.width is not None:
        return kind.width
    return 1 if kind.kind in (Kind.BIT, Kind.BOOL) else MACHINE_BITS


def pattern(value: Value) -> tuple[Bit, ...]:
    """Return the bits of a value of a kind in ``PATTERNS``, the least significant first."""
    if isinstance(value.data, tuple):
        return value.data
    if value.type.kind is Kind.ANGLE and value.type.width is None:
        raise Refusal("an 'angle' needs a size where its bits count: write angle[n]")
    if not isinstance(value.data, int):
        raise Refusal(f"a {value.type} has no bits")
    return tuple(bool(value.data >> place & 1) for place in range(storage_width(value.type)))


def extended(value: Value, width: int) -> tuple[Bit, ...]:
    """Return the lowest bits of a value of a kind in ``PATTERNS``; above its own are its sign or zeros."""
    if isinstance(value.data, int):
        return tuple(bool(value.data >> place & 1) for place in range(width))
    bits = pattern(value)
    fill = bits[-1] if value.type.kind is Kind.INT and bits else False
    return (bits + (fill,) * (width - len(bits)))[:width]


def from_pattern(kind: Type, bits: tuple[Bit, ...]) -> Value:
    """Return the value of a type with these bits; if all bits are known, the value is known too."""
    if not all(isinstance(bit, bool) for bit in bits):
        return Value(kind, bits)
    number = sum(1 << place for place, bit in enumerate(bits) if bit)
    if kind.kind is Kind.INT and bits and bits[-1]:
        number -= 1 << len(bits)
    return Value(kind, bool(number) if kind.kind is Kind.BOOL else number)


def radians(value: Value) -> Any:
    """Return any number as an angle in radians: a float, a ``Linear``, or an open expression.

    Raises:
        Refusal: the value is not a real number.
    """
    kind, data = value.type, value.data
    if isinstance(data, Linear | ParameterExpression):
        return data
    if isinstance(data, tuple):
        unit = tau / 2 ** len(data) if kind.kind is Kind.ANGLE else 1.0
        weights = [unit * 2.0**place for place in range(len(data))]
        if kind.kind is Kind.INT and weights:
            weights[-1] = -weights[-1]
        fixed: float = sum(weight for bit, weight in zip(data, weights, strict=True) if bit is True)
        varying = zip(data, weights, strict=True)
        return Linear(fixed, tuple((bit, weight) for bit, weight in varying if not isinstance(bit, bool)))
    if kind.kind is Kind.ANGLE and kind.width is not None and isinstance(data, int):
        return float(tau * data / 2**kind.width)
    if isinstance(data, Duration | complex) or kind.kind in (Kind.COMPLEX, Kind.DURATION):
        raise Refusal(f"a {kind} is not an angle")
    number: float = float(data)
    return number
