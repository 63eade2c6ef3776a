"""Queries that are jobs are scored in the simulators of their own worker."""

from uuid import uuid4

import pytest
from msgspec import structs

from app.jobs.claiming import ClaimedJob
from app.jobs.running import RunningJob
from app.remote_calls.caller import Deadline
from app.search.kind import LocalScorer
from app.simulators.errors import ProcessLostError
from tests.search.fake_simulator import LONG_MS, Simulator, problem, scores


def running() -> RunningJob:
    """Return a job in a slot."""
    return RunningJob(ClaimedJob(uuid4(), "query", "search", {}, [], None, 1, 3, uuid4()))


def test_a_job_is_scored_in_parts_and_one_that_is_late_loses_only_its_own() -> None:
    walks = [structs.replace(problem(1_000), tunneling=True)] * 3
    simulator = Simulator()
    outcomes = LocalScorer(simulator, running()).score(walks, Deadline.after_ms(LONG_MS))
    assert scores(outcomes) == [1_000] * 3
    assert simulator.calls == [1, 1, 1]
    late = Simulator(error=TimeoutError(), bad_call=2)
    outcomes = LocalScorer(late, running()).score(walks, Deadline.after_ms(LONG_MS))
    assert scores(outcomes) == [1_000, "timeout", 1_000]


def test_a_job_is_scored_where_it_runs() -> None:
    simulator = Simulator()
    outcomes = LocalScorer(simulator, running()).score([problem(2)], Deadline.after_ms(LONG_MS))
    assert scores(outcomes) == [2]


def test_a_job_out_of_time_is_answered_without_and_one_that_lost_its_process_is_tried_again() -> None:
    scorer = LocalScorer(Simulator(error=TimeoutError()), running())
    assert scores(scorer.score([problem()], Deadline.after_ms(LONG_MS))) == ["timeout"]
    assert scores(LocalScorer(Simulator(), running()).score([problem()], Deadline.after_ms(0))) == ["timeout"]
    with pytest.raises(ProcessLostError):
        LocalScorer(Simulator(error=ProcessLostError("gone")), running()).score(
            [problem()], Deadline.after_ms(LONG_MS)
        )
