"""What the jobs of sweeps are asked, and their kinds."""

import msgspec

from app.circuits.spec import ExecutionSpec
from app.circuits.sweeps.problem import Part
from app.jobs import shards
from app.jobs.kinds import KindDeclaration, declare
from app.sweeps import repository

KIND = declare(
    KindDeclaration(
        "sweep",
        needs_key=False,
        result_path=lambda job_id: f"/api/sweeps/{job_id}",
        on_retried=repository.copy,
    )
)
"""The kind of the jobs that are sweeps."""

SHARD_KIND = declare(KindDeclaration("sweep_shard", needs_key=False, on_failed=shards.fail_whole))
"""The kind of the jobs that are shards of sweeps."""


class SweepSpec(msgspec.Struct, frozen=True):
    """A sweep, but for the large values in its row of ``sweeps``.

    Attributes:
        run: each binding's run, without the program.
        inputs: the names of the program's inputs, in the order of the numbers of a binding.
        bindings: how many there are.
        observables: how many there are; 0 for counts.
    """

    run: ExecutionSpec
    inputs: tuple[str, ...]
    bindings: int
    observables: int


class ShardSpec(msgspec.Struct, frozen=True):
    """A shard of the sweep that is its job's whole; each binding has so many ``inputs``."""

    part: Part
    inputs: int
