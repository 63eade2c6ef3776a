"""Comparisons of two executions."""

from collections.abc import Sequence

from qloom.calls import Call, Flow, as_type, get, path
from qloom.models.comparisons import Comparison
from qloom.models.jobs import Job
from qloom.operations import D, Resource, operation
from qloom.resources.executions import Noise, run_call
from qloom.resources.jobs import run_to_result


def compare(execution_a: str, execution_b: str) -> Call[Comparison]:
    """Return the call that compares two stored executions."""
    return get(path("api", "replay", "compare", execution_a, execution_b), Comparison)


class Comparisons(Resource[D]):
    """Two executions beside each other: their events and their counts."""

    @operation
    def of(self, execution_a: str, execution_b: str) -> Call[Comparison]:
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
        options = {
            "shots": shots,
            "seed": seed,
            "method": method,
            "name": name,
            "measure": measure,
            "tags": list(tags) if tags else None,
        }
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
