"""Decoherence: the states of vectors whose coherence has ended are removed; the vectors stay.

The version of the store stays, too. A cached result that used a state expires when the state does, and from
then on a vector with an expired state is scored like one without any.
"""

import time
from typing import Annotated

import msgspec
from msgspec import Meta

from app import audit
from app.audit import Action, Kind
from app.coherence import repository
from app.database import Database
from app.webhooks import outbox
from app.webhooks.outbox import EventType

BATCH = 5_000
"""States that one transaction removes."""

MAX_SECONDS = 20.0
"""After this time no further batch is begun; the rest is left for the next call."""

BYTES_IN_A_MB = 1_000_000


class Decoherence(msgspec.Struct):
    """The result of a cleanup."""

    states_cleaned: int
    memory_freed_mb: Annotated[
        float, Meta(description="Of the removed rows, by pg_column_size, in 1,000,000 bytes.")
    ]
    execution_time_ms: float
    complete: Annotated[bool, Meta(description="false: time was up, and another call goes on.")]


def clean_up(database: Database, *, max_seconds: float = MAX_SECONDS) -> Decoherence:
    """Remove the states that have ended, in bounded transactions; several calls may run at once.

    Raises:
        UnavailableError: PostgreSQL is down; the batches before are removed.
    """
    started = time.monotonic()
    states, size_bytes, is_complete = 0, 0, False
    while not is_complete and time.monotonic() - started < max_seconds:
        removed, removed_bytes = _remove_batch(database)
        states += removed
        size_bytes += removed_bytes
        is_complete = removed < BATCH
    time_ms = round((time.monotonic() - started) * 1000, 3)
    return Decoherence(states, size_bytes / BYTES_IN_A_MB, time_ms, is_complete)


def _remove_batch(database: Database) -> tuple[int, int]:
    """Remove a batch and report it in the same transaction; return the number of states and their bytes."""
    with database.unit_of_work() as unit:
        states, size_bytes = repository.remove_expired(unit.session, BATCH)
        if states:
            event = {"states_cleaned": states, "memory_freed_mb": size_bytes / BYTES_IN_A_MB}
            audit.record(unit.session, Action.CLEANED, Kind.QUANTUM_STATE, None, {"count": states})
            outbox.publish(unit.session, EventType.COHERENCE_CLEANED, event)
    return states, size_bytes
