"""Whether anybody is there to run the circuits of queries."""

import time
from datetime import timedelta

from app.database import Database
from app.search import repository

BELIEVED_SECONDS = 1.0
"""How long a worker that was seen alive is taken to be so."""


class WorkerWatch:
    """Says whether a worker of the search queue is alive: asked when needed, and believed for a second."""

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self._seen_within = timedelta(seconds=lease_seconds)
        self._believed_until = 0.0

    def sees_one(self) -> bool:
        """Whether one is.

        Raises:
            UnavailableError: PostgreSQL does not answer.
        """
        now = time.monotonic()
        if now >= self._believed_until:
            with self._database.reading() as session:
                if not repository.has_search_worker(session, self._seen_within):
                    return False
            self._believed_until = now + BELIEVED_SECONDS
        return True
