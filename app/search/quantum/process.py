"""What a simulator process is asked to score.

This module may be imported by the worker (it names the function to call); numpy and Aer are loaded only
where it runs, through :mod:`app.search.quantum.scoring`.
"""

import traceback

from app.errors import AppError
from app.search.quantum.problem import ScoringAnswer, ScoringProblem


def score(problems: list[ScoringProblem]) -> list[ScoringAnswer]:
    """Score some pools; see :func:`app.search.quantum.scoring.score`.

    Raises:
        AppError: as ``score``.
        RuntimeError: with the trace, for anything else. An exception of Aer's own would make the worker
            import Aer to read it.
    """
    from app.search.quantum import scoring  # numpy and Aer stay out of the worker process

    try:
        return scoring.score(problems)
    except AppError:
        raise
    except Exception as error:
        raise RuntimeError(traceback.format_exc()) from error
