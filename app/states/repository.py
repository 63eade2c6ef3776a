"""The SQL of states: the executions that questions are about, and the stored answers."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import direct_sql
from app.direct_sql import Reader
from app.models import Execution, ExecutionStates, Job, JobStatus
from app.states.specs import KIND

MOST_ANSWERS = 64
"""The most answers that are stored for one execution, some 10 kB each. The oldest are removed first."""

ACTIVE = (JobStatus.QUEUED, JobStatus.RUNNING)

ASK = b"""
SELECT circuit_name, num_qubits, num_clbits, num_events, noise_config, octet_length(program) > 0, document
FROM executions LEFT JOIN execution_states ON execution_id = id AND question = %(question)s
WHERE id = %(id)s AND deleted_at IS NULL
"""

# FOR SHARE waits for a deletion that is under way, and makes one that comes later wait and remove the answer
KEEP = b"""
INSERT INTO execution_states (execution_id, question, document)
SELECT id, %(question)s, %(document)s FROM executions WHERE id = %(id)s AND deleted_at IS NULL FOR SHARE
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class AskedRun:
    """The facts of an execution that decide whether a question can be answered, and the stored answer.

    The answer is deflated JSON; ``None`` if it is not stored."""

    circuit_name: str
    num_qubits: int
    num_clbits: int
    num_events: int
    noise_config: dict[str, Any] | None
    has_program: bool
    answer: bytes | None


def find_asked(reader: Reader, execution_id: UUID, question: str) -> AskedRun | None:
    """Return an execution that is not deleted, and the answer to a question about it."""
    found = direct_sql.run_plain(reader, ASK, {"id": execution_id, "question": question})
    return AskedRun(*found[0]) if found else None


def find_program(session: Session, execution_id: UUID) -> tuple[str, dict[str, Any] | None, int] | None:
    """Return the program, the noise and the number of events of an execution that is not deleted."""
    statement = select(Execution.program, Execution.noise_config, Execution.num_events).where(
        Execution.id == execution_id, Execution.deleted_at.is_(None)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else (row.program, row.noise_config, row.num_events)


def keep(session: Session, execution_id: UUID, question: str, document: bytes) -> None:
    """Store an answer, unless the execution is deleted; remove the oldest of too many answers."""
    values = {"id": execution_id, "question": question, "document": document}
    direct_sql.run_plain(session, KEEP, values)
    newest = (
        select(ExecutionStates.question)
        .where(ExecutionStates.execution_id == execution_id)
        .order_by(ExecutionStates.created_at.desc())
        .limit(MOST_ANSWERS)
    )
    session.execute(
        delete(ExecutionStates)
        .where(ExecutionStates.execution_id == execution_id, ExecutionStates.question.not_in(newest))
        .execution_options(synchronize_session=False)
    )


def find_active_job(session: Session, spec: dict[str, Any]) -> UUID | None:
    """Return the job that computes the answer of this spec or waits to do so."""
    statement = select(Job.id).where(Job.kind == KIND, Job.status.in_(ACTIVE), Job.spec == spec).limit(1)
    return session.scalar(statement)
