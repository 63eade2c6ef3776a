"""Which keys this process has seen work, and when each was last noted in the database."""

import time
from collections.abc import Callable

NOTED_SECONDS = 60.0
"""``last_used_at`` is right to about this; each note is a write."""

MAX_KEYS = 10_000
"""Beyond, what is known is forgotten: it costs one write a key."""


class UsedKeys:
    """Keys by their digests, for one web process.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._noted_at: dict[bytes, float] = {}

    def __contains__(self, digest: bytes) -> bool:
        """Whether a request with this key has passed here."""
        return digest in self._noted_at

    def is_to_be_noted(self, digest: bytes) -> bool:
        """Say that a key was used; whether that is to be written down, as it is once a minute."""
        now = self._clock()
        if now - self._noted_at.get(digest, -NOTED_SECONDS) < NOTED_SECONDS:
            return False
        if len(self._noted_at) >= MAX_KEYS:
            self._noted_at.clear()
        self._noted_at[digest] = now
        return True
