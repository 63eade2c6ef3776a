"""The Prefer header, as RFC 7240 writes it and as clients get it wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rest.preference import Preference


@pytest.mark.parametrize(
    ("headers", "respond_async", "wait_seconds"),
    [
        ([], False, None),
        (["respond-async"], True, None),
        (["Respond-Async"], True, None),
        (["respond-async, wait=10"], True, 10),
        (["respond-async", "wait=10"], True, 10),
        (["wait=10;foo=bar , respond-async;x"], True, 10),
        (['foo="a, wait=3", wait=4'], False, 4),
        (['foo="a \\", wait=3", wait=4'], False, 4),
        (['wait="7"'], False, 7),
        (["wait = 7"], False, 7),
        (["wait=1, wait=2"], False, 1),
        (["wait=0"], False, 0),
        (["handling=lenient; wait=3, respond-async"], True, None),
        (['respond-async=""'], True, None),
    ],
)
def test_preferences_are_read(headers: list[str], respond_async: bool, wait_seconds: int | None) -> None:
    assert Preference.from_headers(headers) == Preference(respond_async, wait_seconds)


@pytest.mark.parametrize(
    "header",
    [
        "wait",
        "wait=",
        "wait=-1",
        "wait=1.5",
        "wait=soon",
        "wait=٣",
        "wait=9999999999",
        "wait=10 s",
        "wait==3",
        "@, =",
    ],
)
def test_what_is_malformed_is_ignored(header: str) -> None:
    assert Preference.from_headers([header]) == Preference()


def test_what_stands_beside_a_malformed_element_still_counts() -> None:
    assert Preference.from_headers(["wait=10 s, respond-async"]) == Preference(respond_async=True)
    assert Preference.from_headers([",, ,respond-async,,wait=3,"]) == Preference(True, 3)


@given(st.lists(st.text(alphabet='wait=10; ,"\\respond-async@\t', max_size=40), max_size=3))
def test_no_header_raises(headers: list[str]) -> None:
    preference = Preference.from_headers(headers)
    assert preference.wait_seconds is None or preference.wait_seconds >= 0


def test_only_what_was_asked_and_honoured_is_answered() -> None:
    asked = Preference(respond_async=True, wait_seconds=10)
    assert asked.applied(respond_async=True, wait=True) == {"Preference-Applied": "respond-async, wait=10"}
    assert asked.applied(respond_async=False, wait=True) == {"Preference-Applied": "wait=10"}
    assert Preference().applied(respond_async=True, wait=True) == {}
