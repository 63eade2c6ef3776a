"""Requests of one caller that come together are begun a few at a time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from app.turns import BEGUN_AT_ONCE, NOT_COUNTED, Turns, end_turn
from tests.stack import wait_until


class Application:
    """Responds when the test says so."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.may_end = Event()
        self.waits_elsewhere = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Record who has begun, and wait."""
        if self.waits_elsewhere:
            end_turn()
        self.begun.append(environ["REMOTE_ADDR"])
        assert self.may_end.wait(60)
        return []


def ask(turns: Turns, caller: str, path: str = "/api/jobs") -> Callable[[], Iterable[bytes]]:
    return lambda: turns({"PATH_INFO": path, "REMOTE_ADDR": caller}, None)


def test_one_caller_begins_so_many_and_another_caller_and_probes_do_not_wait() -> None:
    application = Application()
    turns = Turns(application)
    with ThreadPoolExecutor(4 * BEGUN_AT_ONCE) as pool:
        asked = [pool.submit(ask(turns, "a")) for _ in range(2 * BEGUN_AT_ONCE)]
        wait_until(lambda: len(application.begun) == BEGUN_AT_ONCE, what="the first ones")
        asked.append(pool.submit(ask(turns, "b")))
        asked += [pool.submit(ask(turns, "probe of a", path)) for path in sorted(NOT_COUNTED)]
        wait_until(lambda: len(application.begun) == BEGUN_AT_ONCE + 5, what="the others")
        assert application.begun.count("a") == BEGUN_AT_ONCE
        application.may_end.set()
        for each in asked:
            each.result(60)
    assert application.begun.count("a") == 2 * BEGUN_AT_ONCE
    assert turns._callers == {}


def test_who_waits_for_something_else_lets_the_next_one_begin() -> None:
    application = Application()
    application.waits_elsewhere = True
    turns = Turns(application)
    with ThreadPoolExecutor(2 * BEGUN_AT_ONCE) as pool:
        asked = [pool.submit(ask(turns, "a")) for _ in range(2 * BEGUN_AT_ONCE)]
        wait_until(lambda: len(application.begun) == 2 * BEGUN_AT_ONCE, what="all of them")
        application.may_end.set()
        for each in asked:
            each.result(60)
    assert turns._callers == {}


def test_a_turn_ends_with_an_error_too() -> None:
    def fail(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise ZeroDivisionError

    turns = Turns(fail)
    for _ in range(2 * BEGUN_AT_ONCE):
        with pytest.raises(ZeroDivisionError):
            ask(turns, "a")()
    assert turns._callers == {}
