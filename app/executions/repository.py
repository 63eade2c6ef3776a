"""The SQL of executions as clients read them: one execution, or a list."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, Text, and_, bindparam, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.circuits.noise import NoiseConfig
from app.circuits.result import QubitLayout
from app.circuits.spec import NoiseSpec
from app.direct_sql import run_plain
from app.executions.specs import KIND
from app.models import Execution, Job, JobStatus


@dataclass(frozen=True)
class StoredExecution:
    """The row of one execution; ``counts``, ``mitigated`` and ``events`` are JSON text. Times are in ms."""

    id: UUID
    circuit_name: str
    is_noisy: bool
    noise_config: NoiseConfig | None
    num_qubits: int
    num_gates: int
    num_events: int
    shots: int
    seed: int
    method: str
    method_reason: str | None
    requested_method: str | None
    parameters: dict[str, int] | None
    versions: dict[str, str]
    tags: list[str]
    parse_time_ms: float
    transpile_time_ms: float
    simulation_time_ms: float
    event_extraction_time_ms: float
    in_memory_graph_time_ms: float
    neo4j_persistence_time_ms: float
    graph_status: str
    created_at: datetime
    counts: str
    counts_incomplete: bool
    events: str
    layout: QubitLayout | None = None
    transpiled_program: str | None = None
    mitigated: str | None = None
    notes: list[str] | None = None


@dataclass(frozen=True)
class ListFilters:
    """Which executions a list shows: those that match all filters. ``noise`` is that of a full name."""

    circuit: str | None = None
    noise: NoiseSpec | None = None
    is_noisy: bool | None = None
    tags: tuple[str, ...] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether all executions match."""
        return self == ListFilters()


# JSON is read as text, so that nobody decodes and encodes it on the way. The statement is built once, since
# building it takes longer than running it, and on the table, since the ORM would add to its time.
EXECUTIONS = cast(Table, Execution.__table__)
FIND = select(
    *(
        sql_cast(EXECUTIONS.c[field.name], Text)
        if field.name in ("counts", "mitigated")
        else EXECUTIONS.c[field.name]
        for field in fields(StoredExecution)
    )
).where(EXECUTIONS.c.id == bindparam("execution_id"), EXECUTIONS.c.deleted_at.is_(None))

SUMMARY = select(
    EXECUTIONS.c.id,
    EXECUTIONS.c.circuit_name,
    EXECUTIONS.c.num_events,
    (
        EXECUTIONS.c.event_extraction_time_ms
        + EXECUTIONS.c.in_memory_graph_time_ms
        + EXECUTIONS.c.neo4j_persistence_time_ms
    ).label("time_ms"),
    EXECUTIONS.c.created_at,
    EXECUTIONS.c.is_noisy,
    EXECUTIONS.c.noise_config,
    EXECUTIONS.c.graph_status,
    EXECUTIONS.c.tags,
)

BY_AGE, JOBS_BY_AGE = (Execution.created_at, Execution.id), (Job.created_at, Job.id)
"""The order of the two lists, by which their pages are read."""

TOTAL = b"SELECT sum(change)::bigint FROM execution_total_changes"


def find(session: Session, execution_id: UUID) -> StoredExecution | None:
    """Return the execution with this id, unless it is deleted."""
    row = session.execute(FIND, {"execution_id": execution_id}).one_or_none()
    return None if row is None else StoredExecution(*row)


def find_program(session: Session, execution_id: UUID) -> tuple[str, str, str | None] | None:
    """Return the language and the text of an execution's program, and the transpiled one if there is one."""
    statement = select(Execution.language, Execution.program, Execution.transpiled_program).where(
        Execution.id == execution_id, Execution.deleted_at.is_(None)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else (row.language, row.program, row.transpiled_program)


def events_column(*, transpiled: bool) -> ColumnElement[str] | InstrumentedAttribute[str]:
    """Return the events, as JSON text, of the circuit or of the transpiled one: empty if there is none."""
    return func.coalesce(sql_cast(Execution.transpiled_events, Text), "") if transpiled else Execution.events


def find_events(session: Session, execution_id: UUID, *, transpiled: bool) -> str | None:
    """Return the events of an execution that is not deleted; see ``events_column``."""
    statement = select(events_column(transpiled=transpiled)).where(
        Execution.id == execution_id, Execution.deleted_at.is_(None)
    )
    return session.scalar(statement)


def find_graph_status(session: Session, execution_id: UUID) -> str | None:
    """Return whether the execution's graph is in Neo4j: its ``GraphStatus``."""
    statement = select(Execution.graph_status).where(
        Execution.id == execution_id, Execution.deleted_at.is_(None)
    )
    return session.scalar(statement)


def job_status(session: Session, execution_id: UUID) -> JobStatus | None:
    """Return the status of the job that becomes (or became) this execution."""
    status = session.scalar(select(Job.status).where(Job.id == execution_id, Job.kind == KIND))
    return None if status is None else JobStatus(status)


def matching(filters: ListFilters) -> Select[Any]:
    """Return the statement of the summaries of matching executions, newest first."""
    conditions = [Execution.deleted_at.is_(None), *_common(Execution, filters)]
    if filters.circuit is not None:
        conditions.append(_named(filters.circuit, filters.noise))
    if filters.is_noisy is not None:
        conditions.append(Execution.is_noisy.is_(filters.is_noisy))
    return SUMMARY.where(*conditions).order_by(Execution.created_at.desc(), Execution.id.desc())


def total(session: Session) -> int:
    """Return how many executions there are, exactly; it costs the same however many there are."""
    return run_plain(session, TOTAL)[0][0] or 0


def matching_jobs(status: JobStatus, filters: ListFilters) -> Select[Any]:
    """Return the statement of the jobs in ``status`` whose executions would match, newest first."""
    conditions = [Job.kind == KIND, Job.status == status, *conditions_of_jobs(filters, Job.spec)]
    statement = select(Job.id, Job.spec, Job.status, Job.tags, Job.created_at)
    return statement.where(*conditions).order_by(Job.created_at.desc(), Job.id.desc())


def conditions_of_jobs(
    filters: ListFilters, spec: ColumnElement[Any] | InstrumentedAttribute[dict[str, Any]]
) -> list[ColumnElement[bool]]:
    """Return the conditions of the jobs whose executions match; ``spec`` is the JSON of these executions."""
    conditions = _common(Job, filters)
    noise = spec["noise"]
    if filters.circuit is not None:
        conditions.append(spec["circuit"].astext == filters.circuit)
    if filters.noise is not None:
        conditions.append(noise["type"].astext == filters.noise.type)
        conditions.append(noise["level"].astext == filters.noise.level)
        if filters.noise.device is not None:
            conditions.append(noise["device"]["name"].astext == filters.noise.device.name)
    if filters.is_noisy is not None:
        is_clean = noise.astext.is_(None)
        conditions.append(~is_clean if filters.is_noisy else is_clean)
    return conditions


def _common(model: type[Execution] | type[Job], filters: ListFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.tags:
        conditions.append(model.tags.contains(list(filters.tags)))
    if filters.created_after is not None:
        conditions.append(model.created_at > filters.created_after)
    if filters.created_before is not None:
        conditions.append(model.created_at < filters.created_before)
    return conditions


def _named(circuit: str, noise: NoiseSpec | None) -> ColumnElement[bool]:
    """Return the condition of a name; that of a full name uses the index of base names too."""
    if noise is None:
        return Execution.circuit == circuit
    return and_(Execution.circuit == circuit, Execution.circuit_name == circuit + noise.suffix)
