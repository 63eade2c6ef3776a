"""Answers as JSON, piece by piece: a large one is never in memory as a whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from msgspec import structs

from app.database import Database
from app.errors import UnavailableError
from app.pauses import give_way
from app.search import answers
from app.search.answers import Times
from app.search.candidates import Candidate
from app.search.embeddings import embedding_texts
from app.search.quantum.problem import CircuitRun
from app.search.query_state import Course
from app.search.ranking import Ranked

PIECE_BYTES = 512 * 1024
"""About how much is written out at once: some milliseconds of work, then other requests have a turn."""

STREAMED_BYTES = 1024 * 1024
"""An answer that is estimated to be larger is sent while it is written out."""

BYTES_PER_NUMBER = 12
"""Of a vector's text, as a mean of random numbers."""

BYTES_PER_RESULT = 300
"""Beside vector and metadata."""

OPENING = b'{"results":['
"""What every answer begins with."""


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
        """All of it."""
        return b"".join(self.pieces)


def estimated_bytes(course: Course) -> int:
    """About the size of a query's answer, whose ranking is settled."""
    return sum(_result_bytes(each) for _, each in course.found)


def metadata_bytes(course: Course) -> int:
    """The metadata in a query's answer."""
    return sum(len(each.metadata) for _, each in course.found)


def answer_pieces(database: Database, course: Course) -> Iterator[bytes]:
    """The answer to a query, without the times that each answering has of its own."""
    if course.document is not None:
        yield course.document
        return
    assert course.frame is not None  # noqa: S101 - the steps of a query have one order
    frame = answers.encode(structs.replace(course.frame, explanation=course.explanation()))
    yield OPENING
    separator = b""
    for part in _parts(course.found):
        texts = _texts(database, [each for _, each in part]) if course.query.include_vector else {}
        encoded = [answers.encode(course.result(ranked, each, texts)) for ranked, each in part]
        yield separator + b",".join(encoded)
        separator = b","
        give_way()
    yield frame[len(OPENING) :]


def document_pieces(database: Database, course: Course, times: Times) -> Iterator[bytes]:
    """The whole answer to a query."""
    last = b""
    for piece in answer_pieces(database, course):
        if last:
            yield last
        last = piece
    yield answers.document(last, times)


def batch_pieces(documents: Sequence[Iterator[bytes]]) -> Iterator[bytes]:
    """The answer to a batch: those of its queries, in their order."""
    yield OPENING
    for index, document in enumerate(documents):
        yield from chain([b","] if index else [], document)
    yield b"]}"


def _result_bytes(candidate: Candidate) -> int:
    numbers = len(candidate.numbers) // 4 * BYTES_PER_NUMBER if candidate.numbers else 0
    return BYTES_PER_RESULT + len(candidate.metadata) + len(candidate.text or "") + numbers


def _parts(found: Sequence[tuple[Ranked, Candidate]]) -> Iterator[list[tuple[Ranked, Candidate]]]:
    """The results in their order, divided into pieces of about ``PIECE_BYTES``."""
    part: list[tuple[Ranked, Candidate]] = []
    size = 0
    for each in found:
        if part and size >= PIECE_BYTES:
            yield part
            part, size = [], 0
        part.append(each)
        size += _result_bytes(each[1])
    if part:
        yield part


def _texts(database: Database, candidates: Sequence[Candidate]) -> dict[str, str]:
    """The vectors that were not read as text. Where PostgreSQL is away, they are written from their bytes."""
    lacking = [each for each in candidates if each.text is None]
    if not lacking:
        return {}
    try:
        with database.looking_up() as reader:
            return embedding_texts(reader, lacking)
    except UnavailableError:
        return embedding_texts(None, lacking)
