"""Comparisons of two executions."""

from collections.abc import Sequence
from typing import Literal

from qloom.calls import Call, Flow, as_type, get, path
from qloom.models.comparisons import Comparison
from qloom.models.jobs import Job
from qloom.operations import D, Resource, operation
from qloom.references import ExecutionLike, execution_id
from qloom.resources.jobs import run_to_result
from qloom.resources.runs import Noise, run_call, run_options


def compare(execution_a: ExecutionLike, execution_b: ExecutionLike) -> Call[Comparison]:
    """Return the call that compares two stored executions."""
    return get(
        path("api", "replay", "compare", execution_id(execution_a), execution_id(execution_b)), Comparison
    )


class Comparisons(Resource[D]):
    """Compares two executions: their events and their counts."""

    @operation
    def of(self, execution_a: ExecutionLike, execution_b: ExecutionLike) -> Call[Comparison]:
        """Compare two executions: their events by position and aligned, and their counts."""
        return compare(execution_a, execution_b)

    @operation
    def run(
        self,
        /,
        circuit: str | None = None,
        *,
        program: str | None = None,
        noise: Noise | None = None,
        shots: int | None = None,
        seed: int | None = None,
        method: str | None = None,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        measure: str | None = None,
        mitigation: Literal["readout"] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        **parameters: int,
    ) -> Flow[Comparison]:
        """Run a circuit without and with noise, with one seed, and compare both.

        It takes what ``executions.run`` takes.

        Raises:
            JobFailedError, JobCancelledError: the runs did not end well.
            WaitTimeoutError: they still run after ``timeout`` seconds.
        """
        options = run_options(shots, seed, method, name, tags, measure) | {"mitigation": mitigation}
        call = run_call(
            as_type(Comparison),
            circuit,
            program,
            noise,
            options,
            parameters=parameters,
            prefer=None,
            key=idempotency_key,
            base=("api", "execute", "compare"),
            noisy=(),
        )
        return run_to_result(call, as_type(Comparison), _result, timeout)


def _result(job: Job) -> Call[Comparison]:
    """Return the call that reads the comparison of a job that has ended: ``result`` says where it is."""
    return Call("GET", str(job.result), as_type(Comparison))
