"""When a delivery that failed is tried again."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from secrets import SystemRandom

MINUTE, HOUR = 60.0, 3600.0

PAUSES_SECONDS = (
    5.0,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""After the first attempt, the second, …: the schedule that Standard Webhooks recommends."""

MAX_ATTEMPTS = len(PAUSES_SECONDS) + 1

JITTER = 0.1
"""Each pause is longer or shorter by up to this share, so that retries do not all come at once."""

MAX_RETRY_AFTER_SECONDS = 24 * HOUR

_random = SystemRandom()


def pause_after(attempt: int, retry_after_seconds: float | None) -> float | None:
    """Return the seconds to wait after the ``attempt``-th attempt (from 1) failed; ``None`` after the last.

    The receiver's ``Retry-After`` lengthens the pause, up to a day, and never shortens it.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    pause = PAUSES_SECONDS[attempt - 1] * _random.uniform(1 - JITTER, 1 + JITTER)
    return max(pause, min(retry_after_seconds or 0.0, MAX_RETRY_AFTER_SECONDS))


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` header gives as a number or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:10]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the parser passes an offset of any size on to timedelta
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
