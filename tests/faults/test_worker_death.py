"""When a worker or its simulator dies, no accepted job is lost or done twice."""

import signal
from collections.abc import Callable

import pytest

from app.shared_memory import FOLDER
from app.simulators.pool import SEMAPHORES
from tests.faults.jobs import ENDLESS, STAY_INTERACTIVE, long_job, rows
from tests.stack import Stack, kill, simulators_of, wait_until

SLOW_TO_PARSE = (
    'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c;\n' + "h q[0];\n" * 3900 + "c = measure q;"
)
"""A program that takes the parser a second."""


@pytest.fixture(autouse=True)
def own_simulators(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each worker start its own simulators; ``tests/simulators/test_host.py`` ends those from a host."""
    monkeypatch.setattr(Stack, "shares_simulators", False)


def test_a_job_whose_worker_is_killed_is_done_by_another_one(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack(**STAY_INTERACTIVE)
    stack.start_web()
    first = stack.start_worker()
    job_id = long_job(stack)
    stack.wait_for(job_id, "RUNNING")
    wait_until(lambda: stack.job(job_id)["progress"] > 0, what="the simulation's start")
    orphans = simulators_of(first)
    kill(first)
    stack.start_worker()
    document = stack.wait_for(job_id, "SUCCEEDED", seconds=200)
    assert document["attempt"] == 2
    assert rows(stack, "SELECT count(*) FROM executions") == [(1,)]
    assert not [process for process in orphans if process.is_running()]


def test_jobs_queued_while_no_worker_is_up_are_done_when_one_comes(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    job_ids = [stack.submit() for _ in range(5)]
    assert {stack.job(job_id)["status"] for job_id in job_ids} == {"QUEUED"}
    assert [stack.job(job_id)["queue_position"] for job_id in job_ids] == [0, 1, 2, 3, 4]
    stack.start_worker()
    for job_id in job_ids:
        stack.wait_for(job_id, "SUCCEEDED")


def test_a_job_that_kills_its_process_each_time_fails_and_hurts_no_other(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack(**STAY_INTERACTIVE)
    stack.start_web()
    worker = stack.start_worker()
    job_id = long_job(stack, ENDLESS)
    for attempt in (1, 2, 3):
        wait_until(
            lambda attempt=attempt: (job := stack.job(job_id))["attempt"] == attempt and job["progress"] > 0,
            what=f"attempt {attempt}",
        )
        for simulator in simulators_of(worker):
            kill(simulator)
    document = stack.wait_for(job_id, "FAILED")
    assert document["error"]["code"] == "worker_lost"
    assert document["attempt"] == document["max_attempts"] == 3
    assert stack.post("/api/execute/bell").status_code == 200


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (signal.SIGKILL, ("SUCCEEDED", 2, None)),  # as by an operator, or by a system without memory
        (signal.SIGSEGV, ("FAILED", 1, "invalid_program")),  # as by the parser itself
    ],
)
def test_a_process_that_is_killed_while_it_parses_is_not_the_programs_fault(
    new_stack: Callable[..., Stack], number: signal.Signals, outcome: tuple[str, int, str | None]
) -> None:
    stack = new_stack()
    stack.start_web()
    (simulator,) = simulators_of(stack.start_worker(slots=1))
    used = simulator.cpu_times().user
    job_id = stack.submit("/api/execute", json={"program": SLOW_TO_PARSE})
    wait_until(lambda: simulator.cpu_times().user > used + 0.05, what="the parser's start")
    simulator.send_signal(number)
    document = stack.wait_for(job_id, "SUCCEEDED", "FAILED")
    code = document["error"] and document["error"]["code"]
    assert (document["status"], document["attempt"], code) == outcome


def test_an_idle_simulator_that_is_killed_is_replaced(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    worker = stack.start_worker()
    for simulator in simulators_of(worker):
        kill(simulator)
    response = stack.post("/api/execute/bell")
    assert response.status_code == 200, response.text


def test_a_stopping_worker_lets_short_jobs_end_and_hands_long_ones_back(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack(**STAY_INTERACTIVE, WORKER_GRACE_SECONDS="1")
    stack.start_web()
    worker = stack.start_worker(slots=2)
    job_id = long_job(stack)
    wait_until(lambda: stack.job(job_id)["progress"] > 0, what="the simulation's start")
    worker.send(signal.SIGTERM)
    assert worker.wait(60), stack.log("interactive-1@test")
    document = stack.job(job_id)
    assert (document["status"], document["attempt"]) == ("QUEUED", 0)
    stack.start_worker()
    assert stack.wait_for(job_id, "SUCCEEDED", seconds=200)["attempt"] == 1


def test_a_running_job_is_cancelled_and_its_slot_is_free_again(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack(**STAY_INTERACTIVE)
    stack.start_web()
    stack.start_worker()
    job_id = long_job(stack, ENDLESS)
    wait_until(lambda: stack.job(job_id)["progress"] > 0, what="the simulation's start")
    assert stack.delete(f"/api/jobs/{job_id}").json()["status"] == "CANCELLING"
    stack.wait_for(job_id, "CANCELLED")
    assert stack.delete(f"/api/jobs/{job_id}").json()["status"] == "CANCELLED"
    assert stack.post("/api/execute/bell").status_code == 200
    assert stack.get(f"/api/executions/{job_id}").status_code == 404


def test_a_long_simulation_moves_to_the_heavy_queue_and_delays_no_bell(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack()
    stack.start_web()
    stack.start_worker()
    stack.start_worker("heavy")
    job_id = long_job(stack)
    stack.wait_for(job_id, "RUNNING")
    wait_until(lambda: stack.job(job_id)["queue"] == "heavy", what="the hand-over")
    assert stack.post("/api/execute/bell").status_code == 200
    assert stack.wait_for(job_id, "SUCCEEDED", seconds=200)["attempt"] == 1


def test_a_run_that_takes_longer_than_its_cost_promised_moves_to_the_heavy_queue(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack(**{**STAY_INTERACTIVE, "MAX_INTERACTIVE_SECONDS": "2"})
    stack.start_web()
    stack.start_worker()
    job_id = long_job(stack, ENDLESS)
    wait_until(lambda: stack.job(job_id)["queue"] == "heavy", what="the hand-over")
    document = stack.job(job_id)
    assert (document["status"], document["attempt"]) == ("QUEUED", 0)
    assert stack.post("/api/execute/bell").status_code == 200


def test_semaphores_of_a_killed_worker_are_removed_by_the_next(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    worker = stack.start_worker()
    left = f"sem.{SEMAPHORES}{worker.pid}-*"
    assert list(FOLDER.glob(left))
    kill(worker)
    stack.start_worker()
    assert not list(FOLDER.glob(left))
