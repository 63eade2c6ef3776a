"""The functions of sweeps that run in a simulator process."""

from app.circuits.spec import RunLimits
from app.circuits.sweeps.problem import Part, Plan, Problem
from app.simulators.process import enter_phase, with_plain_errors


@with_plain_errors
def plan_sweep(
    problem: Problem, bindings: int, first: bytes, limits: RunLimits, cost_ceiling: float | None
) -> Plan:
    """Plan how a sweep is divided into shards; see :func:`app.circuits.sweeps.run.plan`."""
    from app.circuits.sweeps import run  # qiskit stays out of the worker process

    return run.plan(problem, bindings, first, limits, cost_ceiling, enter_phase)


@with_plain_errors
def run_part(problem: Problem, part: Part, bindings: bytes, limits: RunLimits) -> bytes:
    """Run one part of a sweep; see :func:`app.circuits.sweeps.run.run_part`."""
    from app.circuits.sweeps import run  # qiskit stays out of the worker process

    return run.run_part(problem, part, bindings, limits, enter_phase)
