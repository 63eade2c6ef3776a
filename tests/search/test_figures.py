"""Figures of queries: counted in Redis by all processes together, over a window that slides."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from app.errors import UnavailableError
from app.redis.clients import command_client
from app.search.figures import BUCKET_SECONDS, KEPT_SECONDS, QueryFigures, QueryTotals

PREFIX = "figures:"
NOON = 1_800_000_000.0
"""A moment at which a bucket begins."""


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        """Return the time it shows."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """One clock for all."""
    return Clock()


@pytest.fixture
def figures(redis: "Redis", clock: Clock) -> QueryFigures:
    """The figures of one process."""
    return QueryFigures(redis, PREFIX, clock)


def read(figures: QueryFigures, window: int = 300) -> QueryTotals:
    """Return what is counted once everything has been sent."""
    figures.flush()
    return figures.read(window)


def test_without_queries_every_figure_is_zero(figures: QueryFigures) -> None:
    totals = figures.read(300)
    assert totals.queries == 0
    assert totals.queries_per_second == totals.quantum_utilization == totals.cache_hit_rate == 0
    assert totals.mean_latency_ms == totals.violations_per_hour == 0


def test_each_figure_is_what_its_definition_says(figures: QueryFigures, clock: Clock) -> None:
    figures.record(10.0, quantum=True, cache_hit=False, violations=3)
    figures.record(20.5, quantum=True, cache_hit=True)
    figures.record(30.0, quantum=False, cache_hit=False)
    figures.record(1.5, quantum=False, cache_hit=False, violations=1)
    clock.now += 5
    totals = read(figures)
    assert totals.seconds == 305
    assert totals.queries == 4
    assert totals.queries_per_second == 4 / 305
    assert (totals.quantum_utilization, totals.cache_hit_rate) == (0.5, 0.25)
    assert totals.mean_latency_ms == 15.5
    assert totals.violations_per_hour == 2 * 3600 / 305, "queries with a violation, not candidates"


def test_many_processes_and_threads_count_exactly(redis: "Redis", clock: Clock) -> None:
    processes = [QueryFigures(redis, PREFIX, clock) for _ in range(3)]

    def ask(number: int) -> None:
        processes[number % 3].record(2.0, quantum=number % 2 == 0, cache_hit=number % 4 == 0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(1200)))
    for process in processes:
        process.flush()
    totals = processes[0].read(300)
    assert (totals.queries, totals.quantum, totals.cache_hits) == (1200, 600, 300)
    assert totals.mean_latency_ms == 2.0


@pytest.mark.parametrize(("seconds_later", "seen"), [(0, 1), (299, 1), (309.9, 1), (310, 0), (900, 0)])
def test_the_window_slides(figures: QueryFigures, clock: Clock, seconds_later: float, seen: int) -> None:
    figures.record(1.0, quantum=False, cache_hit=False)
    figures.flush()
    clock.now += seconds_later
    totals = figures.read(300)
    assert totals.queries == seen
    assert 300 <= totals.seconds <= 300 + BUCKET_SECONDS


def test_an_odd_window_is_rounded_up_to_whole_buckets(figures: QueryFigures) -> None:
    assert figures.read(11).seconds == 20


def test_buckets_expire(figures: QueryFigures, redis: "Redis") -> None:
    figures.record(1.0, quantum=False, cache_hit=False)
    figures.flush()
    [key] = redis.keys(f"{PREFIX}*")
    assert 0 < redis.ttl(key) <= KEPT_SECONDS


def test_a_redis_that_is_away_fails_no_query_and_is_told_once(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    figures = QueryFigures(command_client("redis://127.0.0.1:1/0"), PREFIX, clock)
    for _ in range(3):
        figures.record(1.0, quantum=False, cache_hit=False)
        figures.flush()
    assert len([each for each in caplog.records if "Figures of queries are lost" in each.message]) == 1
    with pytest.raises(UnavailableError):
        figures.read(300)
