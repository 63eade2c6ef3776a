"""Where two lists of events differ: position by position, as the contract has it, and aligned.

The comparison by position looks at type, gate and qubits, which the contract names. The alignment looks at
whole operations, so that a gate whose angle, control state or condition differs is a replacement.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple, TypedDict

import msgspec
from rapidfuzz.distance import Levenshtein

from app.circuits.event_graph import Event


class Difference(TypedDict):
    """Which of the contract's three fields differ in a pair of events."""

    type: bool
    gate: bool
    qubits: bool


class Divergence(NamedTuple):
    """A position at which two executions differ."""

    step: int
    difference: Difference


class Pair(NamedTuple):
    """A position in each list; of an insertion or a deletion, the one side is where the event would stand."""

    step_a: int
    step_b: int


class Alignment(NamedTuple):
    """The fewest changes that make the first list into the second, each in order.

    ``insertions`` are events that only the second list has, ``deletions`` those that only the first has.
    """

    insertions: list[Pair]
    deletions: list[Pair]
    replacements: list[Pair]

    @property
    def distance(self) -> int:
        """The number of changes (the Levenshtein distance); the same in both directions."""
        return len(self.insertions) + len(self.deletions) + len(self.replacements)


def difference(a: Event, b: Event) -> Difference:
    """Which of the contract's three fields differ."""
    return {
        "type": a["event_type"] != b["event_type"],
        "gate": a.get("gate_name") != b.get("gate_name"),
        "qubits": a.get("qubits") != b.get("qubits"),
    }


def divergences(a: Sequence[Event], b: Sequence[Event]) -> list[Divergence]:
    """The positions, of those that both lists have, at which the events differ."""
    return [
        Divergence(step, found)
        for step, (left, right) in enumerate(zip(a, b, strict=False))
        if True in (found := difference(left, right)).values()
    ]


def align(a: Sequence[Event], b: Sequence[Event]) -> Alignment:
    """Align two lists of events.

    Two of 10,000 events with nothing in common take some 10 ms: rapidfuzz computes 64 cells at once
    (H. Hyyrö, "Explaining and extending the bit-parallel approximate string matching algorithm of Myers",
    2001). It compares by hash, in which (-1,) equals (-2,); so operations go in as dense integers.
    """
    numbers: dict[Hashable, int] = {}
    found: dict[str, list[Pair]] = {"insert": [], "delete": [], "replace": []}
    for change in Levenshtein.editops(_numbered(a, numbers), _numbered(b, numbers)):
        found[change.tag].append(Pair(change.src_pos, change.dest_pos))
    return Alignment(found["insert"], found["delete"], found["replace"])


def _numbered(events: Iterable[Event], numbers: dict[Hashable, int]) -> list[int]:
    """The number of each event's operation; operations that are new get the next one."""
    return [numbers.setdefault(_operation(event), len(numbers)) for event in events]


def _operation(event: Event) -> Hashable:
    """What an event does, without when: two events with the same are interchangeable."""
    condition = event.get("condition")
    return (
        event["event_type"],
        event.get("gate_name"),
        tuple(event.get("qubits", ())),
        tuple(event.get("classical_bits", ())),
        tuple(event.get("parameters", ())),
        event.get("unit"),
        event.get("control_state"),
        None if condition is None else msgspec.json.encode(condition["terms"]),
    )
