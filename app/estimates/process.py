"""The function of estimates that runs in a simulator process.

This module may be imported by the worker (it names the function to call); Qiskit is loaded only where it
runs, through :mod:`app.circuits.estimate`.
"""

from app.circuits.result import CircuitEstimate
from app.estimates.problem import EstimateProblem
from app.simulators.process import with_plain_errors


@with_plain_errors
def estimate(problem: EstimateProblem) -> list[CircuitEstimate]:
    """Estimate one circuit, see :func:`app.circuits.estimate.estimate`; return a list of one.

    A list, since the caller could not distinguish a struct from that of a failure.
    """
    from app.circuits import estimate as circuits  # Qiskit stays out of the worker process

    return [circuits.estimate(problem.spec, problem.limits, problem.cost_ceiling)]
