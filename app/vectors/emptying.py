"""Emptying the store: every vector is deleted, in bounded transactions, while other requests go on."""

import time

import msgspec

from app.database import Database
from app.vectors import repository, service

BATCH = 1_000
"""Vectors that one transaction deletes; another writer of one of them waits so long."""

MAX_SECONDS = 20.0
"""After this time no further batch is begun; the rest is left for the next call."""


class Emptied(msgspec.Struct):
    """How many vectors were deleted; ``complete`` is false if time was up, and another call goes on."""

    deleted: int
    complete: bool


def empty(database: Database, *, max_seconds: float = MAX_SECONDS) -> Emptied:
    """Delete every vector with its state and its places in entangled groups, in the order of the ids.

    What is inserted meanwhile may stay. The next insert into a store without vectors sets its dimension.

    Raises:
        UnavailableError: PostgreSQL is down; the batches before are deleted.
    """
    started = time.monotonic()
    deleted, after = 0, ""
    while time.monotonic() - started < max_seconds:
        with database.unit_of_work() as unit:
            ids = repository.lock_after(unit.session, after, BATCH)
            service.delete_locked(unit.session, ids)
        if not ids:
            return Emptied(deleted, complete=True)
        deleted, after = deleted + len(ids), ids[-1]
    return Emptied(deleted, complete=False)
