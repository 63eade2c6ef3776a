"""Callers take turns: thousands of jobs of one delay another's first job by no more than what runs."""

from collections.abc import Callable

from tests.faults.jobs import rows
from tests.stack import Stack

QUEUED = 5_000
ANOTHER_CALLERS = """
INSERT INTO jobs (id, kind, spec, queue, max_attempts, caller, is_small)
SELECT gen_random_uuid(), 'execute', '{"circuit": "bell", "shots": 16, "seed": 1}', 'interactive', 3,
  'key:other', true
FROM generate_series(1, :number)
RETURNING 1
"""
AHEAD = """
SELECT count(*) FROM jobs AS other, jobs AS own
WHERE own.id = :id AND other.caller = 'key:other'
  AND other.started_at BETWEEN own.queued_at AND own.started_at
"""


def test_a_new_callers_job_is_run_before_thousands_of_anothers(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    rows(stack, ANOTHER_CALLERS, number=QUEUED)
    stack.start_worker(slots=2)
    response = stack.post("/api/execute/bell")
    assert response.status_code == 200
    [(ahead,)] = rows(stack, AHEAD, id=response.json()["execution_id"])
    assert ahead < QUEUED / 2, "it did not wait for them"


def test_small_jobs_that_were_queued_together_have_the_results_that_each_has_alone(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack()
    stack.start_web()
    paths = [f"/api/execute/bell?seed={seed}&shots=100" for seed in range(20)]
    job_ids = [stack.submit(path) for path in paths]
    stack.start_worker()
    for job_id in job_ids:
        stack.wait_for(job_id, "SUCCEEDED")
    together = [stack.get(f"/api/executions/{job_id}").json() for job_id in job_ids]
    alone = [stack.post(path).json() for path in paths]
    assert [each["counts"] for each in together] == [each["counts"] for each in alone]
    assert [each["seed"] for each in together] == list(range(20))
