"""Two memories of one web process: lookups of keys that are under way, and keys that have worked.

A thousand requests of one key that come together would each ask PostgreSQL for it. They would queue for the
connections of the pool, and requests of other keys would wait behind them. So they share one lookup.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock

from app.api_keys import repository
from app.api_keys.repository import FoundKey
from app.database import Database

NOTED_SECONDS = 60.0
"""``last_used_at`` is at most about this old; each note is a write."""

MAX_KEYS = 10_000
"""The most keys in memory. When there are more, all are forgotten, which costs one write for each key."""

Lookup = Future[FoundKey | None]


class SharedLookups:
    """The lookups that wait for a connection, by the digests of their keys."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[bytes, Lookup] = {}

    def find(self, database: Database, digest: bytes) -> FoundKey | None:
        """Return the key with this digest, read after this call began: an earlier revocation is seen.

        Raises:
            UnavailableError: PostgreSQL is down or busy.
        """
        with self._lock:
            others = self._waiting.get(digest)
            if others is None:
                ours = self._waiting[digest] = Lookup()
        return self._look_up(database, digest, ours) if others is None else others.result()

    def _look_up(self, database: Database, digest: bytes, lookup: Lookup) -> FoundKey | None:
        try:
            with database.looking_up() as connection:
                self._begin(digest, lookup)
                found = repository.find_by_digest(connection, digest)
        except BaseException as error:
            self._begin(digest, lookup)
            lookup.set_exception(error)
            raise
        lookup.set_result(found)
        return found

    def _begin(self, digest: bytes, lookup: Lookup) -> None:
        """Share this lookup no more: whoever asks from now on starts another one."""
        with self._lock:
            if self._waiting.get(digest) is lookup:
                del self._waiting[digest]


class UsedKeys:
    """The digests of the keys that have worked in this process.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._noted_at: dict[bytes, float] = {}

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._noted_at

    def is_to_be_noted(self, digest: bytes) -> bool:
        """Note that a key was used; return True once a minute, when that must be written to the database."""
        now = self._clock()
        if now - self._noted_at.get(digest, -NOTED_SECONDS) < NOTED_SECONDS:
            return False
        if len(self._noted_at) >= MAX_KEYS:
            self._noted_at.clear()
        self._noted_at[digest] = now
        return True
