"""The specs of the jobs of sweeps, their kinds, and the events of webhooks at their ends."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.circuits.spec import ExecutionSpec
from app.circuits.sweeps.problem import Facts, Part
from app.jobs import repository as jobs
from app.jobs import shards
from app.jobs.kinds import KindDeclaration, declare
from app.sweeps import repository
from app.webhooks import outbox
from app.webhooks.outbox import EventType


class SweepSpec(msgspec.Struct, frozen=True):
    """A sweep without the large values, which are in its row of ``sweeps``.

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
    """A shard of a sweep, whose job is the parent of the shard's job; each binding has ``inputs`` numbers."""

    part: Part
    inputs: int


def publish_success(session: Session, sweep_id: UUID) -> None:
    """Publish to webhooks that a sweep has succeeded, in the transaction that stores its last results."""
    _publish(session, EventType.SWEEP_SUCCEEDED, sweep_id)


def _publish_failure(session: Session, sweep_id: UUID, error: dict[str, Any]) -> None:
    _publish(session, EventType.SWEEP_FAILED, sweep_id, error=error)


def _publish_cancel(session: Session, sweep_id: UUID) -> None:
    _publish(session, EventType.SWEEP_CANCELLED, sweep_id)


def _publish(session: Session, event: EventType, sweep_id: UUID, **more: Any) -> None:
    job = jobs.get(session, sweep_id)
    if job is None:
        raise LookupError(f"there is no job {sweep_id}")
    spec = msgspec.convert(job.spec, SweepSpec)
    facts = None if job.result is None else msgspec.json.decode(job.result, type=Facts)
    data = {
        "sweep_id": job.id,
        "job_id": job.id,
        "circuit_name": spec.run.circuit_name,
        "is_noisy": spec.run.noise is not None,
        "num_qubits": facts.num_qubits if facts else None,
        "num_bindings": spec.bindings,
        "num_observables": spec.observables,
        "shots": spec.run.shots,
        "seed": spec.run.seed,
        "tags": job.tags,
        **more,
    }
    outbox.publish(session, event, data)


KIND = declare(
    KindDeclaration(
        "sweep",
        needs_key=False,
        result_path=lambda job_id: f"/api/sweeps/{job_id}",
        on_failed=_publish_failure,
        on_cancelled=_publish_cancel,
        on_retried=repository.copy,
    )
)
"""The kind of the jobs that are sweeps."""

SHARD_KIND = declare(KindDeclaration("sweep_shard", needs_key=False, on_failed=shards.fail_whole))
"""The kind of the jobs that are shards of sweeps."""
