"""The SQL of queries, beside that of their candidates: explained runs."""

from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, func, insert
from sqlalchemy.orm import Session

from app.models import Execution
from app.search.quantum.problem import CircuitRun

CIRCUIT_NAME = "interference"
"""The circuit of the executions that explain queries."""

# Built once, and on the table, which spares the ORM's part.
ADD_RUN = insert(cast(Table, Execution.__table__)).values(graph_due_at=func.now())

TEXTS = b"""
SELECT id, embedding::text, substring(vector_send(embedding) FROM 5)
FROM vectors WHERE id = ANY(%(ids)s::text[])"""
"""Vectors as text and as big-endian float32 numbers."""

RUN_COLUMNS = tuple(name for name in CircuitRun.__struct_fields__ if name not in ("depth", "events"))


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
