"""Answers kept in Redis, so that neither a write nor the end of a coherence is ever hidden by them.

The key names everything that an answer depends on: the query, the store's epoch (drawn anew after a restore)
and its version, which every write raises. A reader asks PostgreSQL for the version first: whatever was
acknowledged before is in it. An answer is stored under the version of the very snapshot that read its
candidates, and no longer than the earliest coherence among them lasts.
"""

import logging
from collections.abc import Sequence
from hashlib import sha256

from app.redis.bounded import BoundedRedis, RedisAwayError
from app.search.candidates import StoreState

logger = logging.getLogger(__name__)

MAX_ENTRY_BYTES = 256 * 1024
"""Larger answers are not kept: Redis' memory is worth more than the time they take, and a batch reads up to
100 of them at once."""


class AnswerCache:
    """Encoded answers by query and state of the store. Without Redis it is empty."""

    def __init__(self, redis: BoundedRedis, key_prefix: str, seconds: float) -> None:
        self._redis = redis
        self._key_prefix = key_prefix + "query:"
        self._ms = seconds * 1000

    def key(self, identity: bytes, state: StoreState) -> str:
        """Where the answer to a query stands while the store is in this state."""
        digest = sha256(b"%s %d " % (state.epoch.bytes, state.version) + identity)
        return self._key_prefix + digest.hexdigest()

    def find(self, keys: Sequence[str], seconds: float) -> list[bytes | None]:
        """The answers under these keys."""
        try:
            found: list[bytes | None] = self._redis.ask(("MGET", *keys), seconds=seconds)[0]
        except RedisAwayError as error:
            logger.info("Queries are not looked up in the cache: %s", error)
            return [None] * len(keys)
        return found

    def keep(self, key: str, answer: bytes, coherent_ms: float | None, seconds: float) -> None:
        """Keep an answer, for at most ``coherent_ms``."""
        ms = int(self._ms if coherent_ms is None else min(self._ms, coherent_ms))
        if ms < 1 or len(answer) > MAX_ENTRY_BYTES:
            return
        try:
            self._redis.tell(("SET", key, answer, "PX", ms), seconds=seconds)
        except RedisAwayError as error:
            logger.info("An answer is not kept in the cache: %s", error)
