"""Whether a queue has a live worker: asked when needed, and believed for a second."""

import time
from datetime import timedelta

from app.database import Database
from app.jobs import heartbeats
from app.models import Queue

BELIEVED_SECONDS = 1.0
"""How long a worker that was seen alive is taken to be so."""


class WorkerWatch:
    """Knows whether a queue has a live worker. Thread safe."""

    def __init__(self, database: Database, queue: Queue, lease_seconds: float) -> None:
        self._database = database
        self._queue = queue
        self._seen_within = timedelta(seconds=lease_seconds)
        self._believed_until = 0.0

    def has_live_worker(self) -> bool:
        """Return whether a worker of the queue sent a heartbeat within its lease.

        Raises:
            UnavailableError: PostgreSQL does not answer.
        """
        now = time.monotonic()
        if now >= self._believed_until:
            with self._database.reading() as session:
                if not heartbeats.has_live_worker(session, self._queue, self._seen_within):
                    return False
            self._believed_until = now + BELIEVED_SECONDS
        return True
