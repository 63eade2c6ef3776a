"""The output of a benchmark: the measured figure, a baseline of the same run, their ratio, and the goal.

Each line ends with the load of the machine: how many processors everything else used meanwhile.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks.others import Others

NAME_WIDTH = 58


@dataclass(frozen=True)
class Goal:
    """The goal of a figure, and whether it is met."""

    text: str
    is_met: bool

    @classmethod
    def at_most(cls, value: float, limit: float, unit: str) -> "Goal":
        """The figure should not be above ``limit``."""
        return cls(f"≤ {limit:g} {unit}", value <= limit)

    @classmethod
    def at_least(cls, value: float, limit: float, unit: str) -> "Goal":
        """The figure should not be below ``limit``."""
        return cls(f"≥ {limit:g} {unit}", value >= limit)

    def __str__(self) -> str:
        return f"goal {self.text}: {'met' if self.is_met else 'MISSED'}"


@dataclass(frozen=True)
class Times:
    """Durations of the same thing, in milliseconds."""

    milliseconds: Sequence[float]

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.milliseconds, n=20, method="inclusive")[-1]

    @property
    def p99(self) -> float:
        """The 99th percentile."""
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[-1]

    def __str__(self) -> str:
        return f"p50 {self.p50:8.2f} ms   p95 {self.p95:8.2f} ms   ({len(self.milliseconds)} times)"


def section(title: str) -> None:
    """Begin the figures of one benchmark."""
    _others()
    print(f"\n{title}\n{'-' * len(title)}", flush=True)


def note(text: str) -> None:
    """Print a note that is not a figure."""
    print(f"  ({text})", flush=True)


def times(name: str, measured: Times, goal: Goal | None = None) -> None:
    """Show durations."""
    _line(name, str(measured), goal)


def figure(name: str, value: float, unit: str, goal: Goal | None = None) -> None:
    """Show one number."""
    _line(name, f"{value:.2f} {unit}", goal)


def ratio(name: str, measured: float, baseline: float, limit: float | None = None) -> None:
    """Show how many times the baseline the measured value is; it should not be above ``limit``."""
    value = measured / baseline
    goal = None if limit is None else Goal.at_most(value, limit, "×")
    _line(name, f"{value:.2f} ×", goal)


def _line(name: str, value: str, goal: Goal | None) -> None:
    suffix = f"   {goal}" if goal is not None else ""
    print(f"  {name:<{NAME_WIDTH}} {value}{suffix}   [others {_others().processors():.2f}]", flush=True)


@cache
def _others() -> Others:
    return Others()
