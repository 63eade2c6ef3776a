"""Uploaded bytes, cut into chunks that can be stored one by one: whole lines, or whole rows of an array."""

import ast
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from app.errors import InvalidInputError
from app.settings.vectors import MAX_DIMENSION
from app.vectors.imports.specs import ArraySpec
from app.vectors.limits import MAX_ITEM_BYTES

CHUNK_BYTES = 4 * 1024 * 1024
"""Some 300 vectors of 768 numbers as text: the transaction of a chunk takes a tenth of a second."""

NPY_MAGIC = b"\x93NUMPY"
NPY_PREFIX_BYTES = {1: 10, 2: 12, 3: 12}
"""Magic, version and length of the header, by the major version
(https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html)."""

MAX_NPY_HEADER_BYTES = 10_000
"""numpy's own limit."""

DTYPES = {"<f2": 2, "<f4": 4, "<f8": 8, ">f2": 2, ">f4": 4, ">f8": 8}
"""The bytes of a number, by numpy's name of its type."""

HOW_TO_SAVE = 'numpy.save(path, numpy.ascontiguousarray(vectors, dtype="float32"))'


@dataclass(frozen=True)
class Piece:
    """A chunk to be stored; ``first_row`` counts from 1."""

    first_row: int
    rows: int
    data: bytes


class Splitter(Protocol):
    """Cuts one part of an upload."""

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take more bytes; the pieces that are complete by now.

        Raises:
            InvalidInputError: they are not what the part should hold.
        """

    def finish(self) -> Iterator[Piece]:
        """The last piece, if there is one; raises as ``feed``."""


class LineSplitter:
    """Cuts lines of JSON."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._next_row = 1

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take more bytes; see ``Splitter``."""
        self._buffer += data
        if len(self._buffer) < CHUNK_BYTES:
            return
        end = self._buffer.rfind(b"\n") + 1
        if len(self._buffer) - end > MAX_ITEM_BYTES:
            line = self._next_row + self._buffer.count(b"\n")
            raise InvalidInputError(
                f"line {line} is longer than {MAX_ITEM_BYTES} bytes (max_vector_bytes); one vector a line"
            )
        yield self._cut(end)

    def finish(self) -> Iterator[Piece]:
        """The lines that are left."""
        if self._buffer.strip():
            if self._buffer[-1:] != b"\n":
                self._buffer += b"\n"
            yield self._cut(len(self._buffer))

    def _cut(self, end: int) -> Piece:
        data = bytes(self._buffer[:end])
        del self._buffer[:end]
        piece = Piece(self._next_row, data.count(b"\n"), data)
        self._next_row += piece.rows
        return piece


class ArraySplitter:
    """Cuts the rows of a .npy file; ``array`` is known once its header was fed."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._next_row = 1
        self._expected_rows = 0
        self.array: ArraySpec | None = None

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take more bytes; see ``Splitter``."""
        self._buffer += data
        if self.array is None:
            self._read_header()
        if self.array is None or len(self._buffer) < CHUNK_BYTES:
            return
        yield self._cut(self.array)

    def finish(self) -> Iterator[Piece]:
        """The rows that are left, if the file has as many as its header says."""
        if self.array is None:
            raise InvalidInputError(f"the array is not a whole .npy file; write one with {HOW_TO_SAVE}")
        if self._buffer:
            yield self._cut(self.array)
        rows = self._next_row - 1
        if self._buffer or rows != self._expected_rows:
            raise InvalidInputError(
                f"the .npy file does not hold the {self._expected_rows} rows of its header; {rows} were read"
            )

    def _cut(self, array: ArraySpec) -> Piece:
        row_bytes = array.columns * DTYPES[array.dtype]
        rows = len(self._buffer) // row_bytes
        data = bytes(self._buffer[: rows * row_bytes])
        del self._buffer[: rows * row_bytes]
        piece = Piece(self._next_row, rows, data)
        self._next_row += rows
        return piece

    def _read_header(self) -> None:
        """Read the header once all of it is there."""
        if len(self._buffer) < max(NPY_PREFIX_BYTES.values()):
            return
        start = NPY_PREFIX_BYTES.get(self._buffer[len(NPY_MAGIC)])
        if not self._buffer.startswith(NPY_MAGIC) or start is None:
            raise InvalidInputError(f"the array is not a .npy file; write one with {HOW_TO_SAVE}")
        length_format = "<H" if start == NPY_PREFIX_BYTES[1] else "<I"
        (length,) = struct.unpack_from(length_format, self._buffer, len(NPY_MAGIC) + 2)
        if length > MAX_NPY_HEADER_BYTES:
            raise InvalidInputError(f"the .npy file's header is longer than {MAX_NPY_HEADER_BYTES} bytes")
        if len(self._buffer) >= start + length:
            self.array, self._expected_rows = _described(bytes(self._buffer[start : start + length]))
            del self._buffer[: start + length]


def _described(header: bytes) -> tuple[ArraySpec, int]:
    """The array that a header describes, and how many rows it has."""
    try:
        described = ast.literal_eval(header.decode("latin-1").strip())
        dtype, is_fortran = described["descr"], described["fortran_order"]
        rows, columns = described["shape"]
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
        message = f"the .npy file is not an array of two dimensions; write one with {HOW_TO_SAVE}"
        raise InvalidInputError(message) from error
    # of records with named fields, numpy's name of the type is a list
    if not isinstance(dtype, str) or dtype not in DTYPES or is_fortran is not False:
        raise InvalidInputError(
            f"the .npy file must hold float32 (or float16, float64) row by row; write it with {HOW_TO_SAVE}"
        )
    if type(rows) is not int or type(columns) is not int or not (rows >= 0 and 1 <= columns <= MAX_DIMENSION):
        raise InvalidInputError(f"the .npy file's rows must have 1 to {MAX_DIMENSION} numbers each")
    return ArraySpec(dtype, columns), rows
