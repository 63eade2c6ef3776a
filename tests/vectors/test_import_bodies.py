"""Bodies of imports, cut wherever the network cuts them."""

import io

import pytest
from flask import Flask, request

from app.vectors.imports import bodies

BOUNDARY = "a-boundary-of-forty-characters-0123456789"
NUMBERS = b"\r\n--\r\x00\n-" * 12
DESCRIBED = b'{"id": "a"}\n'


def form() -> bytes:
    """A form whose array is full of what could begin a boundary."""
    part = '--{}\r\nContent-Disposition: form-data; name="{}"; filename="f"\r\n\r\n'
    first, second = (part.format(BOUNDARY, name).encode() for name in ("vectors", "metadata"))
    return first + NUMBERS + b"\r\n" + second + DESCRIBED + f"\r\n--{BOUNDARY}--\r\n".encode()


def test_a_form_is_read_the_same_however_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {"vectors": NUMBERS, "metadata": DESCRIBED}
    for size in range(1, len(form()) + 1):
        monkeypatch.setattr(bodies, "PIECE_BYTES", size)
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
