"""How large the shards of a sweep are: by what a binding costs (``app.circuits.methods.cost``)."""

from typing import NamedTuple

SHARD_COST = 5e7
"""What a shard may cost, in bytes touched: about an eighth of a second of one core, where its claim and its
commit take some 10 ms. Other jobs of its queue wait so long for it, and its work is lost with its worker."""

BYTES_PER_SECOND = 4e8
"""So many bytes of cost take a second: 500 bindings of 8 qubits and 48 rotations."""

READING_COST = 6e4
"""The cost of reading an operation of a program again for a binding with a circuit of its own: 0.15 ms."""

MOST_BINDINGS = 64
"""The most bindings of one shard: each takes some 0.5 ms beside its simulation."""

MOST_SHARDS = 1_000
"""The most shards of a sweep; those of a sweep that costs more are larger."""

LEAST_SHOTS = 1_000
"""The fewest shots of a shard, so that they are worth its claim."""


class Size(NamedTuple):
    """The bindings of a shard, and the shards of a binding; one of the two is 1."""

    per_shard: int
    pieces: int


def shard_size(bindings: int, shots: int, cost: float, preparation: float) -> Size:
    """Return how a sweep is cut.

    Args:
        cost: of one binding with all its shots.
        preparation: the part of that cost that each piece of a binding would pay again.
    """
    most = max(SHARD_COST, bindings * cost / MOST_SHARDS)
    if cost <= most:
        per_shard = max(-(-bindings // MOST_SHARDS), min(int(most / max(cost, 1.0)), MOST_BINDINGS))
        return Size(-(-bindings // -(-bindings // per_shard)), 1)  # shards of about the same size
    if preparation > most / 2:
        return Size(1, 1)
    pieces = -(-(cost - preparation) // (most - preparation))
    return Size(1, max(1, min(int(pieces), shots // LEAST_SHOTS, MOST_SHARDS // bindings)))
