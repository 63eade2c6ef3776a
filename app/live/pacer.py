"""When each event of a replay is due: a state machine that is given the time and has no clock."""

from math import floor

MAX_BURST = 256
"""The most events that are due at once; between two such bursts the stream reads from its client."""

MAX_LAG_SECONDS = 1.0
"""A replay that is further behind, since its client was slow, goes on at its speed and does not catch up."""


class Pacer:
    """Tells which events of a replay are due; all times are seconds of one monotonic clock.

    Attributes:
        total: the number of events.
        position: the next event, from 0; ``total`` after the last one.
        speed: events a second.
        is_paused: whether nothing is due until ``step`` or ``resume``.
    """

    def __init__(self, total: int, position: int, speed: float, now: float) -> None:
        self.total = total
        self.position = position
        self.speed = speed
        self.is_paused = False
        self._steps = 0
        self._start_over(now)

    @property
    def is_finished(self) -> bool:
        """Return whether the last event was taken."""
        return self.position >= self.total

    def take(self, now: float) -> range:
        """Return the positions that are due now, at most ``MAX_BURST``; they count as sent."""
        count = min(self._count_due(now), MAX_BURST, self.total - self.position)
        taken = range(self.position, self.position + count)
        self.position += count
        self._steps = max(0, self._steps - count)
        if not self.is_paused and now - self._due_at(self.position) > MAX_LAG_SECONDS:
            self._start_over(now)
        return taken

    def delay(self, now: float) -> float | None:
        """Return the seconds until the next event is due, 0 if it is; ``None`` while none will be."""
        if self.is_finished:
            return None
        if self.is_paused:
            return 0.0 if self._steps else None
        return max(0.0, self._due_at(self.position) - now)

    def pause(self) -> None:
        """Pause; steps that were requested and not taken are dropped."""
        self.is_paused = True
        self._steps = 0

    def resume(self, now: float) -> None:
        """Go on; the next event is due now. This does not change a replay that is not paused."""
        if self.is_paused:
            self.is_paused = False
            self._steps = 0
            self._start_over(now)

    def step(self) -> None:
        """Pause, and let one more event pass."""
        self.is_paused = True
        self._steps = min(self._steps + 1, self.total - self.position)

    def seek(self, position: int, now: float) -> None:
        """Go to an event. It is due now; if the replay is paused, ``step`` or ``resume`` makes it due."""
        self.position = position
        self._steps = 0
        self._start_over(now)

    def set_speed(self, speed: float, now: float) -> None:
        """Change the speed; the next event is due one interval from now."""
        self.speed = speed
        self._anchor_position, self._anchor_time = self.position, now + 1 / speed

    def _count_due(self, now: float) -> int:
        if self.is_paused:
            return self._steps
        ahead = self.position - self._anchor_position
        return max(0, floor((now - self._anchor_time) * self.speed) + 1 - ahead)

    def _due_at(self, position: int) -> float:
        return self._anchor_time + (position - self._anchor_position) / self.speed

    def _start_over(self, now: float) -> None:
        """Make the next event due now, and the later ones at the present speed."""
        self._anchor_position, self._anchor_time = self.position, now
