"""What of a request's time is for reading its pools, what for scoring them, and what scoring costs."""

import time

from msgspec import structs

from app.remote_calls.caller import Deadline
from app.search import shares
from app.search.shares import ReadingTime
from tests.search.fake_simulator import problem

SECOND = 1.0


def test_scoring_leaves_twice_the_time_that_the_other_pools_are_expected_to_take() -> None:
    reading = ReadingTime(Deadline(100.0), 5)
    assert reading.for_scoring().at == 100.0
    reading.add(1.0)
    reading.add(3.0)
    assert reading.for_scoring().at == 100.0 - 2 * 3 * 2.0


def test_scoring_that_was_ended_has_no_time() -> None:
    reading = ReadingTime(Deadline(time.monotonic() + 60 * SECOND), 2)
    assert reading.for_scoring().seconds_left > 0
    reading.end_scoring()
    assert reading.for_scoring().seconds_left == 0
    assert reading.deadline.seconds_left > 0, "the pools are read"


def test_what_scoring_takes_beyond_its_share_is_not_taken_from_reading() -> None:
    now = time.monotonic()
    reading = ReadingTime(Deadline(now), 2)
    reading.scored(now - 3 * SECOND, Deadline(now - SECOND))
    assert SECOND <= reading.deadline.at - now < 2 * SECOND
    end = reading.deadline.at
    reading.scored(now, Deadline(now + 60 * SECOND))
    assert reading.deadline.at == end, "it was in time"


def test_a_share_that_was_over_before_scoring_began_adds_only_what_scoring_took() -> None:
    now = time.monotonic()
    reading = ReadingTime(Deadline(now), 2)
    reading.scored(now - SECOND, Deadline(now - 60 * SECOND))
    assert SECOND <= reading.deadline.at - now < 2 * SECOND


def test_the_cost_of_a_pool_grows_with_what_is_asked() -> None:
    plain = problem(1_000)
    walked = structs.replace(plain, tunneling=True)
    dearest = structs.replace(walked, shots=100_000)
    assert (
        shares.cost_ms(plain) < shares.MAX_PART_MS < shares.cost_ms(walked) < shares.cost_ms(dearest) < 1_500
    )
    assert [len(part) for part in shares.parts([walked] * 3)] == [1, 1, 1]
    assert [len(part) for part in shares.parts([problem(64)] * 100)] == [100]
