"""Long simulations on the heavy queue, and what operators see of them in Flower."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from embedded.logs import PartLog
from embedded.ports import free_port
from embedded.process import Command, ManagedProcess
from tests.api import contract
from tests.stack import PROJECT, Stack, wait_until

pytestmark = pytest.mark.xdist_group("api")

LONG_NOISY = "/api/execute/random/noisy?gate_count=90&num_qubits=11&shots=4096&seed=1"
"""A density matrix of 64 MB, updated by each of 90 noisy gates: seconds of one core."""

LONGER_NOISY = "/api/execute/random/noisy?gate_count=90&num_qubits=12&shots=4096&seed=1"
"""A matrix of 256 MB; for a test that cancels it."""


def test_a_long_noisy_job_runs_on_the_heavy_queue_while_bells_are_answered(stack: Stack) -> None:
    job_id = stack.submit(LONG_NOISY)
    wait_until(
        lambda: (job := stack.job(job_id))["queue"] == "heavy" and job["status"] == "RUNNING",
        what="the hand-over",
    )
    bells = [contract.execution(stack.post("/api/execute/bell")).execution_id for _ in range(3)]
    job = stack.wait_for(job_id, "SUCCEEDED", seconds=120)
    ends = [stack.job(str(each))["finished_at"] for each in bells]
    assert max(ends) < job["finished_at"], "the bells did not wait for it"
    assert (job["attempt"], job["queue"]) == (1, "heavy")
    overview = stack.get(job["result"]).json()
    assert (overview["is_noisy"], overview["method"]) == (True, "density_matrix")


def test_a_queued_heavy_job_is_cancelled_while_another_one_runs(stack: Stack) -> None:
    running = stack.submit(LONGER_NOISY)
    wait_until(
        lambda: (job := stack.job(running))["queue"] == "heavy" and job["status"] == "RUNNING",
        what="the hand-over",
    )
    waiting = stack.submit(LONGER_NOISY)
    wait_until(lambda: stack.job(waiting)["queue"] == "heavy", what="the second hand-over")
    assert stack.delete(f"/api/jobs/{waiting}").json()["status"] == "CANCELLED"
    assert stack.delete(f"/api/jobs/{running}").json()["status"] == "CANCELLING"
    stack.wait_for(running, "CANCELLED")
    assert stack.job(waiting)["status"] == "CANCELLED"
    for job_id in (running, waiting):
        assert stack.get(f"/api/executions/{job_id}").status_code == 404


@pytest.fixture
def flower_url(stack: Stack) -> Iterator[str]:
    """Flower as the Procfile starts it, with its API open."""
    port = free_port()
    argv = ["celery", "-A", "workers.app:celery", "flower", "--address=127.0.0.1", f"--port={port}"]
    environment = {**stack.environment, "FLOWER_UNAUTHENTICATED_API": "true"}
    command = Command(argv=argv, cwd=PROJECT, environment=environment)
    flower = ManagedProcess(command, PartLog(stack.folder / "flower.log"))
    yield f"http://127.0.0.1:{port}"
    flower.kill()


def test_flower_shows_tasks_by_readable_names_and_ids_only(stack: Stack, flower_url: str) -> None:
    def task_of_a_new_job() -> dict[str, Any] | None:
        """One bell, and its task if Flower has heard of it; Flower hears nothing from before it listened."""
        execution_id = str(contract.execution(stack.post("/api/execute/bell?seed=987654321")).execution_id)
        try:
            tasks: dict[str, dict[str, Any]] = requests.get(f"{flower_url}/api/tasks", timeout=60).json()
        except requests.RequestException:
            return None
        return next((task for task in tasks.values() if execution_id in str(task["args"])), None)

    task = wait_until(task_of_a_new_job, seconds=120, what="the task in Flower")
    execution_id = str(task["args"]).strip("()")
    assert stack.get(f"/api/executions/{execution_id}").status_code == 200
    assert (task["name"], task["kwargs"]) == ("qloom.execute", "{}")
    assert task["state"] in ("RECEIVED", "STARTED", "SUCCESS")
    assert "987654321" not in str(task)
