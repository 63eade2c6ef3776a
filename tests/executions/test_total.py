"""The kept total of executions is their number, whatever was done to them."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app.database import Database
from app.executions import deleted, repository
from app.models import Execution, ExecutionTotalChange
from tests.executions.factories import execution_values, store_executions


def counted(session: Any) -> int:
    statement = select(func.count()).select_from(Execution).where(Execution.deleted_at.is_(None))
    return int(session.scalar(statement))


def test_the_total_follows_every_change(database: Database) -> None:
    ids = store_executions(database, *[execution_values() for _ in range(7)])
    with database.unit_of_work() as unit:
        session = unit.session
        assert repository.total(session) == counted(session) >= 7
        before = repository.total(session)
        assert deleted.mark_deleted(session, ids[0])
        assert not deleted.mark_deleted(session, ids[0])
        assert repository.total(session) == counted(session) == before - 1
        deleted.remove(session, ids[:1])
        assert repository.total(session) == counted(session) == before - 1
        session.execute(text("DELETE FROM executions WHERE id = :id"), {"id": ids[1]})
        assert repository.total(session) == counted(session) == before - 2
        session.execute(text("UPDATE executions SET deleted_at = NULL, graph_attempts = 1"))
        assert repository.total(session) == counted(session)


def test_a_rolled_back_change_does_not_count(database: Database) -> None:
    ids = store_executions(database, execution_values())

    def delete_and_fail() -> None:
        with database.unit_of_work() as unit:
            assert deleted.mark_deleted(unit.session, ids[0])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        delete_and_fail()
    with database.reading() as session:
        assert repository.total(session) == counted(session) == 1


def test_changes_are_put_together_so_that_few_rows_are_there(database: Database) -> None:
    rows = select(func.count()).select_from(ExecutionTotalChange)
    for stored in range(1, 5_000):  # each insert does it with a chance of 1 %
        store_executions(database, execution_values())
        with database.reading() as session:
            if int(session.scalar(rows) or 0) < stored:
                assert repository.total(session) == counted(session) == stored
                return
    pytest.fail("no insert has put them together")


def test_a_list_without_filters_shows_the_kept_total(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_executions(database, *[execution_values() for _ in range(3)])
    monkeypatch.setattr(repository, "total", lambda _session: 1_234_567)
    page = client.get("/api/executions").get_json()
    assert (page["total"], page["total_is_estimate"]) == (1_234_567, False)
    assert client.get("/api/executions?circuit_name=bell").get_json()["total"] == 3
