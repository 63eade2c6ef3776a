"""If its worker dies or it is cancelled, a comparison has two executions or none, never one."""

from collections.abc import Callable

from app.comparisons.specs import execution_ids
from tests.faults.jobs import STAY_INTERACTIVE, layers, rows
from tests.stack import Stack, kill, wait_until

STORED = "SELECT id FROM executions ORDER BY is_noisy"


def started_comparison(stack: Stack, progress_over: float) -> str:
    """Submit a comparison and wait for this progress; its first run ends at 0.5."""
    body = {"program": layers(21), "shots": 1, "method": "statevector"}
    job_id = stack.submit("/api/execute/compare", json=body)
    wait_until(lambda: stack.job(job_id)["progress"] > progress_over, what="the progress")
    return job_id


def test_a_comparison_whose_worker_is_killed_in_its_second_run_makes_two_executions(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack(**STAY_INTERACTIVE)
    stack.start_web()
    first = stack.start_worker()
    job_id = started_comparison(stack, 0.5)
    kill(first)
    assert rows(stack, STORED) == []
    stack.start_worker()
    document = stack.wait_for(job_id, "SUCCEEDED", seconds=90)
    assert document["attempt"] == 2
    assert [row.id for row in rows(stack, STORED)] == [
        *execution_ids(rows(stack, "SELECT id FROM jobs")[0].id)
    ]
    assert stack.get(document["result"]).status_code == 200


def test_a_comparison_that_is_cancelled_in_its_second_run_stores_nothing(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack(**STAY_INTERACTIVE)
    stack.start_web()
    stack.start_worker()
    job_id = started_comparison(stack, 0.5)
    assert stack.delete(f"/api/jobs/{job_id}").status_code == 200
    assert stack.wait_for(job_id, "CANCELLED")["result"] is None
    assert rows(stack, STORED) == []
    assert stack.post("/api/execute/compare").status_code == 200
