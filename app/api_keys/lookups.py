"""Looking a key up once for all requests that wait for it at the same time.

Each request asks PostgreSQL for its key. A thousand requests of one key that come together would queue for
the connections of the pool, and those of other keys behind them, until their time is up.
"""

from concurrent.futures import Future
from threading import Lock

from app.api_keys import repository
from app.api_keys.repository import FoundKey
from app.database import Database

Lookup = Future[FoundKey | None]


class SharedLookups:
    """The lookups of one web process that wait for a connection, by the digests of their keys."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[bytes, Lookup] = {}

    def find(self, database: Database, digest: bytes) -> FoundKey | None:
        """The key with this digest, read after this call began: a key that was revoked before is seen so.

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
        """Let whoever asks from now on have a lookup of its own."""
        with self._lock:
            if self._waiting.get(digest) is lookup:
                del self._waiting[digest]
