"""How long to wait before a part that died is started again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BackoffPolicy:
    """Waits that are ``first_seconds`` for a number of deaths, then double up to ``longest_seconds``.

    A part that ran for ``healthy_seconds`` before it died begins again with the first wait. So a part that is
    killed from outside is soon started again, and one that cannot start does not keep the machine busy.
    """

    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    healthy_seconds: float = 10.0
    quick_restarts: int = 5


class Backoff:
    """The waits of one part."""

    def __init__(self, policy: BackoffPolicy) -> None:
        self._policy = policy
        self.deaths_in_a_row = 0

    def after(self, ran_seconds: float) -> float:
        """Return the seconds to wait after a run that lasted ``ran_seconds``."""
        policy = self._policy
        if ran_seconds >= policy.healthy_seconds:
            self.deaths_in_a_row = 0
        self.deaths_in_a_row += 1
        doublings = max(0, self.deaths_in_a_row - policy.quick_restarts)
        return min(policy.first_seconds * 2.0**doublings, policy.longest_seconds)
