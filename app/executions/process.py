"""What a simulator process is asked to run for an execution.

This module may be imported by the worker (it names the function to call); qiskit is loaded only where it
runs, through :mod:`app.circuits.runner`.
"""

from app.circuits.result import OverCeiling, RunResult
from app.circuits.spec import ExecutionSpec, RunLimits
from app.simulators.process import enter_phase, with_plain_errors


@with_plain_errors
def simulate(spec: ExecutionSpec, limits: RunLimits, cost_ceiling: float | None) -> RunResult | OverCeiling:
    """Run one circuit; see :func:`app.circuits.runner.run`.

    Raises:
        AppError: as ``run``.
        RuntimeError: with the trace, for anything else.
    """
    from app.circuits import runner  # qiskit stays out of the worker process

    return runner.run(spec, limits, cost_ceiling, enter_phase)
