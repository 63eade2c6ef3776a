"""The tables, one per file. Importing this package registers all of them."""

from app.models.base import Base
from app.models.execution import Execution, GraphStatus
from app.models.idempotency_key import IdempotencyKey
from app.models.job import Job, JobStatus, Queue
from app.models.worker import Worker

__all__ = [
    "Base",
    "Execution",
    "GraphStatus",
    "IdempotencyKey",
    "Job",
    "JobStatus",
    "Queue",
    "Worker",
]
