"""What can influence what in an execution, and how long it must take: cones and the critical path.

Both follow the events in one pass: they are in program order, so that every dependency points forward. The
passes are linear in events and their bits; plain lists do them faster than a graph library could be filled,
and the web process stays free of numpy.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from app.circuits.event_graph import QUBIT_DEP, Event

CLASSICAL_DEP = "CLASSICAL_DEP"
"""From a measurement to what reads its bit. Only cones show it; the event graph of the contract does not."""

TIMELESS = frozenset({"EXECUTION_START", "BARRIER", "EXECUTION_END"})
"""Events that order others and take no layer themselves."""

Direction = Literal["past", "future"]


class Dependency(NamedTuple):
    """The event ``target`` needs what ``source`` left in these bits (ascending indices)."""

    source: int
    target: int
    relation: str
    bits: list[int]


class Cone(NamedTuple):
    """The events on one side of an event (ascending, without it), and the dependencies that join them."""

    event_ids: list[int]
    dependencies: list[Dependency]


@dataclass(frozen=True)
class QubitTime:
    """The layers of one qubit: those it is busy in, and those it is idle in.

    Of the idle ones, ``waiting`` lie between its first and its last operation, where decoherence does harm.
    """

    qubit: int
    busy: int
    idle: int
    waiting: int


@dataclass(frozen=True)
class Schedule:
    """The as-soon-as-possible schedule: ``layers`` has each event's layer, ``path`` one longest chain."""

    depth: int
    layers: list[int]
    path: list[int]
    qubits: list[QubitTime]


def dependencies(events: Sequence[Event], num_qubits: int) -> list[Dependency]:
    """What each event takes from earlier ones, ordered by target; an event's id is its position.

    QUBIT_DEP is the event graph's, and START and END touch every qubit. An event without qubits (a global
    phase) follows START and precedes END. CLASSICAL_DEP joins a measurement to the conditions that read its
    bit, and to the measurement under a condition that may leave the bit as it was.
    """
    found: list[Dependency] = []
    last_touch = [0] * num_qubits
    loose: list[int] = []
    last_write: dict[int, int] = {}
    for target, event in enumerate(events[1:-1], start=1):
        qubits = event.get("qubits")
        if qubits:
            found.extend(_joined(QUBIT_DEP, target, ((last_touch[qubit], qubit) for qubit in qubits)))
            for qubit in qubits:
                last_touch[qubit] = target
        else:
            found.append(Dependency(0, target, QUBIT_DEP, []))
            loose.append(target)
        sources = ((last_write[bit], bit) for bit in _bits_read(event) if bit in last_write)
        found.extend(_joined(CLASSICAL_DEP, target, sources))
        for bit in event.get("classical_bits", ()):
            last_write[bit] = target
    end = len(events) - 1
    found.extend(_joined(QUBIT_DEP, end, ((source, qubit) for qubit, source in enumerate(last_touch))))
    found.extend(Dependency(source, end, QUBIT_DEP, []) for source in loose)
    return found


def cone(events: Sequence[Event], num_qubits: int, event_id: int, direction: Direction) -> Cone:
    """The events that can have influenced this one, or that it can influence.

    Can: a dependency is followed whatever its gate does, both branches of an ``if`` are, and a barrier joins
    its qubits as the event graph does. What is not in the cone has no influence.
    """
    all_dependencies = dependencies(events, num_qubits)
    inside = {event_id}
    if direction == "future":
        for dependency in all_dependencies:
            if dependency.source in inside:
                inside.add(dependency.target)
    else:
        for dependency in reversed(all_dependencies):
            if dependency.target in inside:
                inside.add(dependency.source)
    return Cone(
        sorted(inside - {event_id}),
        [each for each in all_dependencies if each.source in inside and each.target in inside],
    )


def schedule(events: Sequence[Event], num_qubits: int) -> Schedule:
    """Put each event into the first layer that what it needs allows, and find what makes the last one late.

    A layer is the unit of time: every gate, measurement and reset takes one; START, END and barriers take
    none. An event follows the last one on each of its qubits; a condition follows the measurement that it
    reads; a measurement follows the last one into its bit and the conditions that read what it replaces.
    Conditions on one bit do not wait for each other, unlike in Qiskit's ``depth()``. Both branches of an
    ``if`` have their place.
    """
    wires = _Wires(num_qubits)
    layers, latest = [0], [0]
    for position, event in enumerate(events[1:], start=1):
        needed = _needs(wires, event, is_end=position == len(events) - 1)
        # of those that end last, the first in the program
        source = max(needed, key=lambda earlier: (layers[earlier], -earlier), default=0)
        latest.append(source)
        layers.append(layers[source] + (event["event_type"] not in TIMELESS))
        wires.pass_through(position, event)
    path = [len(events) - 1]
    while path[-1] != 0:
        path.append(latest[path[-1]])
    return Schedule(layers[-1], layers, path[::-1], _qubit_times(events, layers, num_qubits))


class _Wires:
    """The events that the next one on each wire has to wait for; a wire is a qubit or a classical bit."""

    def __init__(self, num_qubits: int) -> None:
        self.last_touch = [0] * num_qubits
        self.last_write: dict[int, int] = {}
        self.readers: defaultdict[int, list[int]] = defaultdict(list)
        self.loose: list[int] = []

    def pass_through(self, position: int, event: Event) -> None:
        """Note which wires an event occupies."""
        qubits = event.get("qubits")
        for qubit in qubits or ():
            self.last_touch[qubit] = position
        if not qubits:
            self.loose.append(position)
        for bit in _bits_read(event):
            self.readers[bit].append(position)
        for bit in event.get("classical_bits", ()):
            self.last_write[bit] = position
            self.readers.pop(bit, None)  # a writer waits for them: who follows it needs not


def _needs(wires: _Wires, event: Event, *, is_end: bool) -> Iterator[int]:
    if is_end:
        yield from wires.last_touch
        yield from wires.loose
        return
    for qubit in event.get("qubits") or ():
        yield wires.last_touch[qubit]
    for bit in (*_bits_read(event), *event.get("classical_bits", ())):
        if bit in wires.last_write:
            yield wires.last_write[bit]
    for bit in event.get("classical_bits", ()):
        yield from wires.readers.get(bit, ())


def _bits_read(event: Event) -> Sequence[int]:
    """The classical bits that an event reads: its condition's, and its own where it may leave them."""
    if "condition" not in event:
        return ()
    bits = {bit for term in event["condition"]["terms"] for bit in term["classical_bits"]}
    return sorted(bits.union(event.get("classical_bits", ())))


def _joined(relation: str, target: int, sources: Iterator[tuple[int, int]]) -> Iterator[Dependency]:
    """One dependency for each pair of events, with all its bits."""
    shared: defaultdict[int, list[int]] = defaultdict(list)
    for source, bit in sources:
        shared[source].append(bit)
    for source, bits in shared.items():
        yield Dependency(source, target, relation, sorted(bits))


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
