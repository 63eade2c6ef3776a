"""Patterns of gates and dependencies that are searched in event graphs, and their checks before a search."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.circuits.event_graph import GATE, NEXT, QUBIT_DEP, UBIQUITOUS
from app.errors import InvalidInputError

MAX_NODES = 8
MAX_EDGES = 12
"""The most edges of a pattern. The search tries the events one by one, so its cost grows with each node."""


@dataclass(frozen=True)
class PatternNode:
    """One event of a pattern; a member that is None matches anything."""

    id: str
    gate: str | None = None
    type: str | None = None

    @property
    def label(self) -> str | None:
        """The gate or type by which executions are chosen; None if every execution has such an event."""
        if self.gate is not None:
            return self.gate
        return None if self.type in (None, GATE, *UBIQUITOUS) else self.type


@dataclass(frozen=True)
class PatternEdge:
    """One edge between events of the pattern, by their positions in its nodes.

    ``source_position`` and ``target_position`` are positions of the edge's qubit among the qubits of the
    event: for a CX, 0 is the control and 1 the target. None matches any.
    """

    source: int
    target: int
    relation: str = QUBIT_DEP
    source_position: int | None = None
    target_position: int | None = None


@dataclass(frozen=True)
class Pattern:
    """A pattern; different nodes match different events of one execution."""

    nodes: tuple[PatternNode, ...]
    edges: tuple[PatternEdge, ...]

    @property
    def labels(self) -> list[str]:
        """The labels that an execution must have, each once, in the order of the nodes."""
        return list(dict.fromkeys(node.label for node in self.nodes if node.label is not None))


def check(pattern: Pattern) -> None:
    """Refuse a pattern that cannot be searched, or that no event graph can hold.

    Raises:
        InvalidInputError: the place and what would be right.
    """
    _check_nodes(pattern.nodes)
    for index, edge in enumerate(pattern.edges):
        _check_edge(edge, index)
    _check_distinct(pattern.edges)
    _check_connected(pattern)
    _check_acyclic(pattern)


def _check_nodes(nodes: Sequence[PatternNode]) -> None:
    for index, node in enumerate(nodes):
        if node.gate is not None and node.type not in (None, GATE):
            raise InvalidInputError(
                f"only a GATE has a gate, and this is a {node.type}: leave one of the two out",
                ("body", "nodes", index, "gate"),
            )
    if all(node.label is None for node in nodes):
        raise InvalidInputError(
            "at least one node must name a gate, or be a MEASUREMENT, a RESET or a BARRIER: "
            "any execution has the others",
            ("body", "nodes"),
        )


def _check_edge(edge: PatternEdge, index: int) -> None:
    if edge.source == edge.target:
        raise InvalidInputError("an edge joins two different nodes", ("body", "edges", index))
    has_position = edge.source_position is not None or edge.target_position is not None
    if edge.relation == NEXT and has_position:
        raise InvalidInputError(
            "a NEXT edge carries no qubit: positions belong to QUBIT_DEP", ("body", "edges", index)
        )


def _check_distinct(edges: Sequence[PatternEdge]) -> None:
    seen: set[tuple[int, int, str]] = set()
    for index, edge in enumerate(edges):
        key = (edge.source, edge.target, edge.relation)
        if key in seen:
            raise InvalidInputError(
                "this edge is there already: two events are joined by one edge of a relation at most",
                ("body", "edges", index),
            )
        seen.add(key)


def _check_connected(pattern: Pattern) -> None:
    reached = {0}
    for _ in pattern.nodes:
        for edge in pattern.edges:
            if edge.source in reached or edge.target in reached:
                reached |= {edge.source, edge.target}
    if len(reached) < len(pattern.nodes):
        apart = next(index for index in range(len(pattern.nodes)) if index not in reached)
        raise InvalidInputError(
            f"no chain of edges joins this node to '{pattern.nodes[0].id}': a pattern is one piece",
            ("body", "nodes", apart),
        )


def _check_acyclic(pattern: Pattern) -> None:
    left = set(range(len(pattern.nodes)))
    while left:
        targets = {edge.target for edge in pattern.edges if edge.source in left}
        if not left - targets:
            raise InvalidInputError(
                "the edges form a cycle; in an event graph every edge leads to a later event",
                ("body", "edges"),
            )
        left &= targets
