"""The vectors that a chunk of an upload holds, checked, each with the number of its line or row (from 1)."""

import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

import msgspec
from sqlalchemy.orm import Session

from app.errors import InvalidInputError
from app.models import ImportChunk
from app.rest.decoding import decode_struct
from app.vectors.batch_input import CheckedItem, check_item
from app.vectors.bodies import VectorDescription, VectorInput
from app.vectors.imports import repository
from app.vectors.imports.specs import ArraySpec, ImportSpec

HALF_PRECISION = "f2"
ARRAY_CODES = {"f4": "f", "f8": "d"}

Row = tuple[int, CheckedItem]


def read_rows(session: Session, spec: ImportSpec, chunk: ImportChunk) -> Iterator[Row]:
    """Read the rows of a chunk of vectors; empty lines are left out."""
    if spec.array is None:
        lines = enumerate(chunk.data.split(b"\n"), chunk.first_row)
        return ((number, check_item(line)) for number, line in lines if line.strip())
    rows = enumerate(_numbers(chunk.data, spec.array), chunk.first_row)
    if spec.has_metadata:
        described = _lines_of_metadata(session, spec, chunk)
        return ((number, _described(numbers, next(described, None))) for number, numbers in rows)
    # numpy numbers rows from 0, and so do the ids
    ids = ((number, f"{spec.id_prefix}{number - 1}", numbers) for number, numbers in rows)
    return ((number, check_item(VectorInput(id=name, vector=numbers))) for number, name, numbers in ids)


def _lines_of_metadata(session: Session, spec: ImportSpec, chunk: ImportChunk) -> Iterator[bytes]:
    """Give the lines that describe the rows of a chunk, as far as there are any."""
    parts = repository.metadata_of(session, spec.upload, chunk.first_row, chunk.rows)
    lines = chain.from_iterable(part.data.split(b"\n")[: part.rows] for part in parts)
    skipped = chunk.first_row - parts[0].first_row if parts else 0
    return (line for index, line in enumerate(lines) if index >= skipped)


def _described(numbers: list[float], line: bytes | None) -> CheckedItem:
    try:
        if line is None:
            raise InvalidInputError("there is no line of metadata for this row")
        given = decode_struct(line, VectorDescription)
    except InvalidInputError as error:
        return CheckedItem(None, error=error)
    return check_item(VectorInput(vector=numbers, **msgspec.structs.asdict(given)))


def _numbers(data: bytes, spec: ArraySpec) -> Iterator[list[float]]:
    """Give the numbers of each row."""
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
