"""Uploaded bytes, cut into chunks that can be stored one by one: whole lines, or whole rows of an array."""

import ast
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import NamedTuple

from app.errors import InvalidInputError
from app.settings.limits import MAX_DIMENSION
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


class Chunk(NamedTuple):
    """Whole rows to be stored; ``first_row`` counts from 1."""

    first_row: int
    rows: int
    data: bytes


class Splitter(ABC):
    """Cuts one part of an upload, and counts the chunks and the rows that it has given."""

    def __init__(self) -> None:
        self.chunks = 0
        self.rows = 0
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """Take more bytes, and give the chunk that is complete by now.

        Raises:
            InvalidInputError: they are not what the part should hold.
        """
        self._buffer += data
        if len(self._buffer) >= CHUNK_BYTES:
            yield self._cut()

    @abstractmethod
    def finish(self) -> Iterator[Chunk]:
        """Give the last chunk, if there is one; raises as ``feed``."""

    @abstractmethod
    def _whole_rows(self) -> tuple[int, int]:
        """Return how many bytes of the buffer are whole rows, and how many rows they are."""

    def _cut(self) -> Chunk:
        end, rows = self._whole_rows()
        chunk = Chunk(self.rows + 1, rows, bytes(self._buffer[:end]))
        del self._buffer[:end]
        self.chunks += 1
        self.rows += rows
        return chunk


class LineSplitter(Splitter):
    """Cuts lines of JSON."""

    def finish(self) -> Iterator[Chunk]:
        """Give the lines that are left."""
        if self._buffer.strip():
            if self._buffer[-1:] != b"\n":
                self._buffer += b"\n"
            yield self._cut()

    def _whole_rows(self) -> tuple[int, int]:
        end = self._buffer.rfind(b"\n") + 1
        rows = self._buffer.count(b"\n")
        if len(self._buffer) - end > MAX_ITEM_BYTES:
            raise InvalidInputError(
                f"line {self.rows + rows + 1} is longer than {MAX_ITEM_BYTES} bytes (max_vector_bytes); one "
                "vector a line"
            )
        return end, rows


class ArraySplitter(Splitter):
    """Cuts the rows of a .npy file; ``array`` is known once its header was fed."""

    def __init__(self) -> None:
        super().__init__()
        self.array: ArraySpec | None = None
        self._expected_rows = 0
        self._row_bytes = 0

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """Take more bytes, and give the chunk that is complete by now, once the header is."""
        if self.array is None:
            self._buffer += data
            self._read_header()
            data = b""
        return iter(()) if self.array is None else super().feed(data)

    def finish(self) -> Iterator[Chunk]:
        """Give the rows that are left, if the file has as many as its header says."""
        if self.array is None:
            raise InvalidInputError(f"the array is not a whole .npy file; write one with {HOW_TO_SAVE}")
        if self._buffer:
            yield self._cut()
        if self._buffer or self.rows != self._expected_rows:
            raise InvalidInputError(
                f"the .npy file does not hold the {self._expected_rows} rows of its header; {self.rows} were "
                "read"
            )

    def _whole_rows(self) -> tuple[int, int]:
        rows = len(self._buffer) // self._row_bytes
        return rows * self._row_bytes, rows

    def _read_header(self) -> None:
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
            self._row_bytes = self.array.columns * DTYPES[self.array.dtype]
            del self._buffer[: start + length]


def _described(header: bytes) -> tuple[ArraySpec, int]:
    """Return the array that a header describes, and how many rows it has."""
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
