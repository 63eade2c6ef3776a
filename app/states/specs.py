"""What a job of kind ``states`` is asked."""

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
    """Return what is submitted to have a question answered."""
    return Submission(KIND, msgspec.to_builtins(job))
