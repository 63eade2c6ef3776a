"""Names and what they stand for: variables, registers, gates, subroutines, aliases and arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from openqasm3 import ast
from qiskit.circuit import Clbit, Qubit

from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.logic import Bit
from app.circuits.openqasm3.types import Type, Value

RESULT = " result"
"""The variable of a subroutine's result, by a name that no program can write."""


@dataclass(eq=False, slots=True)
class Variable:
    """A classical variable whose value is tracked while the program is read.

    Attributes:
        depth: how many conditions that depend on measurements stood around its declaration.
        is_result: it is measured into or declared ``output``, so that the counts show it.
    """

    name: str
    type: Type
    value: Value
    is_const: bool = False
    depth: int = 0
    is_global: bool = False
    is_result: bool = False


@dataclass(eq=False, slots=True)
class BitRegister:
    """A ``bit`` of the program that the counts show, or an alias of such bits."""

    name: str
    type: Type
    bits: list[Clbit]


@dataclass(eq=False, slots=True)
class BitAlias:
    """An alias of bits of local variables; position k is bit ``places[k][1]`` of the variable."""

    type: Type
    places: list[tuple["Variable", int]]


@dataclass(eq=False, slots=True)
class QubitRegister:
    """Qubits by name; ``is_single`` for one that has no index."""

    name: str
    qubits: list[Qubit]
    is_single: bool


@dataclass(eq=False, slots=True)
class Array:
    """An array of known shape, or a part of one, which has no dimension if it is one element.

    Its elements in row-major order are ``values[place]`` for each of ``places``; parts share the values.
    """

    element: Type
    shape: tuple[int, ...]
    values: list[Value]
    places: list[int]
    is_readonly: bool = False


@dataclass(eq=False, slots=True)
class Subroutine:
    """A ``def``, whose body is read again for each call."""

    definition: ast.SubroutineDefinition


@dataclass(eq=False, slots=True)
class GateSymbol:
    """A gate: of an include, built in, or defined by the program."""

    name: str
    num_parameters: int
    num_qubits: int
    definition: ast.QuantumGateDefinition | None = None


Symbol: TypeAlias = Variable | BitRegister | BitAlias | QubitRegister | Array | Subroutine | GateSymbol
_WHAT = {
    Variable: "a variable",
    BitRegister: "a register of bits",
    BitAlias: "an alias of bits",
    QubitRegister: "a register of qubits",
    Array: "an array",
    Subroutine: "a subroutine",
    GateSymbol: "a gate",
}


def what_is(symbol: Symbol) -> str:
    """Return what a symbol is, for messages."""
    return _WHAT[type(symbol)]


@dataclass
class Scope:
    """The names of one block, and the block around it. A name hides the same name of an outer block."""

    outer: "Scope | None" = None
    names: dict[str, Symbol] = field(default_factory=dict)
    is_subroutine: bool = False

    def find(self, name: str) -> Symbol | None:
        """Return what a name stands for; of outer names a subroutine sees only constants, gates and defs."""
        scope: Scope | None = self
        outside = False
        while scope is not None:
            symbol = scope.names.get(name)
            if symbol is not None:
                if outside and not _is_visible_everywhere(symbol):
                    raise Refusal(
                        f"'{name}' is {what_is(symbol)} outside this subroutine: pass it as an argument"
                    )
                return symbol
            outside = outside or scope.is_subroutine
            scope = scope.outer
        return None

    def declare(self, name: str, symbol: Symbol) -> None:
        """Give a name to a symbol. A symbol that is not a gate may hide a gate of an include.

        Raises:
            Refusal: the block has the name already.
        """
        known = self.names.get(name)
        is_hidden = isinstance(known, GateSymbol) and known.definition is None
        if known is not None and not (is_hidden and not isinstance(symbol, GateSymbol)):
            raise Refusal(f"'{name}' is already defined, as {what_is(known)}")
        self.names[name] = symbol


def _is_visible_everywhere(symbol: Symbol) -> bool:
    return isinstance(symbol, GateSymbol | Subroutine) or (isinstance(symbol, Variable) and symbol.is_const)


Bits: TypeAlias = Sequence[Bit]
