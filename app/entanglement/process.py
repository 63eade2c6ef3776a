"""What a simulator process is asked to entangle.

This module may be imported by the worker (it names the function to call); Aer is loaded only where it runs,
through :mod:`app.entanglement.state`.
"""

import traceback

from app.entanglement.problem import EntanglingAnswer, EntanglingProblem
from app.errors import AppError


def entangle(problem: EntanglingProblem) -> EntanglingAnswer:
    """Run one circuit; see :func:`app.entanglement.state.entangle`.

    Raises:
        AppError: as ``entangle``.
        RuntimeError: with the trace, for anything else. An exception of Aer's own would make the worker
            import Aer to read it.
    """
    from app.entanglement import state  # Aer stays out of the worker process

    try:
        return state.entangle(problem)
    except AppError:
        raise
    except Exception as error:
        raise RuntimeError(traceback.format_exc()) from error
