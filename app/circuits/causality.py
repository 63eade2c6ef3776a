"""Cones and the critical path: which events can influence which, and how many layers an execution needs.

Both follow the events in one pass: events are in program order, so that every dependency points forward. The
passes are linear in the events and their bits. Plain lists are faster than filling a graph library would be,
and keep numpy out of the web process.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.circuits.event_graph import BARRIER, END, QUBIT_DEP, START, Event, bits_of_condition

CLASSICAL_DEP: Literal["CLASSICAL_DEP"] = "CLASSICAL_DEP"
"""From a measurement to what reads its bit. Cones show it; the event graph of the contract does not."""

TIMELESS = frozenset({START, BARRIER, END})
"""Events that order others and take no layer themselves."""

_ORDER = "ORDER"
"""From what reads or writes a classical bit to what writes it next: it decides about layers only."""

_Source = tuple[str, int, list[int]]
"""A relation, the event at its beginning, and the bits that it is about."""

Direction = Literal["past", "future"]


class Dependency(msgspec.Struct):
    """An event uses qubits or classical bits of an earlier one (ascending indices)."""

    source: int
    target: int
    relation: Literal["QUBIT_DEP", "CLASSICAL_DEP"]
    qubits: list[int] | UnsetType = UNSET
    classical_bits: list[int] | UnsetType = UNSET


class Cone(NamedTuple):
    """The events on one side of an event (ascending, without it), and the dependencies that join them."""

    event_ids: list[int]
    dependencies: list[Dependency]


class QubitTime(msgspec.Struct):
    """The layers of one qubit."""

    qubit: int
    busy: Annotated[int, Meta(description="Layers in which something acts on it.")]
    idle: Annotated[int, Meta(description="The other layers.")]
    waiting: Annotated[int, Meta(description="The idle layers between its first and its last operation.")]


class Schedule(NamedTuple):
    """The as-soon-as-possible schedule: the layer of each event, and one longest chain of events."""

    depth: int
    layers: list[int]
    path: list[int]
    qubits: list[QubitTime]


def dependencies(events: Sequence[Event], num_qubits: int) -> list[Dependency]:
    """Return the dependencies of all events, ordered by target; the id of an event is its position.

    1. QUBIT_DEP is that of the event graph, but START and END touch every qubit.
    2. An event without qubits (a global phase) follows START and precedes END.
    3. CLASSICAL_DEP joins a measurement to the conditions that read its bit, also through assignments, and
       to a measurement under a condition, which may leave the bit as it was.
    """
    found: list[Dependency] = []
    for target, sources in enumerate(_sources(events, num_qubits), start=1):
        joined: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for relation, source, bits in sources:
            joined[relation, source] += bits
        for (relation, source), bits in joined.items():
            if relation == QUBIT_DEP:
                found.append(Dependency(source, target, QUBIT_DEP, qubits=sorted(bits)))
            elif relation == CLASSICAL_DEP:
                found.append(Dependency(source, target, CLASSICAL_DEP, classical_bits=sorted(set(bits))))
    return found


def cone(events: Sequence[Event], num_qubits: int, event_id: int, direction: Direction) -> Cone:
    """Return the events that can have influenced this one, or that it can influence.

    A dependency counts whatever its gate does, as do both branches of an ``if``, and a barrier joins its
    qubits as in the event graph. A ``while`` loop is in a cone as a whole: each of its events can influence
    the others in the next iteration. So some events of a cone may have no influence; all others have none.
    """
    all_dependencies, loops = dependencies(events, num_qubits), _loops(events)
    inside = {event_id, *loops[event_id]}
    if direction == "future":
        for dependency in all_dependencies:
            if dependency.source in inside:
                inside.update((dependency.target, *loops[dependency.target]))
    else:
        for dependency in reversed(all_dependencies):
            if dependency.target in inside:
                inside.update((dependency.source, *loops[dependency.source]))
    return Cone(
        sorted(inside - {event_id}),
        [each for each in all_dependencies if each.source in inside and each.target in inside],
    )


def _loops(events: Sequence[Event]) -> Sequence[Sequence[int]]:
    """Return for each event the events of the outermost loop around it; none if it is in no loop."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for index, event in enumerate(events):
        if "loops" in event:
            members[event["loops"][0]].append(index)
    return [members[event["loops"][0]] if "loops" in event else () for event in events]


def schedule(events: Sequence[Event], num_qubits: int) -> Schedule:
    """Put each event into the first layer that is possible, and find what makes the last one late.

    1. A layer is the unit of time: every gate, measurement and reset takes one; START, END and barriers take
       none.
    2. An event follows the last one on each of its qubits.
    3. A condition follows the measurement that it reads.
    4. A measurement follows the last one into its bit, and the conditions that read what it replaces.

    Conditions on one bit do not wait for each other, unlike in Qiskit's ``depth()``. Both branches of an
    ``if`` have their place.
    """
    layers, latest = [0], [0]
    for event, sources in zip(events[1:], _sources(events, num_qubits), strict=True):
        # of those that end last, the first in the program
        source = max((each for _, each, _ in sources), key=lambda each: (layers[each], -each), default=0)
        latest.append(source)
        layers.append(layers[source] + (event["event_type"] not in TIMELESS))
    path = [len(events) - 1]
    while path[-1] != 0:
        path.append(latest[path[-1]])
    return Schedule(layers[-1], layers, path[::-1], _qubit_times(events, layers, num_qubits))


def _sources(events: Sequence[Event], num_qubits: int) -> Iterator[list[_Source]]:
    """Yield for each event after START the events that it follows."""
    last_touch = [0] * num_qubits
    last_write: dict[int, int] = {}
    readers: defaultdict[int, list[int]] = defaultdict(list)
    without_qubits: list[int] = []
    for target, event in enumerate(events[1:-1], start=1):
        qubits, bits_read = event.get("qubits") or (), _bits_read(event)
        bits_written = event.get("classical_bits", ())
        found: list[_Source] = [(QUBIT_DEP, last_touch[qubit], [qubit]) for qubit in qubits]
        if not qubits:
            found.append((QUBIT_DEP, 0, []))
            without_qubits.append(target)
        found += [(CLASSICAL_DEP, last_write[bit], [bit]) for bit in bits_read if bit in last_write]
        found += _assigned_outcomes(events, event)
        found += [(_ORDER, last_write[bit], [bit]) for bit in bits_written if bit in last_write]
        found += [(_ORDER, reader, [bit]) for bit in bits_written for reader in readers[bit]]
        yield found
        for qubit in qubits:
            last_touch[qubit] = target
        for bit in bits_read:
            readers[bit].append(target)
        for bit in bits_written:
            last_write[bit] = target
            readers[bit] = []  # what writes the bit next follows this event, which followed them
    of_end = [(QUBIT_DEP, source, [qubit]) for qubit, source in enumerate(last_touch)]
    yield [*of_end, *((QUBIT_DEP, source, []) for source in without_qubits)]


def _assigned_outcomes(events: Sequence[Event], event: Event) -> Iterator[_Source]:
    """Yield the measurements whose outcomes reached the condition of an event through assignments."""
    for source in event["condition"].get("measurements", ()) if "condition" in event else ():
        yield CLASSICAL_DEP, source, list(events[source].get("classical_bits", ()))


def _bits_read(event: Event) -> Sequence[int]:
    """The classical bits that an event reads: those of its condition, and its own if it may leave them."""
    if "condition" not in event:
        return ()
    return sorted(bits_of_condition(event["condition"]).union(event.get("classical_bits", ())))


def _qubit_times(events: Sequence[Event], layers: Sequence[int], num_qubits: int) -> list[QubitTime]:
    busy, first, last = [0] * num_qubits, [0] * num_qubits, [0] * num_qubits
    for event, layer in zip(events, layers, strict=True):
        if event["event_type"] in TIMELESS:
            continue
        for qubit in event.get("qubits") or ():
            busy[qubit] += 1
            first[qubit] = first[qubit] or layer
            last[qubit] = layer
    return [
        QubitTime(
            qubit=qubit,
            busy=busy[qubit],
            idle=layers[-1] - busy[qubit],
            waiting=last[qubit] - first[qubit] + 1 - busy[qubit] if busy[qubit] else 0,
        )
        for qubit in range(num_qubits)
    ]
