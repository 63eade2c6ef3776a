"""The job kinds ``sweep`` and ``sweep_shard``: a sweep is planned, then run at once or in shards."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.circuits.sweeps.problem import Part, Plan, Problem
from app.database import Database
from app.errors import ConflictError
from app.executions.kind import RunBounds, SimulatorBounds, call_simulator
from app.jobs import repository as jobs
from app.jobs import shards
from app.jobs.claiming import ClaimedJob
from app.jobs.kinds import TooCostlyError, tried_again_while_away
from app.jobs.running import RunningJob
from app.jobs.shards import Split
from app.models import JobStatus, Queue
from app.simulators.pool import Simulator, SimulatorPool
from app.sweeps import process, repository
from app.sweeps.repository import StoredSweep
from app.sweeps.specs import SHARD_KIND, ShardSpec, SweepSpec, publish_success

Result = TypeVar("Result")

ENDED = "The sweep has ended, so its shard is of no use."


@dataclass(frozen=True)
class PartRunner:
    """Runs parts of sweeps in the simulators of this worker."""

    simulators: SimulatorPool
    database: Database
    bounds: RunBounds

    def run(
        self, simulator: Simulator, job: ClaimedJob, running: RunningJob, stored: StoredSweep, part: Part
    ) -> bytes:
        """Run one part; ``stored`` has the bindings of this part only."""
        args = (part, stored.contents.bindings, self.bounds.limits)
        return self._call(process.run_part, args, simulator, job, running, stored)

    def plan(self, simulator: Simulator, job: ClaimedJob, running: RunningJob, stored: StoredSweep) -> Plan:
        """Plan the whole sweep."""
        ceiling, _ = self.bounds.of_queue(job.queue)
        spec = spec_of(stored)
        first = stored.contents.bindings[: len(spec.inputs) * repository.NUMBER_BYTES]
        args = (spec.bindings, first, self.bounds.limits, ceiling)
        return self._call(process.plan_sweep, args, simulator, job, running, stored)

    def read(self, sweep_id: UUID, first: int, count: int, inputs: int) -> StoredSweep:
        """Read a sweep and some of its bindings.

        Raises:
            ConflictError: the sweep has ended, or is gone.
            ProcessLostError: PostgreSQL is away; another attempt may succeed.
        """
        with tried_again_while_away(), self.database.reading() as session:
            stored = repository.find(session, sweep_id, first, count, inputs)
        if stored is None or stored.status not in (JobStatus.RUNNING, JobStatus.CANCELLING):
            raise ConflictError(ENDED)
        return stored

    def _call(
        self,
        function: Callable[..., Result],
        args: tuple[object, ...],
        simulator: Simulator,
        job: ClaimedJob,
        running: RunningJob,
        stored: StoredSweep,
    ) -> Result:
        ceiling, seconds = self.bounds.of_queue(job.queue)
        return call_simulator(
            simulator,
            function,
            (problem_of(stored), *args),
            SimulatorBounds(self.bounds.limits, seconds, may_move=ceiling is not None),
            is_program=stored.contents.program is not None,
            running=running,
        )


@dataclass(frozen=True)
class SweepKind:
    """Plans sweeps, and runs a sweep of one shard at once."""

    parts: PartRunner

    def run(self, job: ClaimedJob, running: RunningJob) -> "tuple[Plan, bytes] | Split":
        """Plan the sweep, and run it or split it."""
        spec = msgspec.convert(job.spec, SweepSpec)
        stored = self.parts.read(job.id, 0, spec.bindings, len(spec.inputs))
        with self.parts.simulators.acquire() as simulator:
            plan = self.parts.plan(simulator, job, running, stored)
            if plan.shards == 1:
                if plan.is_costly:
                    raise TooCostlyError(f"about {plan.seconds:g} s")
                return plan, self.parts.run(simulator, job, running, stored, plan.part(0))
        parts = (plan.part(index) for index in range(plan.shards))
        return Split(
            kind=SHARD_KIND,
            specs=[msgspec.to_builtins(ShardSpec(part, len(spec.inputs))) for part in parts],
            queue=Queue.HEAVY if plan.is_costly else job.queue,
            seconds=plan.seconds,
            result=_facts(plan),
            attach=partial(repository.set_events, sweep_id=job.id, events=plan.events),
        )

    def store(self, session: Session, done: Sequence[tuple[ClaimedJob, tuple[Plan, bytes]]]) -> list[None]:
        """Store the results of sweeps of one shard."""
        for job, (plan, lines) in done:
            repository.add_result(session, job.id, plan.part(0), lines)
            repository.set_events(session, job.id, plan.events)
            jobs.set_result(session, job.id, _facts(plan))
            publish_success(session, job.id)
        return [None] * len(done)

    def announce(self, job: ClaimedJob, result: object, stored: None) -> bool:
        """Wake those who wait for the job; nothing else follows."""
        return True


@dataclass(frozen=True)
class ShardKind:
    """Runs shards; the last one of a sweep ends it and wakes those who wait for it."""

    parts: PartRunner
    wake: Callable[[Iterable[UUID]], None]

    def run(self, job: ClaimedJob, running: RunningJob) -> bytes:
        """Run the shard's bindings."""
        shard = msgspec.convert(job.spec, ShardSpec)
        stored = self.parts.read(_whole(job), shard.part.first, shard.part.count, shard.inputs)
        with self.parts.simulators.acquire() as simulator:
            return self.parts.run(simulator, job, running, stored, shard.part)

    def store(self, session: Session, done: Sequence[tuple[ClaimedJob, bytes]]) -> list[int | None]:
        """Store the results of shards, unless their sweep has ended; return how many shards are left."""
        left = []
        for job, lines in done:
            left.append(shards.end_shard(session, _whole(job)))
            if left[-1] is not None:
                part = msgspec.convert(job.spec, ShardSpec).part
                repository.add_result(session, _whole(job), part, lines)
            if left[-1] == 0:
                publish_success(session, _whole(job))
        return left

    def announce(self, job: ClaimedJob, lines: bytes, left: int | None) -> bool:
        """Wake those who wait for the sweep, if this was its last shard."""
        if left == 0:
            self.wake([_whole(job)])
        return False


def spec_of(stored: StoredSweep) -> SweepSpec:
    """Return the spec of a sweep's job."""
    return msgspec.convert(stored.spec, SweepSpec)


def problem_of(stored: StoredSweep) -> Problem:
    """Return what a sweep computes."""
    spec = spec_of(stored)
    run = msgspec.structs.replace(spec.run, program=stored.contents.program)
    return Problem(run, spec.inputs, stored.contents.observables)


def _whole(job: ClaimedJob) -> UUID:
    if job.parent_id is None:
        raise LookupError(f"job {job.id} is no shard")
    return job.parent_id


def _facts(plan: Plan) -> str:
    return msgspec.json.encode(plan.facts).decode()
