"""What webhooks are told of executions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.circuits.result import RunResult
from app.circuits.spec import ExecutionSpec
from app.webhooks import outbox
from app.webhooks.outbox import EventType


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


def failure_of(kind: str) -> Callable[[Session, UUID, dict[str, Any]], None]:
    """What tells of a failed job of a kind whose failure is that of an execution."""

    def publish(session: Session, job_id: UUID, error: dict[str, Any]) -> None:
        outbox.publish(session, EventType.EXECUTION_FAILED, {"job_id": job_id, "kind": kind, "error": error})

    return publish
