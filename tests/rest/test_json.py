"""Bodies: strict JSON, and nothing that PostgreSQL's text cannot hold."""

import json

import msgspec
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInputError
from app.rest.decoding import decode_body
from app.rest.json import MsgspecProvider


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"a":\n1', "line 2, column 2"),
        (b'{"a": 1} x', "line 1, column 10"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'{"a": NaN}', "byte 6"),
        (b'{"a": -Infinity}', "byte 7"),
        (b"1e999", "out of range"),
        (b'["\\u0000"]', "null character"),
        (b'{"\\u0000": 1}', "null character"),
        (b'{"a": [{"b": "x\\u0000y"}]}', "null character"),
        (b'["\\ud800"]', "surrogate"),
        (b'["\\ud800x"]', "surrogate"),
        (b'"\\ud800"', "surrogate"),
        (b'["\\udc00"]', "surrogate"),
        (b'["\xff"]', "UTF-8 (byte 2)"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5_000, "out of range"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(raw: bytes, words: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        decode_body(raw)
    assert words in refused.value.message
    assert refused.value.location == ("body",)


def test_of_a_name_that_stands_twice_the_last_one_counts() -> None:
    assert decode_body(b'{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}') == {"a": 3, "b": {"c": 2}}


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"bindings": {"a": [1, 2], "b": [1, 1e400]}}', ("bindings", "b", 1)),
        (b'{"bindings": {"grid": {"b": [0, -1e999]}}}', ("bindings", "grid", "b", 1)),
        (b'[{"Z": 1, "X": ' + b"1" * 5_000 + b"}]", (0, "X")),
        (b'{"a": 1e400, "a": 1}', ("...",)),  # Python keeps the second one
    ],
)
def test_a_number_out_of_range_is_refused_with_the_names_that_lead_to_it(
    raw: bytes, place: tuple[str | int, ...]
) -> None:
    with pytest.raises(InvalidInputError, match="out of range") as refused:
        decode_body(raw)
    assert refused.value.location == ("body", *place)


def test_text_that_only_looks_like_an_escape_is_taken() -> None:
    assert decode_body(b'["\\\\u0000", "\\ud83d\\ude00"]') == ["\\u0000", "😀"]


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:\\u0dca81 neI', max_size=60).map(str.encode))
def test_any_bytes_are_decoded_as_the_standard_library_does_or_refused(raw: bytes) -> None:
    try:
        value = decode_body(raw)
    except InvalidInputError:
        return
    assert value == json.loads(raw)


def test_answers_never_hold_what_is_no_number() -> None:
    provider = MsgspecProvider(Flask("test"))
    assert msgspec.json.decode(provider.dumps({"a": float("nan"), "b": float("inf")})) == {
        "a": None,
        "b": None,
    }
    assert provider.loads('{"a": 1}') == {"a": 1}
