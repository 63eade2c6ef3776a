"""Whether a queue has a live worker: asked when needed, and believed for a second."""

import time
from datetime import timedelta

from app.database import Database
from app.jobs import heartbeats
from app.models import Queue

BELIEVED_SECONDS = 1.0
"""How long a worker that was seen alive is taken to be so."""


class WorkerWatch:
    """Knows how many slots the live workers of a queue have. Thread safe.

    Asked when needed, and believed for a second unless there were none.
    """

    def __init__(self, database: Database, queue: Queue, lease_seconds: float) -> None:
        self._database = database
        self._queue = queue
        self._seen_within = timedelta(seconds=lease_seconds)
        self._believed_until = 0.0
        self._slots = 0

    def slots(self) -> int:
        """Return how many slots the live workers of the queue have together.

        Raises:
            UnavailableError: PostgreSQL does not answer.
        """
        now = time.monotonic()
        if now >= self._believed_until:
            with self._database.reading() as session:
                self._slots = heartbeats.live_slots(session, self._queue, self._seen_within)
            if self._slots:
                self._believed_until = now + BELIEVED_SECONDS
        return self._slots
