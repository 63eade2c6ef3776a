"""How an execution is found by the id in a path, and what is said where there is none."""

import re
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import Database
from app.errors import ConflictError, NotFoundError
from app.executions import repository
from app.models import JobStatus
from app.rest.contracts import API

Found = TypeVar("Found")

CANONICAL_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
NOT_FOUND = "Execution not found"
"""The contract's sentence."""


class ExecutionNotFoundError(NotFoundError):
    """There is no such execution (404); its id, and how its job ended if it had one, stand beside."""

    def __init__(self, execution_id: UUID, job_status: JobStatus | None) -> None:
        job = {"job_status": job_status, "job": API.job_url(execution_id)} if job_status is not None else {}
        super().__init__(NOT_FOUND, details={"execution_id": str(execution_id), **job})


def parse_id(text: str) -> UUID:
    """The id in a path; what is no UUID names no execution.

    Raises:
        NotFoundError: it is no UUID.
    """
    if not CANONICAL_UUID.fullmatch(text):
        raise NotFoundError(NOT_FOUND)
    return UUID(text)


def read(database: Database, execution_id: UUID, find: Callable[[Session, UUID], Found | None]) -> Found:
    """What ``find`` finds of an execution.

    Raises:
        NotFoundError: there is none.
        ConflictError: its job has not finished.
    """
    with database.reading() as session:
        found = find(session, execution_id)
        if found is not None:
            return found
        status = repository.job_status(session, execution_id)
        if status is JobStatus.SUCCEEDED:  # it ended between the two statements
            found = find(session, execution_id)
            if found is not None:
                return found
    raise absence(status, execution_id)


def absence(status: JobStatus | None, execution_id: UUID) -> NotFoundError | ConflictError:
    """Why there is no execution of this id, whose job (if there is one) is in ``status``."""
    if status is None or status.is_terminal:
        return ExecutionNotFoundError(execution_id, status)
    return ConflictError(
        f"The execution has not finished: its job is {status}.",
        code="not_finished",
        location=API.job_url(execution_id),
    )
