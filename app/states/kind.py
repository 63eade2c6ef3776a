"""The job kind ``states``: a simulator answers one question about an execution, and the answer is stored."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import LimitExceededError, NotFoundError
from app.executions.kind import RunBounds
from app.executions.service import NOT_FOUND
from app.jobs import repository as jobs
from app.jobs.claiming import ClaimedJob
from app.jobs.kinds import TooCostlyError, tried_again_while_away
from app.jobs.running import RunningJob
from app.models import Queue
from app.simulators.pool import SimulatorPool
from app.states import process, repository, service
from app.states.specs import StatesJob


@dataclass(frozen=True)
class StatesKind:
    """Computes the answer from the stored program; the seed makes no difference."""

    database: Database
    simulators: SimulatorPool
    bounds: RunBounds

    def run(self, job: ClaimedJob, running: RunningJob) -> bytes | None:
        """Return the answer, deflated; ``None`` if it is kept already.

        Raises:
            NotFoundError: the execution was deleted meanwhile.
            AppError: the question cannot be answered.
            TooCostlyError: it takes too long for the interactive queue.
            ProcessLostError: the process died, or PostgreSQL was away; the answer is computed again.
            CancelledError: the job was stopped.
        """
        asked = msgspec.convert(job.spec, StatesJob)
        with tried_again_while_away(), self.database.reading() as session:
            known = repository.find_asked(session, asked.execution_id, asked.question.key)
            stored = repository.find_program(session, asked.execution_id)
        if known is None or stored is None:
            raise NotFoundError(NOT_FOUND)
        if known.answer is not None:
            return None
        _ceiling, seconds = self.bounds.of_queue(job.queue)
        try:
            with self.simulators.acquire() as simulator:
                answer = simulator.call(
                    process.answer,
                    service.stored_run(asked.question, *stored),
                    asked.question,
                    self.bounds.limits,
                    timeout_seconds=seconds,
                    on_stop=running.on_stop,
                )
        except TimeoutError as error:
            if job.queue == Queue.INTERACTIVE:
                raise TooCostlyError(f"over {seconds:g} s") from error
            message = f"The states were not computed within {seconds:g} s (max_job_seconds)."
            raise LimitExceededError(message, "max_job_seconds") from error
        return zlib.compress(answer)

    def store(self, session: Session, done: Sequence[tuple[ClaimedJob, bytes | None]]) -> list[None]:
        """Keep each answer with its execution, unless that was deleted."""
        for job, answer in done:
            asked = msgspec.convert(job.spec, StatesJob)
            if answer is not None:
                repository.keep(session, asked.execution_id, asked.question.key, answer)
            result = {"execution_id": asked.execution_id, "about": asked.question.key.partition(":")[0]}
            jobs.set_result(session, job.id, msgspec.json.encode(result).decode())
        return [None] * len(done)

    def announce(self, job: ClaimedJob, answer: bytes | None, stored: None) -> bool:
        """Wake those who wait for the job; nothing else follows."""
        return True
