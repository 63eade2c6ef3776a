"""Which names statements read, assign and measure into, without executing them."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

from openqasm3 import ast

from app.circuits.openqasm3.errors import Refusal
from app.circuits.openqasm3.scope import RESULT, Scope, Subroutine, Symbol


def nodes_in(node: object) -> Iterator[ast.QASMNode]:
    """Yield a node and all nodes in it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list | tuple):
            waiting += each
        elif isinstance(each, ast.QASMNode) and is_dataclass(each):
            yield each
            waiting += [getattr(each, one.name) for one in fields(each) if one.name not in ("span", "op")]


def names_in(node: object) -> set[str]:
    """Return the names that an expression or statements hold."""
    return {each.name for each in nodes_in(node) if isinstance(each, ast.Identifier)}


def assigned_names(statements: Iterable[ast.QASMNode]) -> set[str]:
    """Return the names that statements assign to or measure into."""
    return {name for name, _ in _assignments(list(statements))}


def assigned_symbols(statements: Iterable[ast.Statement], scope: Scope) -> list[Symbol]:
    """Return the symbols of a scope that statements may assign to, the result of a subroutine among them."""
    nodes = list(statements)
    names = sorted(assigned_names(nodes))
    if any(isinstance(each, ast.ReturnStatement) for each in nodes_in(nodes)):
        names.append(RESULT)
    found = []
    for name in names:
        try:
            found.append(scope.find(name))
        except Refusal:  # a subroutine does not see it, so that the statements declare this name themselves
            continue
    return [symbol for symbol in found if symbol is not None]


def measured_names(statements: Iterable[ast.QASMNode], scope: Scope) -> set[str]:
    """Return the names whose values may depend on measurements or calls in these statements."""
    assignments = list(_assignments(list(statements)))
    found: set[str] = set()
    while True:
        more = {
            name
            for name, source in assignments
            if name not in found
            and any(
                isinstance(each, ast.QuantumMeasurement)
                or (isinstance(each, ast.FunctionCall) and _is_subroutine(each, scope))
                or (isinstance(each, ast.Identifier) and each.name in found)
                for each in nodes_in(source)
            )
        }
        if not more:
            return found
        found |= more


def _is_subroutine(node: ast.FunctionCall, scope: Scope) -> bool:
    return isinstance(scope.find(node.name.name), Subroutine)


def _assignments(statements: list[ast.QASMNode]) -> Iterator[tuple[str, object]]:
    for node in nodes_in(statements):
        if isinstance(node, ast.ClassicalAssignment):
            yield _name(node.lvalue), node.rvalue
        elif isinstance(node, ast.QuantumMeasurementStatement) and node.target is not None:
            yield _name(node.target), node.measure


def _name(node: ast.Identifier | ast.IndexedIdentifier) -> str:
    return node.name if isinstance(node, ast.Identifier) else node.name.name
