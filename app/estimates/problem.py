"""What is sent to a worker to be estimated."""

import msgspec

from app.circuits.spec import ExecutionSpec, RunLimits


class EstimateProblem(msgspec.Struct, frozen=True):
    """A spec, and the bounds that an execution of it would have.

    ``cost_ceiling`` is the cost above which the heavy queue runs it.
    """

    spec: ExecutionSpec
    limits: RunLimits
    cost_ceiling: float
