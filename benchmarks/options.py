"""The options of the command line."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How long and how big the benchmarks are.

    Attributes:
        repeats: how often a short thing is measured.
        stored: the numbers of stored executions with which ``bell`` is measured.
        load_seconds: how long the clients of the load test ask.
        clients: how many they are.
    """

    repeats: int
    stored: Sequence[int]
    load_seconds: float
    clients: int
