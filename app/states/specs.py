"""The spec of a job of kind ``states``."""

from uuid import UUID

import msgspec

from app.circuits.states.questions import Asked
from app.jobs.kinds import KindDeclaration, declare
from app.jobs.service import Submission

KIND = declare(KindDeclaration("states", needs_key=False))
"""The kind of the jobs that compute states."""


class StatesJob(msgspec.Struct, frozen=True):
    """An execution, and the question about it."""

    execution_id: UUID
    question: Asked


def submission_of(job: StatesJob) -> Submission:
    """Return the job that answers a question."""
    return Submission(KIND, msgspec.to_builtins(job))
