"""The function of scoring that runs in a simulator process.

This module may be imported by the worker (it names the function to call); numpy and Aer are loaded only
where it runs, through :mod:`app.search.quantum.scoring`.
"""

import struct

from app.search.quantum.problem import ScoringProblem, ScoringResult
from app.simulators.process import WarmUp, with_plain_errors


@with_plain_errors
def score(problems: list[ScoringProblem]) -> list[ScoringResult]:
    """Score some pools; see :func:`app.search.quantum.scoring.score`."""
    from app.search.quantum import scoring  # numpy and Aer stay out of the worker process

    return scoring.score(problems)


_ONE = struct.pack("!f", 1.0)
WARM_UP = WarmUp(
    score,
    ([ScoringProblem(dimension=1, query=_ONE, candidates=_ONE + _ONE, tunneling=True)],),
    ("app.search.quantum.scoring",),
)
"""A call that loads all modules that scoring needs into a process."""
