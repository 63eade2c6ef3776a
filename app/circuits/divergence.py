"""Compares two lists of events: position by position, as the contract has it, and aligned.

The comparison by position looks at type, gate and qubits, which the contract names. The alignment looks at
whole operations, so that a gate whose angle, control state or condition differs is a replacement.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypedDict

import msgspec
from rapidfuzz.distance import Levenshtein

from app.circuits.event_graph import Event, GraphNode, graph_node


class Difference(TypedDict):
    """For each of the three fields of the contract: whether it differs in a pair of events."""

    type: bool
    gate: bool
    qubits: bool


class DivergenceStep(msgspec.Struct):
    """A step at which both executions have an event, and the events differ."""

    step: int
    difference: Difference
    exec_a: GraphNode
    exec_b: GraphNode


class AlignmentPair(msgspec.Struct):
    """A place in both executions."""

    step_a: int
    step_b: int


class Insertion(AlignmentPair):
    """An event that only the second execution has; it would stand before ``step_a`` of the first."""

    exec_b: GraphNode


class Deletion(AlignmentPair):
    """An event that only the first execution has; it would stand before ``step_b`` of the second."""

    exec_a: GraphNode


class Replacement(AlignmentPair):
    """An event of the first execution that the second has replaced by another."""

    exec_a: GraphNode
    exec_b: GraphNode


class Alignment(msgspec.Struct):
    """The fewest changes that make the first execution's events into the second's, each in order.

    Whole operations are compared: also parameters, control states, conditions, loops and classical bits;
    gates that a program defines are compared by their names. The
    distance is the number of changes (the Levenshtein distance).
    """

    distance: int
    insertions: list[Insertion]
    deletions: list[Deletion]
    replacements: list[Replacement]


def divergences(a: Sequence[Event], b: Sequence[Event]) -> list[DivergenceStep]:
    """Return the positions of both lists at which the events differ."""
    return [
        DivergenceStep(step, found, graph_node(left), graph_node(right))
        for step, (left, right) in enumerate(zip(a, b, strict=False))
        if True in (found := _difference(left, right)).values()
    ]


def align(a: Sequence[Event], b: Sequence[Event]) -> Alignment:
    """Align two lists of events.

    Two lists of 10,000 events with nothing in common take some 10 ms: rapidfuzz computes 64 cells at once
    (H. Hyyrö, "Explaining and extending the bit-parallel approximate string matching algorithm of Myers",
    2001). It compares by hash, in which (-1,) equals (-2,); so each operation becomes a number of its own.
    """
    numbers: dict[Hashable, int] = {}
    changes = Levenshtein.editops(_numbered(a, numbers), _numbered(b, numbers))
    found = Alignment(len(changes), [], [], [])
    for change in changes:
        step_a, step_b = change.src_pos, change.dest_pos
        if change.tag == "insert":
            found.insertions.append(Insertion(step_a, step_b, graph_node(b[step_b])))
        elif change.tag == "delete":
            found.deletions.append(Deletion(step_a, step_b, graph_node(a[step_a])))
        else:
            pair = graph_node(a[step_a]), graph_node(b[step_b])
            found.replacements.append(Replacement(step_a, step_b, *pair))
    return found


def _difference(a: Event, b: Event) -> Difference:
    return {
        "type": a["event_type"] != b["event_type"],
        "gate": a.get("gate_name") != b.get("gate_name"),
        "qubits": a.get("qubits") != b.get("qubits"),
    }


def _numbered(events: Iterable[Event], numbers: dict[Hashable, int]) -> list[int]:
    """Return the number of each event's operation; a new operation gets the next number."""
    return [numbers.setdefault(_operation(event), len(numbers)) for event in events]


def _operation(event: Event) -> Hashable:
    """Return the operation of an event, without its position.

    Two conditions without terms are the same if they have the same text and depend on the same bits.
    """
    condition = event.get("condition")
    compared: object = None
    if condition is not None:
        compared = condition.get("terms", [condition["text"], condition.get("classical_bits")])
    return (
        event["event_type"],
        event.get("gate_name"),
        tuple(event.get("qubits", ())),
        tuple(event.get("classical_bits", ())),
        tuple(event.get("parameters", ())),
        event.get("unit"),
        event.get("control_state"),
        len(event.get("loops", ())),
        None if compared is None else msgspec.json.encode(compared),
    )
