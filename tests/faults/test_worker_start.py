"""A part that cannot work ends at once, with a line that says why."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.models import Role
from tests.stack import Stack, broken_simulators


def test_a_worker_whose_simulators_do_not_start_ends_and_takes_no_message(
    new_stack: Callable[..., Stack], tmp_path: Path
) -> None:
    stack = new_stack()
    stack.shares_simulators = False
    stack.start_web()
    job_id = stack.submit()
    with pytest.raises(AssertionError, match="The simulator processes do not start"):
        stack.start_worker(**broken_simulators(tmp_path))
    assert "this installation is broken" in stack.log("interactive-1@test")
    document = stack.job(job_id)
    assert (document["status"], document["attempt"]) == ("QUEUED", 0)
    stack.start_worker()
    stack.wait_for(job_id, "SUCCEEDED")


def test_a_worker_of_two_queues_ends_and_says_that_it_serves_one(new_stack: Callable[..., Stack]) -> None:
    with pytest.raises(AssertionError, match="A worker serves one queue, interactive or heavy"):
        new_stack().start_worker("interactive,heavy")


def test_parts_end_with_one_line_if_the_stored_vectors_have_another_dimension(
    new_stack: Callable[..., Stack],
) -> None:
    stack = new_stack(VECTOR_DIMENSION="3")
    web = stack.start_web()
    vector = {"id": "a", "vector": [1, 2, 3]}
    assert stack.post("/v2/vectors", json=vector, headers=stack.headers(Role.WRITER)).status_code == 201
    web.kill()
    stack.environment["VECTOR_DIMENSION"] = "5"
    with pytest.raises(AssertionError):
        stack.start_web()
    lines = stack.log("web").splitlines()
    assert "The web cannot start" in lines[-1]
    assert "it is 5, and the stored vectors have 3 numbers" in lines[-1]
    assert not [line for line in lines if "Traceback" in line]
    with pytest.raises(
        AssertionError, match=r"The worker cannot start.*it is 5, and the stored vectors have 3"
    ):
        stack.start_worker()
