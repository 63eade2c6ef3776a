"""The problem that the web sends to a worker for an estimate."""

import msgspec

from app.circuits.spec import ExecutionSpec, RunLimits


class EstimateProblem(msgspec.Struct, frozen=True):
    """A spec, and the bounds that an execution of it would have.

    ``cost_ceiling`` is the cost above which the heavy queue runs it.
    """

    spec: ExecutionSpec
    limits: RunLimits
    cost_ceiling: float
