"""Find executions whose event graph holds a pattern, newest first.

A search has two steps and can stop between them: a page of candidates from the index over ``first_of`` (see
``executions``), which reads no graph, then the pattern in the graphs of these. The Cypher is made of the
literals below; values of the caller are in the parameters only.

The functions that search raise ``UnavailableError`` if there is no graph server, or it does not answer.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from app.circuits.event_graph import NEXT
from app.circuits.pattern import Pattern, PatternEdge
from app.graphstore.driver import GraphStore, Transaction
from app.graphstore.executions import MAX_LABEL_CHARACTERS, time_text

COUNTED = 1_000
"""Executions are counted up to this many to choose the rarest label of a pattern."""

COUNT = """
MATCH (e:Event) WHERE e.first_of > $after AND e.first_of < $before
WITH e LIMIT $limit RETURN count(e)
"""
CANDIDATES = """
MATCH (e:Event) WHERE e.first_of > $after AND e.first_of < $before
RETURN e.first_of, e.execution_id ORDER BY e.first_of DESC LIMIT $limit
"""

# as many as ``pattern.MAX_NODES`` and ``pattern.MAX_EDGES``
NODE_NAMES: tuple[LiteralString, ...] = ("n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7")
EDGE_NAMES: tuple[LiteralString, ...] = (
    *("r0", "r1", "r2", "r3", "r4", "r5"),
    *("r6", "r7", "r8", "r9", "r10", "r11"),
)


class Candidate(NamedTuple):
    """An execution that has an event of the label; the next page begins after ``mark``."""

    mark: str
    execution_id: str


class Match(NamedTuple):
    """An execution, and the event that was found for each node of the pattern."""

    execution_id: str
    event_ids: list[int]


class Span(NamedTuple):
    """The executions that are searched: made after and before a time (both exclusive, None for all)."""

    after: datetime | None = None
    before: datetime | None = None

    def bounds(self, label: str) -> tuple[str, str]:
        """Return the marks between which those of a label are."""
        name = label[:MAX_LABEL_CHARACTERS]
        # in ASCII "~" follows all that marks are made of, and a space precedes it
        after = f"{name} " if self.after is None else f"{name} {time_text(self.after)} ~"
        before = f"{name} ~" if self.before is None else f"{name} {time_text(self.before)} "
        return after, before


def rarest(store: GraphStore, labels: Sequence[str], span: Span) -> str:
    """Return the label that the fewest executions of the span have."""
    if len(labels) == 1:
        return labels[0]

    def count(label: str) -> int:
        after, before = span.bounds(label)
        parameters = {"after": after, "before": before, "limit": COUNTED}
        return int(store.read(lambda transaction: transaction.run(COUNT, parameters))[0][0])

    return min(labels, key=count)


def candidates(
    store: GraphStore, after: str, before: str, limit: int, seconds: float = math.inf
) -> list[Candidate]:
    """Return a page of the executions with marks between these two, newest first.

    Raises:
        OutOfTimeError: it took longer than ``seconds``, where these are less than the timeout of the store.
    """
    parameters = {"after": after, "before": before, "limit": limit}

    def work(transaction: Transaction) -> list[list[Any]]:
        return transaction.run(CANDIDATES, parameters)

    rows = store.search(work, seconds=seconds) if seconds < store.timeout_seconds else store.read(work)
    return [Candidate(*row) for row in rows]


def match(
    store: GraphStore, pattern: Pattern, label: str, execution_ids: Sequence[str], seconds: float
) -> list[Match]:
    """Return one match of the pattern in each of these executions that has any, in their order.

    Raises:
        OutOfTimeError: it took longer than ``seconds``.
    """
    start = next(index for index, node in enumerate(pattern.nodes) if node.label == label)
    statement = _statement(pattern, start)
    parameters = _parameters(pattern) | {"ids": list(execution_ids)}
    rows = store.search(lambda transaction: transaction.run(statement, parameters), seconds=seconds)
    return [Match(*row) for row in rows]


def _statement(pattern: Pattern, start: int) -> LiteralString:
    """Return the Cypher that goes from an execution to the node at ``start``, then along the edges."""
    paths: list[LiteralString] = ["(:Execution {execution_id: id})-[:HAS_EVENT]->(" + NODE_NAMES[start] + ")"]
    for index in _reachable_order(pattern.edges, start):
        edge = pattern.edges[index]
        relation: LiteralString = ":NEXT" if edge.relation == NEXT else ":QUBIT_DEP"
        source, target = NODE_NAMES[edge.source], NODE_NAMES[edge.target]
        paths.append("(" + source + ")-[" + EDGE_NAMES[index] + relation + "]->(" + target + ")")
    names = NODE_NAMES[: len(pattern.nodes)]
    found = ", ".join([name + ".event_id" for name in names])
    return (
        "UNWIND $ids AS id\nCALL (id) {\n  MATCH "
        + ", ".join(paths)
        + "\n  WHERE "
        + " AND ".join(_conditions(pattern))
        + "\n  RETURN ["
        + found
        + "] AS events LIMIT 1\n}\nRETURN id, events"
    )


def _conditions(pattern: Pattern) -> list[LiteralString]:
    conditions: list[LiteralString] = []
    for node, name in zip(pattern.nodes, NODE_NAMES, strict=False):
        if node.gate is not None:
            conditions.append(name + ".gate = $gate_" + name)
        if node.type is not None:
            conditions.append(name + ".type = $type_" + name)
    for edge, name in zip(pattern.edges, EDGE_NAMES, strict=False):
        conditions.extend(_positions(edge, name))
    joined = {frozenset((edge.source, edge.target)) for edge in pattern.edges}
    for second in range(len(pattern.nodes)):
        for first in range(second):
            if frozenset((first, second)) not in joined:  # the ends of an edge differ anyway
                conditions.append(NODE_NAMES[first] + ".event_id <> " + NODE_NAMES[second] + ".event_id")
    return conditions


def _positions(edge: PatternEdge, name: LiteralString) -> Iterator[LiteralString]:
    """Yield that the edge has the qubit at the asked position of its source, its target, or both."""
    source = NODE_NAMES[edge.source] + ".qubits[$source_" + name + "]"
    target = NODE_NAMES[edge.target] + ".qubits[$target_" + name + "]"
    if edge.source_position is not None:
        yield source + " IN " + name + ".qubits"
    if edge.target_position is not None:
        yield target + " IN " + name + ".qubits"
    if edge.source_position is not None and edge.target_position is not None:
        yield source + " = " + target


def _parameters(pattern: Pattern) -> dict[str, object]:
    parameters: dict[str, object] = {}
    for node, name in zip(pattern.nodes, NODE_NAMES, strict=False):
        parameters[f"gate_{name}"] = node.gate
        parameters[f"type_{name}"] = node.type
    for edge, name in zip(pattern.edges, EDGE_NAMES, strict=False):
        parameters[f"source_{name}"] = edge.source_position
        parameters[f"target_{name}"] = edge.target_position
    return parameters


def _reachable_order(edges: Sequence[PatternEdge], start: int) -> list[int]:
    """Return the edges in an order in which each one touches a node of an earlier one, or ``start``."""
    known, order, left = {start}, [], list(range(len(edges)))
    while left:
        index = next(i for i in left if edges[i].source in known or edges[i].target in known)
        known |= {edges[index].source, edges[index].target}
        order.append(index)
        left.remove(index)
    return order
