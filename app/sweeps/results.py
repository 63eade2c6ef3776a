"""The results of a sweep, read shard by shard, so that a web process never holds all results of a sweep."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import sqrt
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import msgspec

from app.database import Database
from app.errors import NotFoundError
from app.pauses import give_way
from app.sweeps import repository
from app.sweeps.repository import ResultPlace
from app.sweeps.specs import SweepSpec

DELETED = "The sweep was deleted while its results were read."

SENT_BYTES = 64 * 1024
"""How many bytes are collected before they are sent."""


class Asked(NamedTuple):
    """The results of some bindings of a sweep: from ``first`` to before ``end``."""

    sweep_id: UUID
    spec: SweepSpec
    first: int
    end: int


def as_lines(database: Database, asked: Asked) -> Iterator[bytes]:
    """Return the results as NDJSON: a line for each binding; raises as ``as_json``."""
    places = _places(database, asked)
    return _collected(line + b"\n" for line in _lines(database, asked, places))


def as_json(database: Database, asked: Asked) -> Iterator[bytes]:
    """Return the results as one JSON document.

    Raises:
        NotFoundError: the sweep was deleted since its spec was read.
    """
    places = _places(database, asked)

    def parts() -> Iterator[bytes]:
        head = {"sweep_id": asked.sweep_id, "num_bindings": asked.spec.bindings}
        yield msgspec.json.encode(head)[:-1] + b',"results":['
        for place, line in enumerate(_lines(database, asked, places)):
            yield b"," + line if place else line
        yield b"]}"

    return _collected(parts())


def _places(database: Database, asked: Asked) -> Sequence[ResultPlace]:
    with database.reading() as session:
        places = repository.result_places(session, asked.sweep_id, asked.first, asked.end)
    if not places and asked.first < asked.end:
        raise NotFoundError(DELETED)
    return places


def _lines(database: Database, asked: Asked, places: Sequence[ResultPlace]) -> Iterator[bytes]:
    for first, shards in groupby(places, attrgetter("first")):
        results = _merged(database, asked, list(shards))
        for index, result in enumerate(results, first):
            if asked.first <= index < asked.end:
                yield _line(asked.spec, index, result)
        give_way()


def _line(spec: SweepSpec, index: int, result: bytes) -> bytes:
    if not spec.observables:
        return b'{"index":%d,"counts":%b}' % (index, result)
    values, errors = msgspec.json.decode(result)
    return msgspec.json.encode({"index": index, "values": values, "standard_errors": errors})


def _merged(database: Database, asked: Asked, shards: Sequence[ResultPlace]) -> list[bytes]:
    """Return the results of the bindings of one shard, or of one binding whose shots are in several."""
    results = [_read(database, asked.sweep_id, each.shard) for each in shards]
    if len(shards) == 1:
        return results[0]
    parts = [msgspec.json.decode(lines[0]) for lines in results]
    merge = _sum_of_values if asked.spec.observables else _sum_of_counts
    return [msgspec.json.encode(merge(parts, [each.shots for each in shards]))]


def _read(database: Database, sweep_id: UUID, shard: int) -> list[bytes]:
    with database.reading() as session:
        lines = repository.result_lines(session, sweep_id, shard)
    if lines is None:  # the status was sent already, so only a broken response can show the error
        raise NotFoundError(DELETED)
    return zlib.decompress(lines).splitlines()


def _sum_of_counts(parts: Sequence[dict[str, int]], shots: Sequence[int]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return total


def _sum_of_values(parts: Sequence[list[list[float]]], shots: Sequence[int]) -> list[list[float]]:
    """Return the means over all shots, with the standard errors of a weighted sum of independent means."""
    shares = [each / sum(shots) for each in shots]
    values = zip(*(part[0] for part in parts), strict=True)
    errors = zip(*(part[1] for part in parts), strict=True)
    return [
        [sum(share * value for share, value in zip(shares, column, strict=True)) for column in values],
        [sqrt(sum((share * e) ** 2 for share, e in zip(shares, column, strict=True))) for column in errors],
    ]


def _collected(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of at least ``SENT_BYTES``, except the last one."""
    waiting, size = [], 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= SENT_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)
