"""The steps of a run."""

from qloom.calls import Call, get, path
from qloom.models.replay import Replay, ReplayStep
from qloom.operations import D, Resource, operation


def read_replay(execution_id: str) -> Call[Replay]:
    """Return the call that reads all steps of an execution."""
    return get(path("api", "replay", execution_id), Replay)


class Replays(Resource[D]):
    """Executions step by step."""

    @operation
    def get(self, execution_id: str) -> Call[Replay]:
        """Read all steps of one execution, in order, with the edges between them."""
        return read_replay(execution_id)

    @operation
    def step(self, execution_id: str, index: int) -> Call[ReplayStep]:
        """Read one step of one execution; the first has index 0."""
        return get(path("api", "replay", execution_id, "step", index), ReplayStep)
