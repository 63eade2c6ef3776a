"""A worker that cannot work ends at once, with a line that says why, and takes no message."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stack import Stack


def test_a_worker_whose_simulators_do_not_start_ends_and_takes_no_message(
    new_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    broken = tmp_path / "broken" / "qiskit_aer"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('this installation is broken')\n")
    stack = new_stack()
    stack.start_web()
    job_id = stack.submit()
    with pytest.raises(AssertionError, match="The simulator processes do not start"):
        stack.start_worker(PYTHONPATH=str(broken.parent))
    assert "this installation is broken" in stack.log("interactive-1@test")
    document = stack.job(job_id)
    assert (document["status"], document["attempt"]) == ("QUEUED", 0)
    stack.start_worker()
    stack.wait_for(job_id, "SUCCEEDED")


def test_a_worker_of_two_queues_ends_and_says_that_it_serves_one(new_stack: Callable[..., Stack]) -> None:
    with pytest.raises(AssertionError, match="A worker serves one queue, interactive or heavy"):
        new_stack().start_worker("interactive,heavy")
