"""A simulator that scores pools without circuits, and pools for it."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.search.quantum.problem import ScoringProblem, ScoringResult
from app.search.scoring import Outcome

LONG_MS = 20_000


@dataclass
class Simulator:
    """Answers each problem with its number of candidates as the score, or raises, maybe in one call only."""

    error: BaseException | None = None
    bad_call: int | None = None
    calls: list[int] = field(default_factory=list)

    def call(
        self, function: Callable[..., object], problems: list[ScoringProblem], **_options: object
    ) -> list[ScoringResult]:
        """Score some pools."""
        self.calls.append(len(problems))
        if self.error is not None and self.bad_call in (None, len(self.calls)):
            raise self.error
        return [
            ScoringResult(scores=[len(each.candidates) / 4], walk=None, num_qubits=2, circuits=1, time_ms=0.5)
            for each in problems
        ]

    @contextmanager
    def acquire(self) -> Iterator["Simulator"]:
        """Itself."""
        yield self


def problem(candidates: int = 1) -> ScoringProblem:
    """Return a pool of one dimension."""
    return ScoringProblem(
        dimension=1, query=struct.pack(">f", 1.0), candidates=struct.pack(">f", 1.0) * candidates
    )


def scores(outcomes: list[Outcome]) -> list[Any]:
    """Return the scores of results, the codes of failures."""
    return [each.scores[0] if isinstance(each, ScoringResult) else each.code for each in outcomes]
