"""Writes all graphs again; a command and the running workers do this together."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

POLL_SECONDS = 0.2
MAX_TRIES = 2
"""A graph that was tried so often and is still not written is left to the workers, which go on trying."""


class Left(NamedTuple):
    """Marked graphs that are not written, and those of them that were tried less than ``MAX_TRIES`` times."""

    unwritten: int
    untried: int


@dataclass(frozen=True)
class Rebuilt:
    """How many graphs were written, by whomever, and how many could not be written yet."""

    written: int
    left: int


def write_marked(marked: int, take_up: Callable[[], int], count_left: Callable[[], Left]) -> Rebuilt:
    """Write the marked graphs, and wait for those that workers have taken up.

    Args:
        marked: how many graphs are to be written.
        take_up: writes a batch of those that are due; returns 0 when none is.
        count_left: counts the marked graphs that are not written.

    Raises:
        UnavailableError: Neo4j or PostgreSQL is down.
    """
    while True:
        while take_up():
            pass
        left = count_left()
        if not left.untried:
            return Rebuilt(marked - left.unwritten, left.unwritten)
        time.sleep(POLL_SECONDS)
