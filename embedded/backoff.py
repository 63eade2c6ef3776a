"""How long to wait before a part that died is started again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BackoffPolicy:
    """Waits that double from ``first_seconds`` to ``longest_seconds``.

    A part that ran for ``healthy_seconds`` before it died begins again with the first wait.
    """

    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    healthy_seconds: float = 30.0


class Backoff:
    """The waits of one part."""

    def __init__(self, policy: BackoffPolicy) -> None:
        self._policy = policy
        self._next_seconds = policy.first_seconds
        self.deaths_in_a_row = 0

    def after(self, ran_seconds: float) -> float:
        """Return the seconds to wait after a run that lasted ``ran_seconds``."""
        if ran_seconds >= self._policy.healthy_seconds:
            self._next_seconds = self._policy.first_seconds
            self.deaths_in_a_row = 0
        self.deaths_in_a_row += 1
        wait = self._next_seconds
        self._next_seconds = min(2 * wait, self._policy.longest_seconds)
        return wait
