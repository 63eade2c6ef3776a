"""Answers as JSON, piece by piece: a large one is never in memory as a whole."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

import msgspec

from app.database import Database
from app.direct_sql import Reader, run_plain
from app.errors import UnavailableError
from app.pauses import give_way
from app.search.candidates import Candidate
from app.search.quantum.problem import CircuitRun
from app.search.ranking import RankedQuery
from app.search.repository import TEXTS
from app.search.shares import divided

PIECE_BYTES = 512 * 1024
"""The most that is written out at once: some milliseconds of work, then other requests have a turn."""

STREAMED_BYTES = 1024 * 1024
"""An answer that is estimated to be larger is sent while it is written out."""

BYTES_PER_NUMBER = 12
"""In a vector's text, the mean of random numbers."""

BYTES_PER_RESULT = 300
"""The bytes of a result beside its vector and metadata."""

OPENING = b'{"results":['
"""What every answer begins with."""

MILLISECOND_DECIMALS = 3

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Reply:
    """The JSON answer to a request.

    Attributes:
        pieces: of the JSON; they can be taken once.
        is_large: whether it should be sent as its pieces come.
        runs: the circuits that explain it, by the ids that their executions get.
    """

    pieces: Iterator[bytes]
    is_large: bool
    runs: Mapping[UUID, CircuitRun]

    def whole(self) -> bytes:
        """Join all pieces."""
        return b"".join(self.pieces)


def estimated_bytes(ranked: RankedQuery) -> int:
    """Return about the size of a query's document."""
    return sum(_result_bytes(each) for _, each in ranked.found)


def metadata_bytes(ranked: RankedQuery) -> int:
    """Return the size of the metadata in a query's document."""
    return sum(len(each.metadata) for _, each in ranked.found)


def pieces(database: Database, ranked: RankedQuery) -> Iterator[bytes]:
    """Write the results of a query, without the times that each answer has of its own."""
    yield OPENING
    parts = divided(ranked.found, lambda each: _result_bytes(each[1]) / PIECE_BYTES)
    for number, part in enumerate(parts):
        if number:
            give_way()
        texts = _texts(database, [each for _, each in part]) if ranked.asked.query.include_vector else {}
        encoded = [encode(ranked.result(place, each, texts)) for place, each in part]
        yield (b"," if number else b"") + b",".join(encoded)
    yield encode(ranked.frame)[len(OPENING) :]


def with_times(
    document: Iterable[bytes], query_time_ms: float, quantum_time_ms: float, *, cache_hit: bool
) -> Iterator[bytes]:
    """Add its times to a query's document; results that come from the cache took no quantum time."""
    last = b""
    for piece in document:
        if last:
            yield last
        last = piece
    times = {
        "query_time_ms": round(query_time_ms, MILLISECOND_DECIMALS),
        "quantum_time_ms": round(quantum_time_ms, MILLISECOND_DECIMALS),
        "cache_hit": cache_hit,
    }
    yield last[:-1] + b"," + encode(times)[1:]


def batch_pieces(documents: Sequence[Iterator[bytes]]) -> Iterator[bytes]:
    """Write the answer to a batch: the documents of its queries, in their order."""
    yield OPENING
    for index, document in enumerate(documents):
        yield from chain([b","] if index else [], document)
    yield b"]}"


def _result_bytes(candidate: Candidate) -> int:
    numbers = len(candidate.numbers) // 4 * BYTES_PER_NUMBER if candidate.numbers else 0
    return BYTES_PER_RESULT + len(candidate.metadata) + len(candidate.text or "") + numbers


def vector_texts(reader: Reader | None, candidates: Sequence[Candidate]) -> dict[str, str]:
    """Return the vectors of candidates that were read with their bytes, as JSON text by id.

    Writing the numbers of a whole pool takes longer than finding it, so only those of results are written.
    They are the snapshot's numbers: what was changed or deleted since is written from its bytes, and so is
    everything without a ``reader``.
    """
    ids = [each.id for each in candidates]
    rows = [] if reader is None else run_plain(reader, TEXTS, {"ids": ids})
    stored = {(row[0], row[2]): row[1] for row in rows}
    return {
        each.id: stored.get((each.id, each.numbers)) or _text(each.numbers)
        for each in candidates
        if each.numbers is not None
    }


def _text(numbers: bytes | memoryview) -> str:
    """Write numbers with nine digits, which name every float32."""
    return "[" + ",".join(f"{each:.9g}" for (each,) in struct.iter_unpack(">f", numbers)) + "]"


def _texts(database: Database, candidates: Sequence[Candidate]) -> dict[str, str]:
    """Return the vectors that were not read as text. Without PostgreSQL they are written from their bytes."""
    lacking = [each for each in candidates if each.text is None]
    if not lacking:
        return {}
    try:
        with database.looking_up() as reader:
            return vector_texts(reader, lacking)
    except UnavailableError:
        return vector_texts(None, lacking)
