"""The steps of a run."""

from qloom.calls import Call, get, path
from qloom.models.replay import Replay, ReplayStep
from qloom.operations import D, Resource, operation
from qloom.references import CircuitOfRun, ExecutionLike, execution_id


class Replays(Resource[D]):
    """Executions step by step."""

    @operation
    def get(self, execution: ExecutionLike, *, circuit: CircuitOfRun | None = None) -> Call[Replay]:
        """Read all steps of one execution, in order, with the edges between them.

        Args:
            circuit: ``"transpiled"``: the steps of what ran on a device; its qubits are the device's.
        """
        return get(path("api", "replay", execution_id(execution)), Replay, circuit=circuit)

    @operation
    def step(
        self, execution: ExecutionLike, index: int, *, circuit: CircuitOfRun | None = None
    ) -> Call[ReplayStep]:
        """Read one step of one execution; the first has index 0."""
        where = path("api", "replay", execution_id(execution), "step", index)
        return get(where, ReplayStep, circuit=circuit)
