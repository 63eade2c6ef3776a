"""The vectors that a chunk of an upload holds."""

import struct
import sys
from array import array
from collections.abc import Iterator, Sequence

import msgspec

from app.errors import InvalidInputError
from app.rest.decoding import decode_struct
from app.vectors.bodies import ContextInput, VectorInput
from app.vectors.imports.specs import ArraySpec

HALF_PRECISION = "f2"
ARRAY_CODES = {"f4": "f", "f8": "d"}


class RowMetadata(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a line of metadata says of the row with its number."""

    id: str
    contexts: list[ContextInput] = []
    coherence_time_ms: float | None = None
    metadata: dict[str, object] = {}


def lines_of(data: bytes, first_row: int) -> Iterator[tuple[int, bytes]]:
    """The lines of a chunk with their numbers; empty ones are left out."""
    for offset, line in enumerate(data.split(b"\n")):
        if line.strip():
            yield first_row + offset, line


def numbered_rows(
    data: bytes, first_row: int, spec: ArraySpec, id_prefix: str
) -> Iterator[tuple[int, VectorInput]]:
    """The rows of an array with their numbers from 1; the ids are numbered from 0, as numpy's rows are."""
    for offset, numbers in enumerate(_rows(data, spec)):
        row = first_row + offset
        yield row, VectorInput(id=f"{id_prefix}{row - 1}", vector=numbers)


def described_rows(
    data: bytes, first_row: int, spec: ArraySpec, lines: Sequence[bytes]
) -> Iterator[tuple[int, VectorInput | InvalidInputError]]:
    """The rows of an array with what their lines of metadata say, or why those cannot be read."""
    for offset, numbers in enumerate(_rows(data, spec)):
        try:
            if offset >= len(lines):
                raise InvalidInputError("there is no line of metadata for this row")
            given = decode_struct(lines[offset], RowMetadata)
        except InvalidInputError as error:
            yield first_row + offset, error
            continue
        yield (
            first_row + offset,
            VectorInput(
                id=given.id,
                vector=numbers,
                contexts=given.contexts,
                coherence_time_ms=given.coherence_time_ms,
                metadata=given.metadata,
            ),
        )


def _rows(data: bytes, spec: ArraySpec) -> Iterator[list[float]]:
    order, kind = spec.dtype[0], spec.dtype[1:]
    numbers: Sequence[float]
    if kind == HALF_PRECISION:
        numbers = struct.unpack(f"{order}{len(data) // 2}e", data)
    else:
        numbers = array(ARRAY_CODES[kind], data)
        if (order == "<") != (sys.byteorder == "little"):
            numbers.byteswap()
    for start in range(0, len(numbers), spec.columns):
        yield list(numbers[start : start + spec.columns])
