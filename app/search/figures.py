"""Figures of vector queries over a sliding window, counted in Redis by all web processes of all hosts.

1. Queries are counted in buckets of ten seconds, by the clock of the host that answers.
2. Counting never delays a query and never fails one: a thread sends what was counted in 0.25 s.
3. What Redis does not take is lost: it is not sent again, since Redis may have counted it after all.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from typing import cast

from redis import Redis
from redis.exceptions import RedisError

from app.errors import UnavailableError
from app.telemetry import metrics

logger = logging.getLogger(__name__)

BUCKET_SECONDS = 10
MAX_WINDOW_SECONDS = 3_600
KEPT_SECONDS = MAX_WINDOW_SECONDS + 2 * BUCKET_SECONDS
SECONDS_PER_HOUR = 3_600
FLUSH_SECONDS = 2.0

COLLECT_SECONDS = 0.25
"""How late figures may be. Sent for each query alone, they would cost a tenth of its processor time."""


@dataclass(frozen=True)
class QueryTotals:
    """What was counted in a window of ``seconds``: whole buckets, and the present one so far."""

    seconds: float
    queries: int = 0
    quantum: int = 0
    cache_hits: int = 0
    latency_us: int = 0
    violations: int = 0

    @property
    def queries_per_second(self) -> float:
        """Answered queries a second."""
        return self.queries / self.seconds

    @property
    def quantum_utilization(self) -> float:
        """The share of queries of which a circuit scored at least one result; 0 without queries."""
        return self._share(self.quantum)

    @property
    def cache_hit_rate(self) -> float:
        """The share of queries that the cache answered; 0 without queries."""
        return self._share(self.cache_hits)

    @property
    def mean_latency_ms(self) -> float:
        """The mean time of a query; 0 without queries."""
        return self._share(self.latency_us) / 1_000

    @property
    def violations_per_hour(self) -> float:
        """Queries that met a decohered candidate, as a rate an hour."""
        return self.violations * SECONDS_PER_HOUR / self.seconds

    def _share(self, count: int) -> float:
        return count / self.queries if self.queries else 0.0


FIELDS = ("queries", "quantum", "cache_hits", "latency_us", "violations")


class QueryFigures:
    """Counts queries, and reads what all processes have counted.

    Args:
        redis: where the buckets are.
        key_prefix: what their keys begin with.
        clock: seconds since 1970, the same on all hosts to within a bucket.
    """

    def __init__(self, redis: "Redis", key_prefix: str, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._key_prefix = key_prefix + "queries:"
        self._clock = clock
        self._changed = Condition()
        self._waiting: dict[int, Counter[str]] = {}
        self._is_sending = False
        self._flushes = 0
        self._is_lost = False

    def record(self, latency_ms: float, quantum: bool, cache_hit: bool, violations: int = 0) -> None:
        """Count one answered query; this never waits and never fails.

        Args:
            latency_ms: from the query's arrival to its answer.
            quantum: a circuit scored at least one of its results, now or when the answer was cached.
            cache_hit: the cache answered.
            violations: candidates that the query wanted scored by a circuit and whose state had decohered.
        """
        metrics.QUERIES.labels("yes" if quantum else "no", "hit" if cache_hit else "miss").inc()
        metrics.QUERY_SECONDS.observe(latency_ms / 1_000)
        if violations:
            metrics.DECOHERED_CANDIDATES.inc(violations)
        counts = Counter(
            queries=1,
            quantum=int(quantum),
            cache_hits=int(cache_hit),
            latency_us=round(latency_ms * 1_000),
            violations=int(violations > 0),
        )
        with self._changed:
            self._waiting.setdefault(int(self._clock() // BUCKET_SECONDS), Counter()).update(counts)
            starts, self._is_sending = not self._is_sending, True
        if starts:
            Thread(target=self._send_all, name="query-figures", daemon=True).start()

    def read(self, window_seconds: int) -> QueryTotals:
        """Return what was counted in the last ``window_seconds``, rounded up to whole buckets.

        Raises:
            UnavailableError: Redis does not answer.
        """
        now = self._clock()
        current = int(now // BUCKET_SECONDS)
        first = current - -(-window_seconds // BUCKET_SECONDS)
        pipeline = self._redis.pipeline(transaction=False)
        for bucket in range(first, current + 1):
            pipeline.hmget(self._key(bucket), FIELDS)
        try:
            rows = cast("list[list[bytes | None]]", pipeline.execute())
        except RedisError as error:
            raise UnavailableError("Redis, which counts the queries, does not answer.") from error
        sums = [sum(int(value or 0) for value in column) for column in zip(*rows, strict=True)]
        return QueryTotals(now - first * BUCKET_SECONDS, *sums)

    def flush(self) -> None:
        """Send what was counted; wait for that at most ``FLUSH_SECONDS``."""
        with self._changed:
            self._flushes += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._is_sending, FLUSH_SECONDS)
            self._flushes -= 1

    def _send_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._flushes, COLLECT_SECONDS)
                waiting, self._waiting = self._waiting, {}
                if not waiting:
                    self._is_sending = False
                    self._changed.notify_all()
                    return
            try:
                self._send(waiting)
                self._is_lost = False
            except RedisError as error:
                if not self._is_lost:
                    logger.warning("Figures of queries are lost while Redis is away: %s", error)
                self._is_lost = True

    def _send(self, waiting: dict[int, Counter[str]]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for bucket, counts in waiting.items():
            key = self._key(bucket)
            for name in FIELDS:
                if counts[name]:
                    pipeline.hincrby(key, name, counts[name])
            pipeline.expire(key, KEPT_SECONDS)
        pipeline.execute()

    def _key(self, bucket: int) -> str:
        return f"{self._key_prefix}{bucket}"
