"""Flower shows how jobs ended, whatever happened to their messages."""

import html
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime

from tests.faults.jobs import ENDLESS, STAY_INTERACTIVE, long_job, rows
from tests.faults.test_sweep_faults import SWEEP
from tests.stack import PROJECT, Flower, Stack, kill, wait_until
from tests.sweeps.test_webhooks import FAILS_LATE

NONSENSE = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; nonsense q[0];'

NOTIFY = """
import sys
from app.connections import Connections
from app.jobs.service import JobServices
from app.settings import Settings
assert JobServices(Connections(Settings.from_env())).notifier.notify(sys.argv[1], sys.argv[2])
"""


def notify(stack: Stack, job_id: str, queue: str = "interactive") -> None:
    """Send one more message for a job."""
    command = [sys.executable, "-c", NOTIFY, job_id, queue]
    subprocess.run(command, cwd=PROJECT, env=stack.environment, check=True, timeout=120)


def wait_for_state(flower: Flower, job_id: str, state: str) -> None:
    """Wait until Flower shows this state."""
    wait_until(lambda: flower.task(job_id).get("state") == state, what=f"{state} of {job_id}")


def shard_states(stack: Stack, flower: Flower, sweep_id: str) -> list[str | None]:
    """Return what Flower shows of the shards of a sweep."""
    ids = rows(stack, "SELECT id FROM jobs WHERE parent_id = :id", id=sweep_id)
    return [flower.task(str(shard)).get("state") for (shard,) in ids]


def test_a_failed_job_is_a_failure_with_its_sentence_and_stays_one(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    flower = stack.start_flower()
    stack.start_worker()
    job_id = stack.submit("/api/execute", json={"program": NONSENSE})
    error = stack.wait_for(job_id, "FAILED")["error"]
    wait_for_state(flower, job_id, "FAILURE")
    row = flower.task(job_id)
    assert row["name"] == "qloom.execute"
    assert row["exception"] == f"JobFailedError({error['message']!r})"
    assert row["retries"] == 0

    notify(stack, job_id)
    wait_until(lambda: flower.waiting().get("jobs:interactive") == 0, what="the second notification")
    after = stack.submit()
    wait_for_state(flower, after, "SUCCESS")
    assert flower.task(job_id)["state"] == "FAILURE"
    log = stack.log("interactive-2@test")
    assert "Traceback" not in log
    assert error["message"] in html.unescape(flower.get(f"/task/{job_id}").text)


def test_a_notification_that_ends_nothing_shows_no_end(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack(**STAY_INTERACTIVE)
    stack.start_web()
    flower = stack.start_flower()
    stack.start_worker(slots=2)
    job_id = long_job(stack, ENDLESS)
    stack.wait_for(job_id, "RUNNING")
    notify(stack, job_id)
    wait_until(lambda: flower.waiting().get("jobs:interactive") == 0, what="the second notification")
    after = stack.submit()
    wait_for_state(flower, after, "SUCCESS")
    assert flower.task(job_id)["state"] == "STARTED"

    stack.delete(f"/api/jobs/{job_id}")
    stack.wait_for(job_id, "CANCELLED")
    wait_for_state(flower, job_id, "REVOKED")


def test_a_job_that_moves_to_the_heavy_queue_ends_there(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack(HEAVY_COST_BYTES="1")
    stack.start_web()
    flower = stack.start_flower()
    stack.start_worker()
    job_id = stack.submit()
    wait_until(lambda: flower.waiting().get("jobs:heavy") == 1, what="the move")
    wait_for_state(flower, job_id, "STARTED")
    stack.start_worker("heavy")
    stack.wait_for(job_id, "SUCCEEDED")
    wait_for_state(flower, job_id, "SUCCESS")


def test_a_sweep_that_is_done_in_shards_ends_as_other_jobs_do(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    flower = stack.start_flower()
    for _ in range(2):
        stack.start_worker()
    succeeded = stack.submit("/api/sweeps", json=SWEEP)
    stack.wait_for(succeeded, "SUCCEEDED")
    wait_for_state(flower, succeeded, "SUCCESS")
    row = flower.task(succeeded)
    job = stack.job(succeeded)
    took = datetime.fromisoformat(job["finished_at"]) - datetime.fromisoformat(job["started_at"])
    assert row["name"] == "qloom.sweep"
    assert abs(row["runtime"] - took.total_seconds()) < 1e-3
    assert len(shard_states(stack, flower, succeeded)) > 2
    wait_until(
        lambda: set(shard_states(stack, flower, succeeded)) == {"SUCCESS"}, what="the ends of the shards"
    )

    failed = stack.submit("/api/sweeps", json=FAILS_LATE)
    error = stack.wait_for(failed, "FAILED")["error"]
    wait_for_state(flower, failed, "FAILURE")
    assert flower.task(failed)["exception"] == f"JobFailedError({error['message']!r})"

    cancelled = stack.submit("/api/sweeps", json=SWEEP)
    wait_until(lambda: stack.get(f"/api/sweeps/{cancelled}").json()["shards"], what="the shards")
    stack.delete(f"/api/jobs/{cancelled}")
    wait_for_state(flower, cancelled, "REVOKED")
    assert flower.task(succeeded)["state"] == "SUCCESS"
    assert flower.task(failed)["state"] == "FAILURE"


def test_a_job_whose_worker_is_gone_is_told_of_by_the_worker_that_finds_it(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack(**STAY_INTERACTIVE)
    stack.start_web()
    flower = stack.start_flower()
    doomed = stack.start_worker()
    job_id = long_job(stack, ENDLESS)
    stack.wait_for(job_id, "RUNNING")
    wait_for_state(flower, job_id, "STARTED")
    kill(doomed)
    assert stack.delete(f"/api/jobs/{job_id}").json()["status"] == "CANCELLING"
    stack.start_worker()
    stack.wait_for(job_id, "CANCELLED")
    wait_for_state(flower, job_id, "REVOKED")


def test_a_job_cancelled_in_the_queue_is_revoked(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    flower = stack.start_flower()
    job_id = stack.submit()
    stack.delete(f"/api/jobs/{job_id}")
    assert stack.job(job_id)["status"] == "CANCELLED"
    stack.start_worker()
    wait_for_state(flower, job_id, "REVOKED")


def test_the_brokers_tab_has_every_queue_with_what_waits_in_it(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack(REDIS_KEY_PREFIX="another:")
    stack.start_web()
    flower = stack.start_flower()
    names = [f"{prefix}{queue}" for prefix in ("", "jobs:") for queue in ("heavy", "interactive", "search")]
    wait_until(lambda: flower.waiting() == dict.fromkeys(names, 0), what="the queues")
    job_ids = [stack.submit() for _ in range(3)]
    notify(stack, job_ids[0], "heavy")
    waiting = dict.fromkeys(names, 0) | {"jobs:heavy": 1, "jobs:interactive": 3}
    wait_until(lambda: flower.waiting() == waiting, what="the notifications")
    stack.start_worker()
    for job_id in job_ids:
        stack.wait_for(job_id, "SUCCEEDED")
    wait_until(lambda: flower.waiting().get("jobs:interactive") == 0, what="the notifications are taken")
    assert flower.waiting().get("jobs:heavy") == 1


def test_flower_answers_to_its_own_names_and_with_its_password_only(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack(ALLOWED_HOSTS="Flower.example, other.example")
    flower = stack.start_flower()
    for host in ("localhost:1", "127.0.0.1", "[::1]:5555", "flower.example", "OTHER.example:443"):
        assert flower.get("/broker", Host=host).status_code == 200, host
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""):
        for path in ("/broker", "/api/workers", "/static/css/flower.css", "/"):
            assert flower.get(path, Host=host).status_code == 400, (host, path)
    assert flower.get("/healthcheck", Host="10.0.0.7:5555").text == "OK", "orchestrators ask by addresses"
    flower.password = "another"
    for path in ("/", "/api/workers", "/api/tasks", "/broker"):
        assert flower.get(path).status_code == 401, path
