"""The function of entanglement that runs in a simulator process.

This module may be imported by the worker (it names the function to call); Aer is loaded only where it runs,
through :mod:`app.entanglement.state`.
"""

from app.entanglement.problem import EntanglingProblem
from app.simulators.process import with_plain_errors


@with_plain_errors
def entangle(problem: EntanglingProblem) -> float:
    """Run one circuit; see :func:`app.entanglement.state.entangle`."""
    from app.entanglement import state  # Aer stays out of the worker process

    return state.entangle(problem)
