"""The operands of statements: qubits and bits by name, index, range, set, alias or concatenation."""

from collections.abc import Sequence
from typing import NamedTuple

from openqasm3 import ast
from qiskit.circuit import Qubit

from app.circuits.openqasm3.errors import Refusal, refuse
from app.circuits.openqasm3.expressions import Evaluator
from app.circuits.openqasm3.indexing import is_single, positions
from app.circuits.openqasm3.scope import (
    BitAlias,
    BitRegister,
    QubitRegister,
    Symbol,
    Variable,
    what_is,
)
from app.circuits.openqasm3.state import State
from app.circuits.openqasm3.types import BIT, PATTERNS, Kind, Type, storage_width


class Qubits(NamedTuple):
    """Qubits that an operand names; ``is_single`` if it is a single qubit and not a register of one qubit."""

    qubits: list[Qubit]
    is_single: bool


class Target(NamedTuple):
    """Where bits are written: bits of a variable, or bits of the counts.

    Attributes:
        type: the type of all these bits together.
        is_whole: whether they are all bits of the symbol.
    """

    symbol: Variable | BitRegister
    places: list[tuple[Variable | BitRegister, int]]
    type: Type
    is_whole: bool


class Operands:
    """Finds qubits and bits."""

    def __init__(self, state: State, evaluator: Evaluator) -> None:
        self._state, self._evaluator = state, evaluator
        self._physical: dict[int, Qubit] = {}

    def qubits(self, node: ast.QASMNode) -> Qubits:
        """Return the qubits that an operand or an alias names.

        Raises:
            InvalidProgramError: there are no such qubits.
        """
        try:
            return self._qubits(node)
        except Refusal as error:
            raise refuse(node, error.sentence) from error

    def _qubits(self, node: ast.QASMNode) -> Qubits:
        if isinstance(node, ast.Identifier):
            if node.name.startswith("$"):
                return Qubits([self._physical_qubit(node.name)], True)
            register = self._register(node, node.name)
            return Qubits(register.qubits, register.is_single)
        if isinstance(node, ast.IndexedIdentifier):
            register = self._register(node, node.name.name)
            return self._indexed(
                Qubits(register.qubits, register.is_single), list(node.indices), node.name.name
            )
        if isinstance(node, ast.IndexExpression):
            name = node.collection.name if isinstance(node.collection, ast.Identifier) else "this register"
            return self._indexed(self._qubits(node.collection), [node.index], name)
        if isinstance(node, ast.Concatenation):
            left, right = self._qubits(node.lhs), self._qubits(node.rhs)
            return Qubits(left.qubits + right.qubits, False)
        raise Refusal("this is not the name of qubits")

    def _indexed(self, whole: Qubits, indices: Sequence[ast.IndexElement], name: str) -> Qubits:
        for index in indices:
            if whole.is_single:
                raise Refusal(f"{name} is a single qubit, which has no indices")
            chosen = positions(index, len(whole.qubits), name, self._evaluator.integer)
            if len(set(chosen)) < len(chosen):
                raise Refusal(f"the indices of {name} name the same qubit twice")
            whole = Qubits([whole.qubits[place] for place in chosen], is_single(index))
        return whole

    def _register(self, node: ast.QASMNode, name: str) -> QubitRegister:
        symbol = self._evaluator.symbol(node, name)
        if not isinstance(symbol, QubitRegister):
            raise Refusal(f"'{name}' is {what_is(symbol)}, and not a qubit")
        return symbol

    def _physical_qubit(self, name: str) -> Qubit:
        number = int(name[1:])
        self._state.limits.check(self._state.qubit_limit, number + 1, "the program has {} qubits")
        while len(self._physical) <= number:
            place = len(self._physical)
            (self._physical[place],) = self._state.builder.add_qubits(f"${place}", 1, self._state.qubit_limit)
        return self._physical[number]

    def target(self, node: ast.QASMNode) -> Target:
        """Return where a measurement or an assignment writes bits."""
        try:
            return self._target(node)
        except Refusal as error:
            raise refuse(node, error.sentence) from error

    def _target(self, node: ast.QASMNode) -> Target:
        name = name_of(node)
        symbol = self._evaluator.symbol(node, name)
        places, kind = self.places(symbol, name)
        whole = True
        for index in node.indices if isinstance(node, ast.IndexedIdentifier) else ():
            if kind.width is None:
                raise Refusal(f"{name} is a single {kind}, which has no indices")
            chosen = positions(index, len(places), name, self._evaluator.integer)
            places = [places[place] for place in chosen]
            kind, whole = (BIT if is_single(index) else Type(Kind.BIT, len(places))), False
        return Target(symbol, places, kind, whole)  # type: ignore[arg-type]

    def places(self, symbol: Symbol, name: str) -> tuple[list[tuple[Variable | BitRegister, int]], Type]:
        """Return each bit of a symbol, and the type of all."""
        if isinstance(symbol, BitRegister):
            return [(symbol, place) for place in range(len(symbol.bits))], symbol.type
        if isinstance(symbol, BitAlias):
            return list(symbol.places), symbol.type
        if isinstance(symbol, Variable):
            if symbol.is_const:
                raise Refusal(f"'{name}' is a constant and cannot be changed")
            if symbol.type.kind not in PATTERNS:
                raise Refusal(f"'{name}' is a {symbol.type}, which has no bits")
            return [(symbol, place) for place in range(storage_width(symbol.type))], symbol.type
        raise Refusal(f"'{name}' is {what_is(symbol)}, which has no bits")


def name_of(node: ast.QASMNode | None) -> str:
    """Return the name of what a statement writes to, without its indices."""
    if isinstance(node, ast.IndexedIdentifier):
        return node.name.name
    return node.name if isinstance(node, ast.Identifier) else ""
