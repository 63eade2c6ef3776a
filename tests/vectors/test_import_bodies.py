"""Bodies of imports that arrive in chunks of any size."""

import io
import struct

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInputError
from app.rest import body_limits
from app.vectors.imports import bodies
from app.vectors.imports.splitting import ArraySplitter

BOUNDARY = "a-boundary-of-forty-characters-0123456789"
NUMBERS = b"\r\n--\r\x00\n-" * 12
DESCRIBED = b'{"id": "a"}\n'


def form() -> bytes:
    """Return a form whose array is full of what could begin a boundary."""
    part = '--{}\r\nContent-Disposition: form-data; name="{}"; filename="f"\r\n\r\n'
    first, second = (part.format(BOUNDARY, name).encode() for name in ("vectors", "metadata"))
    return first + NUMBERS + b"\r\n" + second + DESCRIBED + f"\r\n--{BOUNDARY}--\r\n".encode()


def test_a_form_is_read_the_same_however_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {"vectors": NUMBERS, "metadata": DESCRIBED}
    for size in range(1, len(form()) + 1):
        monkeypatch.setattr(body_limits, "CHUNK_BYTES", size)
        read = {"vectors": b"", "metadata": b""}
        with Flask("forms").test_request_context(
            method="POST",
            input_stream=io.BytesIO(form()),
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            content_length=len(form()),
        ):
            for name, data in bodies.parts_of(request, 10_000):
                read[name] += data
        assert read == expected, size


def refusal(boundary: str, *parts: bytes) -> str:
    """Return why a form is refused."""
    with Flask("forms").test_request_context(
        method="POST",
        input_stream=io.BytesIO(b"".join(parts)),
        content_type=f"multipart/form-data; boundary={boundary}",
        content_length=sum(map(len, parts)),
    ):
        with pytest.raises(InvalidInputError) as refused:
            list(bodies.parts_of(request, 100_000_000))
    return refused.value.message


def test_a_form_that_does_not_end_or_never_begins_is_refused() -> None:
    whole = form()
    end = whole.rindex(b"--" + BOUNDARY.encode())
    assert "Unexpected end" in refusal(BOUNDARY, whole[: end + len(BOUNDARY)])
    assert "Unexpected end" in refusal(BOUNDARY, whole[: len(whole) // 2])
    assert "no part of the form begins" in refusal(BOUNDARY, b"-" * 1_000_000)
    assert "no part of the form begins" in refusal(BOUNDARY, b"\r\n--a-boundary-of" * 100_000)
    assert "header length" in refusal(BOUNDARY, f"--{BOUNDARY}\r\nX: ".encode(), b"x" * 100_000)
    assert "header count" in refusal(BOUNDARY, f"--{BOUNDARY}\r\n".encode(), b"X: y\r\n" * 1_000)
    assert "segment count" in refusal(BOUNDARY, whole[:end] + whole)


@pytest.mark.parametrize("boundary", ["", "b" * 71])
def test_a_boundary_has_up_to_70_characters(boundary: str) -> None:
    assert "1 to 70 characters" in refusal(boundary, b"--" + boundary.encode() + b"--\r\n")


SHAPE = "(2, 3)"
VALUES = [
    "'<f4'",
    "[('x', '<f4')]",
    "('<f4', (3,))",
    "{}",
    "None",
    "True",
    "-1",
    "1j",
    "9" * 5_000,
    SHAPE,
    "'",
    "((",
]


@given(
    descr=st.sampled_from(VALUES),
    order=st.sampled_from(["False", *VALUES]),
    shape=st.sampled_from([SHAPE, "(-2, 3)", "(True, 3)", "(2, 3, 4)", "('a', 3)", *VALUES]),
    junk=st.sampled_from(["", "\0", "\\", "-" * 5_000, "(" * 5_000, "\xff"]),
)
def test_any_header_of_an_array_is_read_or_refused(descr: str, order: str, shape: str, junk: str) -> None:
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}{junk}".encode("latin-1")
    splitter = ArraySplitter()
    file = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(24)
    try:
        pieces = [*splitter.feed(file), *splitter.finish()]
    except InvalidInputError:
        assert (descr, order, shape, junk) != ("'<f4'", "False", SHAPE, "")
    else:
        assert (descr, order, shape) == ("'<f4'", "False", SHAPE)
        assert [piece.rows for piece in pieces] == [2]
