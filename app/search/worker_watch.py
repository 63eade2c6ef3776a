"""Whether anybody is there to run the circuits of queries."""

import time
from datetime import timedelta

from app.database import Database
from app.search import repository

BELIEVED_SECONDS = 1.0
"""How long a worker that was seen alive is taken to be so."""


class WorkerWatch:
    """Says how many slots the live workers of the search queue have: asked when needed, and believed for a
    second unless there were none.
    """

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self._seen_within = timedelta(seconds=lease_seconds)
        self._believed_until = 0.0
        self._slots = 0

    def slots(self) -> int:
        """Slots of the live workers together.

        Raises:
            UnavailableError: PostgreSQL does not answer.
        """
        now = time.monotonic()
        if now >= self._believed_until:
            with self._database.reading() as session:
                self._slots = repository.search_slots(session, self._seen_within)
            if self._slots:
                self._believed_until = now + BELIEVED_SECONDS
        return self._slots

    def sees_one(self) -> bool:
        """Whether a worker is alive.

        Raises:
            UnavailableError: PostgreSQL does not answer.
        """
        return self.slots() > 0
