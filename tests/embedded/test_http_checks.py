"""What ``make run`` asks of a real web."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.database import Database
from app.models import Role
from embedded.http_checks import BusyError, execute_bell, is_refused
from embedded.ports import free_port
from tests.keys import make_key
from tests.stack import Stack


def test_only_a_key_that_works_no_more_is_refused(
    tmp_path: Path, database_url: str, redis_url: str, database: Database
) -> None:
    now = datetime.now(UTC)
    works = make_key(database, Role.ADMIN)
    dead = [make_key(database, Role.ADMIN, **{column: now}) for column in ("revoked_at", "expires_at")]
    stack = Stack(tmp_path, {"DATABASE_URL": database_url, "REDIS_URL": redis_url})
    try:
        stack.start_web()
        assert [is_refused(stack.url, key) for key in (works, *dead)] == [False, True, True]
    finally:
        stack.stop()
    assert not is_refused(f"http://127.0.0.1:{free_port()}", works), "no answer is no refusal"


def test_a_first_circuit_behind_other_jobs_is_no_failure(
    tmp_path: Path, database_url: str, redis_url: str, database: Database
) -> None:
    limits = {"MAX_WAIT_SECONDS": "1", "MAX_QUEUED_JOBS": "1"}
    stack = Stack(tmp_path, {"DATABASE_URL": database_url, "REDIS_URL": redis_url, **limits})
    try:
        stack.start_web()
        told = []
        for _ in range(2):
            with pytest.raises(BusyError) as caught:
                execute_bell(stack.url, None)
            told.append(str(caught.value))
    finally:
        stack.stop()
    assert told == ["HTTP 202", "HTTP 503"], "one waits, since there is no worker; then the queue is full"
