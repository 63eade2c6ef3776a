"""What webhooks are told of executions."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.circuits.result import RunResult
from app.circuits.spec import ExecutionSpec
from app.comparisons.specs import KIND as COMPARE
from app.executions.specs import KIND as EXECUTE
from app.models import JobStatus
from app.webhooks import outbox
from app.webhooks.events import EventType

KINDS = (EXECUTE, COMPARE)
"""The kinds of job whose failure is that of an execution."""


def of_success(
    execution_id: UUID, job_id: UUID, tags: list[str], spec: ExecutionSpec, result: RunResult
) -> dict[str, object]:
    """The parameters of ``outbox.PUBLISH`` for an execution that is being stored."""
    data = {
        "execution_id": execution_id,
        "job_id": job_id,
        "circuit_name": result["circuit_name"],
        "is_noisy": spec.noise is not None,
        "num_qubits": result["num_qubits"],
        "num_events": result["num_events"],
        "shots": spec.shots,
        "seed": spec.seed,
        "tags": tags,
    }
    return outbox.parameters(EventType.EXECUTION_SUCCEEDED, data)


def publish_if_failed(
    session: Session, job_id: UUID, kind: str, status: JobStatus, error: dict[str, Any]
) -> None:
    """Tell of an execution, or of a comparison of two, whose job has failed; of nothing else."""
    if kind in KINDS and status is JobStatus.FAILED:
        data = {"job_id": job_id, "kind": kind, "error": error}
        outbox.publish(session, EventType.EXECUTION_FAILED, data)
