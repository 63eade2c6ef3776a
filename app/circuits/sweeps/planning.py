"""Decides how large the shards of a sweep are, from the cost of a binding (``app.circuits.methods.cost``)."""

from typing import NamedTuple

SHARD_COST = 5e7
"""The largest cost of a shard, in bytes touched: about an eighth of a second of one core. Its claim and its
commit take some 10 ms. Other jobs of the queue wait for it so long, and a lost worker loses so much work."""

BYTES_PER_SECOND = 4e8
"""The cost that takes one second, measured on 500 bindings of 8 qubits and 48 rotations."""

READING_COST = 6e4
"""The cost of parsing one operation (0.15 ms), if each binding has a circuit of its own."""

MOST_BINDINGS = 64
"""The most bindings of one shard: each takes some 0.5 ms beside its simulation."""

MOST_SHARDS = 1_000
"""The most shards of a sweep; a sweep that costs more has larger shards."""

LEAST_SHOTS = 1_000
"""The fewest shots of a shard, so that they are worth its claim."""


class Size(NamedTuple):
    """How many bindings a shard has, and into how many shards a binding is divided; one of the two is 1."""

    per_shard: int
    pieces: int

    def shard_cost(self, cost: float, preparation: float) -> float:
        """Return the cost of a shard; the arguments are those of ``shard_size``."""
        return cost * self.per_shard if self.pieces == 1 else cost / self.pieces + preparation


def shard_size(bindings: int, shots: int, cost: float, preparation: float) -> Size:
    """Return how a sweep is divided into shards.

    Args:
        cost: the cost of one binding with all its shots.
        preparation: the part of this cost that each shard of a divided binding has again.
    """
    most = max(SHARD_COST, bindings * cost / MOST_SHARDS)
    if cost <= most:
        per_shard = max(-(-bindings // MOST_SHARDS), min(int(most / max(cost, 1.0)), MOST_BINDINGS))
        return Size(-(-bindings // -(-bindings // per_shard)), 1)  # shards of about the same size
    if preparation > most / 2:
        return Size(1, 1)
    pieces = -(-(cost - preparation) // (most - preparation))
    return Size(1, max(1, min(int(pieces), shots // LEAST_SHOTS, MOST_SHARDS // bindings)))
