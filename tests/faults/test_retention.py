"""On a real worker one message begins the retention, which then goes on by itself."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select

from app import operations
from app.database import Database
from app.models import Execution
from app.settings import Settings
from tests.executions.factories import execution_values
from tests.stack import PROJECT, Stack, wait_until


def test_a_worker_goes_on_batch_by_batch(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack(EXECUTION_RETENTION_DAYS="30")
    database = Database(Settings.from_env(stack.environment).database_url)
    old = datetime.now(UTC) - timedelta(days=40)
    rows = [execution_values(created_at=old) for _ in range(2 * operations.RETENTION_BATCH + 1)]
    with database.unit_of_work() as unit:
        unit.session.execute(insert(Execution), rows)
    worker = stack.start_worker()
    call = ["celery", "-A", "workers.app:celery", "call", "qloom.retention", "--queue", "interactive"]
    subprocess.run(call, cwd=PROJECT, env=stack.environment, check=True, capture_output=True)

    def left() -> int:
        with database.reading() as session:
            live = select(func.count()).select_from(Execution).where(Execution.deleted_at.is_(None))
            return session.scalar(live) or 0

    wait_until(lambda: left() == 0, what="all batches being removed")
    assert not worker.has_ended
    database.close()
