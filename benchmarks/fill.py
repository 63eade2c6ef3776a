"""Fills the stores with copies of one real execution, so that reads and writes meet tables of a real size."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from sqlalchemy import func, select, text

from app.connections import Connections
from app.executions import graph_writer, repository
from app.executions.repository import StoredExecution
from app.graphstore import executions as graphs
from app.graphstore.executions import ExecutionGraph
from app.models import Execution, Job

TABLES = {"jobs": Job, "executions": Execution}
NEW_IN_A_COPY = ("id", "created_at")
GRAPHS_A_TRANSACTION = 100
"""Graphs in one transaction: more than a worker's group of 32, since no request waits for these."""


def empty(connections: Connections) -> None:
    """Remove all executions, their jobs and their graphs."""
    with connections.database.unit_of_work() as unit:
        unit.session.execute(text(f"TRUNCATE {', '.join(TABLES)} CASCADE"))
    graphs.remove_all(connections.graph_store)


def fill_up(connections: Connections, template: UUID, total: int, *, graph: bool) -> None:
    """Copy the rows (and the graph) of one execution until ``total`` are stored.

    The rows go in by COPY, with ids of their own and one second apart, going back in time from now.
    """
    ids = [uuid4() for _ in range(total - count(connections))]
    if not ids:
        return
    with psycopg.connect(connections.settings.database_url.replace("+psycopg", "")) as connection:
        connection.autocommit = True
        for table, model in TABLES.items():
            _copy_rows(connection, table, model.__table__.columns.keys(), template, ids)
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))
        connection.execute("CHECKPOINT")  # or the first figure would pay for these writes
    if graph:
        _copy_graphs(connections, template, ids)


def count(connections: Connections) -> int:
    """How many executions are stored."""
    with connections.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Execution)) or 0


def graph_of(connections: Connections, execution_id: UUID) -> ExecutionGraph:
    """The event graph of a stored execution, as a worker writes it."""
    return graph_writer.graph_of(stored(connections, execution_id))


def stored(connections: Connections, execution_id: UUID) -> StoredExecution:
    """Read an execution that must be there."""
    with connections.database.reading() as session:
        execution = repository.find(session, execution_id)
    if execution is None:
        raise LookupError(f"there is no execution {execution_id}")
    return execution


def _copy_rows(
    connection: psycopg.Connection, table: str, names: Sequence[str], template: UUID, ids: Sequence[UUID]
) -> None:
    columns = [*NEW_IN_A_COPY, *(name for name in names if name not in NEW_IN_A_COPY)]
    what = {"table": sql.Identifier(table), "columns": sql.SQL(", ").join(map(sql.Identifier, columns))}
    read = sql.SQL("COPY (SELECT {columns} FROM {table} WHERE id = {id}) TO STDOUT")
    with connection.cursor() as cursor:
        with cursor.copy(read.format(**what, id=sql.Literal(template))) as copy:
            line = b"".join(bytes(part) for part in copy)
        rest = line.split(b"\t", len(NEW_IN_A_COPY))[-1]
        now = datetime.now(UTC)
        with cursor.copy(sql.SQL("COPY {table} ({columns}) FROM STDIN").format(**what)) as copy:
            for age, new_id in enumerate(ids, start=1):
                created_at = now - timedelta(seconds=age)
                copy.write(f"{new_id}\t{created_at.isoformat()}\t".encode() + rest)


def _copy_graphs(connections: Connections, template: UUID, ids: Sequence[UUID]) -> None:
    original = graph_of(connections, template)
    copies = [replace(original, execution_id=str(each)) for each in ids]
    for start in range(0, len(copies), GRAPHS_A_TRANSACTION):
        graphs.project(connections.graph_store, copies[start : start + GRAPHS_A_TRANSACTION])
