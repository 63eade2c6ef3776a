"""How the pools of a request are read: in groups that fit into memory, while scoring leaves time for it."""

import time
from collections.abc import Iterator, Sequence

from app.remote_calls.caller import Deadline
from app.search.candidates import Mode, pool_size
from app.search.query_state import Course

MAX_NUMBERS_AT_ONCE = 2_000_000
"""Of the pools that are in memory together, 8 MB as float32. A single pool may be larger."""
NUMBERS_PER_CANDIDATE = 1_024
"""What its metadata and the rest of it count as."""

RESERVED_FACTOR = 2.0
"""Pools differ in how long they take to be read, and so does the load."""


def groups(courses: Sequence[Course], dimension: int) -> Iterator[list[Course]]:
    """The queries in their order, divided so that the pools of a group fit into memory together."""
    group: list[Course] = []
    size = 0
    for course in courses:
        pool = pool_size(Mode(course.query.mode), course.query.top_k) * (dimension + NUMBERS_PER_CANDIDATE)
        if group and size + pool > MAX_NUMBERS_AT_ONCE:
            yield group
            group, size = [], 0
        group.append(course)
        size += pool
    if group:
        yield group


class ReadingTime:
    """Divides a request's time: scoring has to leave enough for reading the pools that are still to come.

    Attributes:
        deadline: the end of the request. What scoring takes beyond its own share is added: a simulator that
            is ended for being late takes a second to end, and the pools that follow can be read all the same.
    """

    def __init__(self, deadline: Deadline, pools: int) -> None:
        self.deadline = deadline
        self._left = pools
        self._read = 0
        self._seconds = 0.0
        self._scores = True

    def add(self, seconds: float) -> None:
        """Count one pool that was read."""
        self._left, self._read, self._seconds = self._left - 1, self._read + 1, self._seconds + seconds

    def for_scoring(self) -> Deadline:
        """When scoring has to end: twice the expected time of the other pools before the request's end."""
        if not self._scores:
            return Deadline(time.monotonic())
        return Deadline(self.deadline.at - RESERVED_FACTOR * self._left * self._seconds / max(1, self._read))

    def end_scoring(self) -> None:
        """Leave the other pools without scores: a worker may be busy with one that nobody waits for."""
        self._scores = False

    def scored(self, began: float, share: Deadline) -> None:
        """Note that scoring has ended which ``began`` (monotonic clock) with this share of the time."""
        late = time.monotonic() - max(began, share.at)
        if late > 0:
            self.deadline = Deadline(self.deadline.at + late)
