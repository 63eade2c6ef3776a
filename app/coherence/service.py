"""Decoherence: the states of vectors whose coherence has ended are removed; the vectors stay.

The store's version is not bumped: an answer that was cached while a state was coherent ends with that state's
time, and from then on a vector with an expired state is scored like one without any.
"""

import time
from dataclasses import dataclass

from app import audit
from app.audit import Action, Kind
from app.coherence import repository
from app.database import Database
from app.webhooks import outbox
from app.webhooks.outbox import EventType

BATCH = 5_000
"""States that one transaction removes."""

MAX_SECONDS = 20.0
"""After which no further batch is begun; what is left is for the next time."""

BYTES_IN_A_MB = 1_000_000


@dataclass(frozen=True)
class Cleanup:
    """What a cleanup did. ``is_complete`` is false if its time was up before all states were looked at."""

    states: int
    size_bytes: int
    time_ms: float
    is_complete: bool

    @property
    def document(self) -> dict[str, object]:
        """The answer in the contract's shape."""
        return {
            "states_cleaned": self.states,
            "memory_freed_mb": self.size_bytes / BYTES_IN_A_MB,
            "execution_time_ms": round(self.time_ms, 3),
            "complete": self.is_complete,
        }


def clean_up(database: Database, *, max_seconds: float = MAX_SECONDS) -> Cleanup:
    """Remove the states that have ended, in bounded transactions; several may do so at once.

    Raises:
        UnavailableError: PostgreSQL is down; the batches before are removed.
    """
    started = time.monotonic()
    states, size_bytes, is_complete = 0, 0, False
    while not is_complete and time.monotonic() - started < max_seconds:
        removed = _remove_batch(database)
        states += removed.states
        size_bytes += removed.size_bytes
        is_complete = removed.states < BATCH
    return Cleanup(states, size_bytes, (time.monotonic() - started) * 1000, is_complete)


def _remove_batch(database: Database) -> repository.Removed:
    """One batch, told of in its own transaction."""
    with database.unit_of_work() as unit:
        removed = repository.remove_expired(unit.session, BATCH)
        if removed.states:
            told: dict[str, object] = {
                "states_cleaned": removed.states,
                "memory_freed_mb": removed.size_bytes / BYTES_IN_A_MB,
            }
            audit.record(unit.session, Action.CLEANED, Kind.QUANTUM_STATE, None, {"count": removed.states})
            outbox.publish(unit.session, EventType.COHERENCE_CLEANED, told)
    return removed
