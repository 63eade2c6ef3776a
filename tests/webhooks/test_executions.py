"""Webhooks get events of executions that are stored, and of executions whose job failed."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from app.circuits.spec import ExecutionSpec
from app.comparisons.specs import KIND as COMPARE
from app.database import Database
from app.executions import storage
from app.executions.specs import KIND as EXECUTE
from app.executions.storage import NewExecution
from app.jobs import claims
from app.models import Execution, WebhookEvent
from tests.executions.factories import execution_values
from tests.jobs.helpers import change, claimed, let_lease_run_out, reap
from tests.webhooks.conftest import MakeWebhook

SPEC = ExecutionSpec(circuit="bell", shots=1024, seed=7)
ERROR = {"code": "invalid_program", "message": "No.", "details": {"line": 1}}


def stored_events(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """Return the events in the outbox."""
    with database.reading() as session:
        rows = session.scalars(select(WebhookEvent).order_by(WebhookEvent.created_at)).all()
    return [(row.type, msgspec.json.decode(row.data)) for row in rows]


def store_bell(database: Database) -> claims.ClaimedJob:
    """Store a result as a worker does."""
    job = claimed(database, tags=["a"])
    values = execution_values()
    no_device = dict.fromkeys(("mitigated", "layout", "transpiled_program", "transpiled_events", "notes"))
    result: Any = {**no_device, **values, "events": b"[]", "versions": values["versions"], "edges": []}
    with database.unit_of_work() as unit:
        assert claims.succeed(unit.session, [job])
        storage.store_results(unit.session, [NewExecution(job.id, job, SPEC, result)])
    return job


def test_a_stored_execution_is_told_of(database: Database, make_webhook: MakeWebhook) -> None:
    make_webhook("execution.*")
    job = store_bell(database)
    ((event_type, data),) = stored_events(database)
    assert event_type == "execution.succeeded"
    assert data["execution_id"] == data["job_id"] == str(job.id)
    assert (data["circuit_name"], data["shots"], data["seed"], data["is_noisy"]) == ("bell", 1024, 7, False)
    assert data["tags"] == ["a"]


def test_an_execution_is_stored_though_nobody_listens(database: Database) -> None:
    store_bell(database)
    assert stored_events(database) == []
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Execution)) == 1


@pytest.mark.parametrize("kind", [EXECUTE, COMPARE])
def test_a_failed_job_is_told_of_with_its_error(
    database: Database, make_webhook: MakeWebhook, kind: str
) -> None:
    make_webhook("execution.failed")
    job = claimed(database, kind=kind)
    with database.unit_of_work() as unit:
        assert claims.fail(unit.session, job, ERROR)
    assert stored_events(database) == [
        ("execution.failed", {"job_id": str(job.id), "kind": kind, "error": ERROR})
    ]
    with database.unit_of_work() as unit:
        assert not claims.fail(unit.session, job, ERROR)
    assert len(stored_events(database)) == 1


def test_the_failure_of_another_kind_of_job_is_none_of_an_execution(
    database: Database, make_webhook: MakeWebhook
) -> None:
    make_webhook("*")
    job = claimed(database, kind="import")
    with database.unit_of_work() as unit:
        assert claims.fail(unit.session, job, ERROR)
    assert stored_events(database) == []


def test_a_job_that_lost_its_last_worker_is_told_of_and_one_that_is_tried_again_is_not(
    database: Database, make_webhook: MakeWebhook
) -> None:
    make_webhook("*")
    again, last = claimed(database), claimed(database)
    change(database, last.id, attempt=last.max_attempts)
    for job in (again, last):
        let_lease_run_out(database, job)
    reap(database)
    ((event_type, data),) = stored_events(database)
    assert (event_type, data["job_id"]) == ("execution.failed", str(last.id))
    assert data["error"]["code"] == "worker_lost"
