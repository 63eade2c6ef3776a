"""Overdue graphs are written from PostgreSQL; one that cannot be written delays no other one."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from neo4j.exceptions import ConstraintError
from sqlalchemy import select

from app.database import Database
from app.errors import UnavailableError
from app.executions.graph_writer import GraphWriter
from app.graphstore import executions as graphs
from app.graphstore.driver import GraphStore
from app.graphstore.executions import ExecutionGraph
from app.models import Execution
from tests.executions.factories import store_execution

NOWHERE = "bolt://127.0.0.1:1"


@pytest.fixture
def store() -> GraphStore:
    """A graph store that is never called: the tests replace the one function that would call it."""
    return GraphStore(NOWHERE, "neo4j", "", None, 1.0)


def graph_statuses(database: Database) -> dict[UUID, str]:
    """Return the graph status of each execution."""
    with database.reading() as session:
        return {
            row.id: row.graph_status for row in session.execute(select(Execution.id, Execution.graph_status))
        }


@pytest.mark.parametrize(
    "fault", [ConstraintError("two events have one id"), UnavailableError("too large for this server")]
)
def test_a_graph_that_cannot_be_written_keeps_no_other_one_pending(
    database: Database, store: GraphStore, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    ids = [uuid4() for _ in range(5)]
    for each in ids:
        store_execution(database, id=each, graph_status="pending")
    bad = str(ids[2])

    def project(_store: GraphStore, group: Sequence[ExecutionGraph]) -> None:
        if any(each.execution_id == bad for each in group):
            raise fault

    monkeypatch.setattr(graphs, "project", project)
    assert GraphWriter(database, store).take_up_overdue() == 4
    assert graph_statuses(database) == {each: "pending" if str(each) == bad else "stored" for each in ids}


def test_while_the_graph_server_is_down_the_others_are_not_tried(
    database: Database, store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        store_execution(database, graph_status="pending")
    tried: list[int] = []

    def project(_store: GraphStore, group: Sequence[ExecutionGraph]) -> None:
        tried.append(len(group))
        store.breaker.failed()
        raise UnavailableError("down")

    monkeypatch.setattr(graphs, "project", project)
    with pytest.raises(UnavailableError):
        GraphWriter(database, store).take_up_overdue()
    assert tried == [3]
