"""The pacer of a replay, which the test gives the time."""

from hypothesis import given
from hypothesis import strategies as st

from app.live.allowance import Allowance
from app.live.pacer import MAX_BURST, MAX_LAG_SECONDS, Pacer


def test_the_first_event_is_due_at_once_and_each_next_one_interval_later() -> None:
    pacer = Pacer(total=4, position=0, speed=2, now=100)
    assert list(pacer.take(100)) == [0]
    assert pacer.delay(100) == 0.5
    assert list(pacer.take(100.25)) == []
    assert pacer.delay(100.25) == 0.25
    assert list(pacer.take(100.5)) == [1]
    assert list(pacer.take(101.5)) == [2, 3]
    assert pacer.is_finished
    assert pacer.delay(101.5) is None


def test_a_replay_begins_where_it_is_told_to() -> None:
    pacer = Pacer(total=6, position=4, speed=1, now=0)
    assert list(pacer.take(10)) == [4, 5]


def test_a_replay_from_the_end_is_finished() -> None:
    assert Pacer(total=6, position=6, speed=1, now=0).is_finished


def test_a_paused_replay_has_nothing_due_until_it_is_resumed() -> None:
    pacer = Pacer(total=6, position=0, speed=1, now=0)
    pacer.take(0)
    pacer.pause()
    assert pacer.is_paused
    assert pacer.delay(50) is None
    assert list(pacer.take(50)) == []
    pacer.resume(60)
    assert pacer.delay(60) == 0
    assert list(pacer.take(60.5)) == [1]


def test_resuming_a_replay_that_runs_does_not_hurry_it() -> None:
    pacer = Pacer(total=6, position=0, speed=1, now=0)
    pacer.take(0)
    pacer.resume(0.5)
    assert list(pacer.take(0.5)) == []


def test_each_step_lets_one_event_pass_and_holds() -> None:
    pacer = Pacer(total=6, position=0, speed=1, now=0)
    pacer.take(0)
    pacer.step()
    assert pacer.delay(0) == 0
    assert list(pacer.take(0)) == [1]
    assert pacer.delay(9) is None
    pacer.step()
    pacer.step()
    assert list(pacer.take(9)) == [2, 3]


def test_more_steps_than_events_end_the_replay() -> None:
    pacer = Pacer(total=2, position=0, speed=1, now=0)
    for _ in range(5):
        pacer.step()
    assert list(pacer.take(0)) == [0, 1]
    assert pacer.is_finished


def test_a_pause_forgets_steps_that_were_not_taken() -> None:
    pacer = Pacer(total=6, position=0, speed=1, now=0)
    pacer.step()
    pacer.pause()
    assert list(pacer.take(1)) == []


def test_seeking_makes_the_position_due_now_both_ahead_and_back() -> None:
    pacer = Pacer(total=6, position=0, speed=1, now=0)
    pacer.take(0)
    pacer.seek(4, 0.5)
    assert list(pacer.take(0.5)) == [4]
    pacer.seek(1, 0.75)
    assert list(pacer.take(1.75)) == [1, 2]


def test_seeking_does_not_resume_a_paused_replay() -> None:
    pacer = Pacer(total=6, position=0, speed=1, now=0)
    pacer.pause()
    pacer.seek(4, 1)
    assert list(pacer.take(9)) == []
    pacer.step()
    assert list(pacer.take(9)) == [4]


def test_another_speed_holds_from_the_next_event_on() -> None:
    pacer = Pacer(total=10, position=0, speed=1, now=0)
    pacer.take(0)
    pacer.set_speed(4, 0.5)
    assert pacer.delay(0.5) == 0.25
    assert list(pacer.take(1)) == [1, 2]


def test_one_burst_is_bounded() -> None:
    pacer = Pacer(total=100_000, position=0, speed=10_000, now=0)
    assert len(pacer.take(0.9)) == MAX_BURST


def test_a_replay_that_fell_far_behind_does_not_catch_up() -> None:
    pacer = Pacer(total=1_000_000, position=0, speed=1_000, now=0)
    pacer.take(MAX_LAG_SECONDS + 10)
    later = MAX_LAG_SECONDS + 10
    pacer.take(later)
    assert pacer.delay(later + 0.0005) is not None
    assert len(pacer.take(later + 0.1)) <= 101


@given(
    total=st.integers(0, 2_000),
    start=st.integers(0, 2_000),
    speed=st.floats(0.1, 10_000),
    pauses=st.lists(st.floats(0, 3), max_size=200),
)
def test_every_event_is_due_exactly_once_and_in_order(
    total: int, start: int, speed: float, pauses: list[float]
) -> None:
    start = min(start, total)
    pacer, now, taken = Pacer(total, start, speed, 0), 0.0, []
    for pause in pauses:
        now += pause
        taken += pacer.take(now)
    while (delay := pacer.delay(now)) is not None:
        now += max(delay, 1e-6)
        taken += pacer.take(now)
    assert taken == list(range(start, total))


def test_an_allowance_is_spent_and_fills_up_again_to_its_burst() -> None:
    allowance = Allowance(burst=2, per_second=10, now=0)
    assert [allowance.take(0) for _ in range(3)] == [True, True, False]
    assert allowance.take(0.125)
    assert not allowance.take(0.125)
    assert [allowance.take(99) for _ in range(3)] == [True, True, False]
