"""The circuit breaker with a clock that the test sets."""

import pytest

from app.breaker import LONGEST_INTERVAL_SECONDS, CircuitBreaker


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return the clock of the breaker."""
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    """Return a closed breaker."""
    return CircuitBreaker(clock)


def test_a_new_breaker_lets_every_call_pass(breaker: CircuitBreaker) -> None:
    assert breaker.lets_pass()
    assert breaker.lets_pass()
    assert not breaker.refuses


def test_after_a_failure_calls_are_refused_for_a_second(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += 0.9
    assert not breaker.lets_pass()
    assert breaker.refuses
    assert breaker.retry_after_seconds == 1


def test_one_probe_passes_after_the_interval(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += 1.0
    assert not breaker.refuses
    assert breaker.lets_pass()
    assert not breaker.lets_pass()


def test_a_probe_that_succeeds_closes_the_breaker(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += 1.0
    breaker.lets_pass()
    breaker.succeeded()
    assert not breaker.is_open
    assert breaker.lets_pass()


def test_the_interval_doubles_with_each_failed_probe_up_to_the_longest(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.failed()
    waited = []
    for _ in range(7):
        waited.append(breaker.retry_after_seconds)
        clock.now += waited[-1]
        assert breaker.lets_pass()
        breaker.failed()
    assert waited == [1, 2, 4, 8, 16, 30, LONGEST_INTERVAL_SECONDS]


def test_failures_of_calls_that_began_before_it_opened_do_not_lengthen_the_interval(
    breaker: CircuitBreaker,
) -> None:
    for _ in range(10):
        breaker.failed()
    assert breaker.retry_after_seconds == 1


def test_a_probe_that_never_reports_blocks_nobody(breaker: CircuitBreaker, clock: Clock) -> None:
    breaker.failed()
    clock.now += 1.0
    assert breaker.lets_pass()
    clock.now += 1.0
    assert breaker.lets_pass()
