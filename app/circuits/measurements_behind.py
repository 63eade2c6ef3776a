"""Which measurements decide the value of each classical bit, also through assignments."""

from collections.abc import Collection, Iterable

from app.circuits.event_graph import Condition, bits_of_condition


class MeasurementsBehind:
    """Follows the events and assignments of a circuit in the order of the program.

    A measurement or an assignment that may not happen keeps what was behind its bit before.
    """

    def __init__(self) -> None:
        self._events: dict[int, frozenset[int]] = {}
        self._assigned: set[int] = set()

    def measure(self, bits: Iterable[int], event_id: int, *, is_certain: bool) -> None:
        """Note that an event writes its outcome into bits."""
        for bit in bits:
            if is_certain:
                self._events[bit] = frozenset({event_id})
                self._assigned.discard(bit)
            else:
                self._events[bit] = self._of({bit}) | {event_id}

    def assign(self, target: int, read: Collection[int], condition: Condition | None) -> None:
        """Note that a bit gets a value that is computed from other bits, maybe under a condition."""
        decisive = set(read)
        if condition is not None:
            decisive |= {target, *bits_of_condition(condition)}
        found = self._of(decisive)
        self._events[target] = found.union(condition.get("measurements", ())) if condition else found
        self._assigned.add(target)

    def named(self, condition: Condition) -> Condition:
        """Return a condition with its ``measurements``, if a bit that it reads was assigned."""
        bits = bits_of_condition(condition)
        if self._assigned.isdisjoint(bits):
            return condition
        return {**condition, "measurements": sorted(self._of(bits))}

    def _of(self, bits: Iterable[int]) -> frozenset[int]:
        return frozenset().union(*(self._events.get(bit, frozenset()) for bit in bits))
