"""Sliding windows over requests, counted in Redis: exact, however many web processes ask.

1. A list holds the times of a caller's last requests, by Redis' own clock.
2. A request is refused while the N-th last one is younger than the window of N requests. So no stretch of
   time of that length has more than N requests.
3. A refused request does not count.
4. One script does all of it in one round trip.
"""

import logging
import math
from dataclasses import dataclass

from app.redis.bounded import PATIENCE_SECONDS, BoundedRedis, RedisAwayError, RedisLeftAloneError, Script

logger = logging.getLogger(__name__)

MICROSECONDS = 1_000_000

SCRIPT = Script("""
local key, per_minute, per_second, takes = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local last = redis.call('LINDEX', key, -1)
if last then now = math.max(now, tonumber(last)) end
local oldest = redis.call('LINDEX', key, 0)
while oldest and tonumber(oldest) <= now - 60000000 do
  redis.call('LPOP', key)
  oldest = redis.call('LINDEX', key, 0)
end
local count = redis.call('LLEN', key)
local free_at = now
if count >= per_minute then free_at = tonumber(redis.call('LINDEX', key, -per_minute)) + 60000000 end
local burst = redis.call('LINDEX', key, -per_second)
if burst then free_at = math.max(free_at, tonumber(burst) + 1000000) end
local is_free = free_at <= now
if is_free and takes then
  redis.call('RPUSH', key, string.format('%d', now))
  redis.call('PEXPIRE', key, 60000)
  count = count + 1
end
oldest = tonumber(oldest or now)
return string.format('%d %d %d %d', is_free and 1 or 0, count, oldest + 60000000, free_at - now)
""")
"""Arguments: requests in a minute, requests in a second, and whether to count this one.

Returns whether it may pass, how many the last minute has, when the oldest of them leaves it (µs since 1970),
and after how many µs the next one may pass: as one text, which is read faster than a list. If the clock is
set back, time stands still until the clock has caught up.
"""


@dataclass(frozen=True)
class Standing:
    """The rest of a caller's limit.

    At ``reset_at`` (seconds since 1970) the oldest request of the last minute leaves the window.
    """

    passes: bool
    limit: int
    remaining: int
    reset_at: int
    retry_after_seconds: int


class SlidingWindows:
    """The windows of all callers. Without Redis nobody is limited, which is logged now and then."""

    def __init__(self, redis: BoundedRedis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    def take(self, caller: str, per_minute: int, per_second: int) -> Standing | None:
        """Count a request of this caller, if it may pass; return ``None`` while Redis is away."""
        return self._ask(caller, per_minute, per_second, takes=True)

    def look(self, caller: str, per_minute: int, per_second: int) -> Standing | None:
        """Return what is left for a caller, without counting; ``None`` while Redis is away."""
        return self._ask(caller, per_minute, per_second, takes=False)

    def _ask(self, caller: str, per_minute: int, per_second: int, *, takes: bool) -> Standing | None:
        try:
            reply = self._redis.run(
                SCRIPT,
                [f"{self._prefix}limit:{caller}"],
                [per_minute, per_second, int(takes)],
                PATIENCE_SECONDS,
            )
        except RedisLeftAloneError:
            return None
        except RedisAwayError as error:
            logger.warning("Nobody is limited while Redis does not answer: %s", error)
            return None
        passes, count, reset_at, wait = map(int, reply.split())
        return Standing(
            passes=passes == 1,
            limit=per_minute,
            remaining=max(0, per_minute - count),
            reset_at=math.ceil(reset_at / MICROSECONDS),
            retry_after_seconds=max(1, math.ceil(wait / MICROSECONDS)),
        )
