"""The problem of a sweep, its parts, and the facts about its circuit: plain values, without qiskit."""

import msgspec

from app.circuits.spec import ExecutionSpec, Method

Observable = dict[str, float]
"""Real coefficients by Pauli strings; the left letter acts on the highest qubit, as in Qiskit."""


class Problem(msgspec.Struct, frozen=True):
    """Everything that decides a sweep's results, except the values of its bindings.

    Attributes:
        run: the circuit, the shots of each binding (0 for exact values), the seed, noise and method.
        inputs: the names of the numbers in each binding.
        observables: the observables to estimate; none for counts.
    """

    run: ExecutionSpec
    inputs: tuple[str, ...] = ()
    observables: tuple[Observable, ...] = ()


class Part(msgspec.Struct, frozen=True):
    """The work of a shard: ``count`` bindings from ``first``, each with so many ``shots``, by this method."""

    index: int
    first: int
    count: int
    shots: int
    method: Method


class Facts(msgspec.Struct, frozen=True):
    """The facts about a sweep's circuit that are known when it is parsed.

    ``groups`` is the number of circuits that are measured for the observables of one binding; 0 for counts
    and for exact values.
    """

    num_qubits: int
    num_clbits: int
    method: Method
    method_reason: str
    groups: int
    versions: dict[str, str]


class Plan(msgspec.Struct, frozen=True):
    """How a sweep is cut: into shards of ``per_shard`` bindings, or each binding into ``pieces`` shards.

    It follows from the problem and the number of bindings alone, so that the results do not depend on who
    runs which shard. ``seconds`` is about how long a shard takes, ``is_costly`` whether that is over the
    ceiling of the caller. ``events`` are those of the circuit that the bindings share, as JSON; ``None`` if
    each has a circuit of its own.
    """

    facts: Facts
    bindings: int
    shots: int
    per_shard: int
    pieces: int
    seconds: float
    is_costly: bool
    events: bytes | None = None

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return self.bindings * self.pieces if self.pieces > 1 else -(-self.bindings // self.per_shard)

    def part(self, index: int) -> Part:
        """Return the share of the shard of this index, from 0."""
        method = self.facts.method
        if self.pieces > 1:
            binding, piece = divmod(index, self.pieces)
            begin, end = (self.shots * each // self.pieces for each in (piece, piece + 1))
            return Part(index, binding, 1, end - begin, method)
        first = index * self.per_shard
        return Part(index, first, min(self.per_shard, self.bindings - first), self.shots, method)
