"""The SQL of queries, beside that of their candidates: live workers, explained runs."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Interval, Table, bindparam, func, insert, select
from sqlalchemy.orm import Session

from app.models import Execution, Queue, Worker
from app.search.quantum.problem import CircuitRun

CIRCUIT_NAME = "interference"
"""The circuit of the executions that explain queries."""

# Built once, since every query runs them, and on the tables, which spares the ORM's part.
WORKERS = cast(Table, Worker.__table__)
SLOTS = select(func.coalesce(func.sum(WORKERS.c.slots), 0)).where(
    WORKERS.c.queue == Queue.SEARCH,
    WORKERS.c.last_seen_at > func.now() - bindparam("seen_within", type_=Interval),
)
ADD_RUN = insert(cast(Table, Execution.__table__)).values(graph_due_at=func.now())

RUN_COLUMNS = tuple(name for name in CircuitRun.__struct_fields__ if name not in ("depth", "events"))


def search_slots(session: Session, seen_within: timedelta) -> int:
    """Slots of the workers of the search queue that were seen lately."""
    return int(session.scalar(SLOTS, {"seen_within": seen_within}) or 0)


def add_run(session: Session, execution_id: UUID, run: CircuitRun, owner: str | None) -> None:
    """Store a scoring circuit as an execution, whose graph is due at once."""
    values: dict[str, Any] = {name: getattr(run, name) for name in RUN_COLUMNS}
    session.execute(
        ADD_RUN,
        {
            "id": execution_id,
            "circuit": CIRCUIT_NAME,
            "circuit_name": CIRCUIT_NAME,
            "is_noisy": False,
            "noise_config": None,
            "owner": owner,
            "parse_time_ms": 0.0,
            "events": run.events.decode(),
            **values,
        },
    )
