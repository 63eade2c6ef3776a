"""The SQL of sweeps: their large values, which have a table of their own, and the results of shards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from sqlalchemy import Select, Table, Text, func, insert, literal, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from app.circuits.sweeps.problem import Observable, Part
from app.executions import repository as executions
from app.executions.repository import ListFilters
from app.jobs import repository as jobs
from app.models import Job, JobStatus, Sweep, SweepResult

SWEEPS = cast(Table, Sweep.__table__)
RESULTS = cast(Table, SweepResult.__table__)
NUMBER_BYTES = 8


class Contents(NamedTuple):
    """The large values of a sweep: see ``app.models.Sweep``."""

    program: str | None
    observables: tuple[Observable, ...]
    bindings: bytes


@dataclass(frozen=True)
class StoredSweep:
    """A sweep with the numbers of some of its bindings, and the spec and the status of its job."""

    contents: Contents
    spec: dict[str, Any]
    status: JobStatus


class ResultPlace(NamedTuple):
    """Which bindings a stored result has, and how many shots of each."""

    shard: int
    first: int
    bindings: int
    shots: int


class FoundEvents(NamedTuple):
    """The events of a sweep as JSON, if its bindings share a circuit; its status; whether it is parsed."""

    events: str | None
    status: JobStatus
    is_planned: bool


def add(session: Session, sweep_id: UUID, contents: Contents) -> None:
    """Store the large values of the sweep whose job has this id."""
    observables = msgspec.json.encode(contents.observables).decode()
    values = {"program": contents.program, "observables": observables, "bindings": contents.bindings}
    session.execute(insert(SWEEPS).values(id=sweep_id, **values))


def copy(session: Session, sweep_id: UUID, new_id: UUID) -> None:
    """Copy the large values of a sweep for a new job."""
    columns = ["program", "observables", "bindings"]
    # the same types, without the conversions of the model's
    found = select(literal(new_id), *(SWEEPS.c[name] for name in columns)).where(SWEEPS.c.id == sweep_id)
    session.execute(insert(SWEEPS).from_select(["id", *columns], found))


def find(session: Session, sweep_id: UUID, first: int, count: int, inputs: int) -> StoredSweep | None:
    """Return a sweep with the numbers of some bindings.

    Args:
        inputs: how many numbers each binding has.
    """
    start, length = first * inputs * NUMBER_BYTES, count * inputs * NUMBER_BYTES
    numbers = func.substr(Sweep.bindings, start + 1, length)
    columns = (Sweep.program, sql_cast(Sweep.observables, Text), numbers, Job.spec, Job.status)
    row = session.execute(select(*columns).join(Job, Job.id == Sweep.id).where(Sweep.id == sweep_id)).first()
    if row is None:
        return None
    program, observables, bindings, spec, status = row
    decoded = msgspec.json.decode(observables, type=tuple[Observable, ...])
    return StoredSweep(Contents(program, decoded, bytes(bindings)), spec, JobStatus(status))


def matching(status: Sequence[str], filters: ListFilters) -> Select[Job]:
    """Return the statement of the jobs of sweeps that match all filters, newest first."""
    conditions = executions.conditions_of_jobs(filters, Job.spec["run"])
    return jobs.matching(status=status).where(Job.id.in_(select(Sweep.id)), *conditions)


def spec_and_status(session: Session, sweep_id: UUID) -> tuple[dict[str, Any], JobStatus] | None:
    """Return the spec and the status of a sweep's job."""
    statement = select(Job.spec, Job.status).join(Sweep, Sweep.id == Job.id).where(Job.id == sweep_id)
    row = session.execute(statement).one_or_none()
    return None if row is None else (row.spec, JobStatus(row.status))


def add_result(session: Session, sweep_id: UUID, part: Part, lines: bytes) -> None:
    """Store the results of a shard."""
    session.execute(
        insert(RESULTS).values(
            sweep_id=sweep_id,
            shard=part.index,
            first=part.first,
            bindings=part.count,
            shots=part.shots,
            lines=lines,
        )
    )


def set_events(session: Session, sweep_id: UUID, events: bytes | None) -> None:
    """Store the events of the circuit that the bindings of a sweep share, as JSON."""
    values = {"events": None if events is None else events.decode()}
    session.execute(update(SWEEPS).where(SWEEPS.c.id == sweep_id).values(values))


def events_of(session: Session, sweep_id: UUID) -> FoundEvents | None:
    """Return the events of a sweep."""
    columns = (sql_cast(Sweep.events, Text), Job.status, Job.result.is_not(None))
    row = session.execute(select(*columns).join(Job, Job.id == Sweep.id).where(Sweep.id == sweep_id)).first()
    return None if row is None else FoundEvents(row[0], JobStatus(row[1]), row[2])


def result_places(session: Session, sweep_id: UUID, first: int, end: int) -> list[ResultPlace]:
    """Return which shards have the results of the bindings from ``first`` to before ``end``, in order."""
    columns = (RESULTS.c.shard, RESULTS.c.first, RESULTS.c.bindings, RESULTS.c.shots)
    statement = (
        select(*columns)
        .where(
            RESULTS.c.sweep_id == sweep_id,
            RESULTS.c.first < end,
            RESULTS.c.first + RESULTS.c.bindings > first,
        )
        .order_by(RESULTS.c.shard)
    )
    return [ResultPlace(*row) for row in session.execute(statement)]


def result_lines(session: Session, sweep_id: UUID, shard: int) -> bytes | None:
    """Return the results of one shard."""
    statement = select(RESULTS.c.lines).where(RESULTS.c.sweep_id == sweep_id, RESULTS.c.shard == shard)
    lines: bytes | None = session.scalar(statement)
    return lines
