"""Results kept in Redis, so that neither a write nor the end of a coherence is ever hidden by them.

The key names everything that results depend on: the query, the store's epoch (drawn anew after a restore) and
its version, which every write raises. These rules keep what is found there true:

1. A reader asks PostgreSQL for the version first, so that whatever was acknowledged before is in it.
2. Results are stored under the version of the very snapshot that read their candidates.
3. They are kept no longer than the earliest coherence among these candidates lasts.
"""

import logging
from collections.abc import Sequence
from hashlib import sha256

import msgspec

from app.redis.bounded import BoundedRedis, RedisAwayError
from app.search.store import StoreState

logger = logging.getLogger(__name__)

MAX_DOCUMENT_BYTES = 256 * 1024
"""Larger documents are not kept: Redis' memory is worth more than the time they take, and a batch reads up to
100 of them at once."""


class CachedResults(msgspec.Struct, frozen=True, array_like=True):
    """The encoded ``SnapshotResults`` of a query, and whether a circuit scored one of them."""

    is_quantum: bool
    document: bytes


decode = msgspec.msgpack.Decoder(CachedResults).decode


class ResultCache:
    """Results by query and state of the store. Without Redis it is empty."""

    def __init__(self, redis: BoundedRedis, key_prefix: str, seconds: float) -> None:
        self._redis = redis
        self._key_prefix = key_prefix + "results:"
        self._ms = seconds * 1000

    def key(self, identity: bytes, state: StoreState) -> str:
        """Return the key of a query's results while the store is in this state."""
        digest = sha256(b"%s %d " % (state.epoch.bytes, state.version) + identity)
        return self._key_prefix + digest.hexdigest()

    def find(self, keys: Sequence[str], seconds: float) -> list[CachedResults | None]:
        """Return what stands under these keys."""
        try:
            found: list[bytes | None] = self._redis.ask(("MGET", *keys), seconds=seconds)[0]
        except RedisAwayError as error:
            logger.info("Queries are not looked up in the cache: %s", error)
            return [None] * len(keys)
        return [None if each is None else decode(each) for each in found]

    def keep(self, key: str, results: CachedResults, coherent_ms: float | None, seconds: float) -> None:
        """Keep results, for at most ``coherent_ms``."""
        ms = int(self._ms if coherent_ms is None else min(self._ms, coherent_ms))
        if ms < 1 or len(results.document) > MAX_DOCUMENT_BYTES:
            return
        try:
            self._redis.tell(("SET", key, msgspec.msgpack.encode(results), "PX", ms), seconds=seconds)
        except RedisAwayError as error:
            logger.info("Results are not kept in the cache: %s", error)
