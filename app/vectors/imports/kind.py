"""The job kind ``import``: the vectors of an upload, stored chunk by chunk.

The transaction that stores a chunk's vectors also removes the chunk and notes the tally in the job's row, so
that whoever claims the job after a worker's death goes on where that one was.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from itertools import chain
from threading import Event

import msgspec
from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from app.audit.trail import on_behalf_of
from app.database import Database
from app.errors import InvalidInputError, UnavailableError
from app.jobs.claims import ClaimedJob
from app.jobs.engine import TooCostlyError
from app.jobs.running import RunningJob
from app.models import ImportChunk
from app.vectors import service
from app.vectors.batch_input import check_item
from app.vectors.bodies import VectorInput
from app.vectors.imports import repository
from app.vectors.imports.rows import described_rows, lines_of, numbered_rows
from app.vectors.imports.specs import ImportSpec, Tally
from app.vectors.service import ItemResult
from app.vectors.vector_input import BODY

TURN_SECONDS = 60.0
"""How long an import holds a slot: then it queues again behind what waits, and goes on later."""

PATIENCE_SECONDS = 60.0
"""How long a chunk waits for a PostgreSQL that is away."""

Row = tuple[int, bytes | VectorInput | InvalidInputError]
"""A line of JSON or a row of an array with its number; or why it cannot be read."""


NOTICE_SECONDS = 10.0
"""How long a chunk that could not be noted waits for the lease thread to say why; it ticks each second."""


class _RefusedError(Exception):
    """The job's row takes no more: a cancel was asked, or the claim was lost. Rolls a chunk back."""


class _StoppedAtError(Exception):
    """A bad line under ``on_error=stop``: rolls its chunk back."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class ImportKind:
    """Stores uploads; ``dimension`` is the one that the settings name, if any."""

    database: Database
    dimension: int | None

    def run(self, job: ClaimedJob, running: RunningJob) -> None:
        """Store chunk after chunk.

        Raises:
            InvalidInputError: a line is bad and the import is to stop there, or the upload is gone.
            TooCostlyError: its turn in the slot is over.
            CancelledError: it was stopped between two chunks.
        """
        spec = msgspec.convert(job.spec, ImportSpec)
        stopped = Event()
        running.on_stop(stopped.set)
        turn_ends = time.monotonic() + TURN_SECONDS
        left = self._chunks_left(job, spec)
        running.read_progress = lambda: 1.0 - left / spec.chunks
        while left:
            if stopped.is_set():
                raise CancelledError
            if time.monotonic() > turn_ends:
                raise TooCostlyError(f"an import's turn is {TURN_SECONDS:g} s")
            try:
                with on_behalf_of(job.owner, f"import {job.id}"):
                    self._store_next_chunk(job, spec)
            except _RefusedError as error:
                stopped.wait(NOTICE_SECONDS)
                raise CancelledError from error
            left -= 1

    def store(self, session: Session, job: ClaimedJob, result: None) -> None:
        """Nothing: each chunk's transaction has noted the tally."""

    def announce(self, job: ClaimedJob, result: None, stored: None, wake: Callable[[], None]) -> None:
        """Wake who waits."""
        wake()

    def _chunks_left(self, job: ClaimedJob, spec: ImportSpec) -> int:
        with self.database.reading() as session:
            left = repository.chunks_left(session, spec.upload)
            if not left and repository.read_tally(session, job) is None:
                raise InvalidInputError("the upload is no longer there; send it again")
        return left

    def _store_next_chunk(self, job: ClaimedJob, spec: ImportSpec) -> None:
        patience = Retrying(
            retry=retry_if_exception_type(UnavailableError),
            wait=wait_exponential(multiplier=0.1, max=2),
            stop=stop_after_delay(PATIENCE_SECONDS),
            reraise=True,
        )
        try:
            patience(self._try_next_chunk, job, spec)
        except _StoppedAtError as stop:
            self._note_stop(job, stop)
            raise InvalidInputError(f"line {stop.line}: {stop.reason}") from stop

    def _try_next_chunk(self, job: ClaimedJob, spec: ImportSpec) -> None:
        """Store the next chunk; nothing if the answer to the last commit was lost and none is left."""
        with self.database.unit_of_work() as unit:
            session = unit.session
            chunk = repository.next_chunk(session, spec.upload)
            if chunk is None:
                return
            tally = _tally(session, job)
            _count(tally, spec, *self._store_rows(session, spec, _rows(session, spec, chunk)))
            repository.remove_done(session, chunk)
            _note(session, job, tally)

    def _store_rows(
        self, session: Session, spec: ImportSpec, rows: Sequence[Row]
    ) -> tuple[list[int], list[ItemResult], list[tuple[int, str]]]:
        """Store what can be read; the rows' numbers and results, and those that cannot be read."""
        bad = [(number, row.message) for number, row in rows if isinstance(row, InvalidInputError)]
        good = [(number, row) for number, row in rows if not isinstance(row, InvalidInputError)]
        items = [check_item(row, BODY) for _, row in good]
        places = [BODY] * len(items)
        results = service.store_items(
            session, items, places, self.dimension, upsert=spec.upsert, later_wins=spec.upsert
        )
        return [number for number, _ in good], results, bad

    def _note_stop(self, job: ClaimedJob, stop: _StoppedAtError) -> None:
        with self.database.unit_of_work() as unit:
            tally = _tally(unit.session, job)
            tally.fail(stop.line, stop.reason)
            _note(unit.session, job, tally)


def _rows(session: Session, spec: ImportSpec, chunk: ImportChunk) -> list[Row]:
    if spec.array is None:
        return list(lines_of(chunk.data, chunk.first_row))
    if not spec.has_metadata:
        return list(numbered_rows(chunk.data, chunk.first_row, spec.array, spec.id_prefix))
    pieces = repository.metadata_of(session, spec.upload, chunk.first_row, chunk.rows)
    lines = list(chain.from_iterable(piece.data.split(b"\n")[: piece.rows] for piece in pieces))
    skipped = chunk.first_row - pieces[0].first_row if pieces else 0
    return list(described_rows(chunk.data, chunk.first_row, spec.array, lines[skipped:]))


def _count(
    tally: Tally,
    spec: ImportSpec,
    numbers: Sequence[int],
    results: Sequence[ItemResult],
    unreadable: Sequence[tuple[int, str]],
) -> None:
    """Add a chunk to the tally, unless a bad line is to stop the import."""
    refused = [
        (number, result.error.message)
        for number, result in zip(numbers, results, strict=True)
        if result.error is not None
    ]
    failures = sorted([*refused, *unreadable])
    if failures and spec.on_error == "stop":
        raise _StoppedAtError(*failures[0])
    for number, reason in failures:
        tally.fail(number, reason)
    stored = [result for result in results if result.error is None]
    tally.inserted += sum(result.is_new for result in stored)
    tally.updated += sum(not result.is_new for result in stored)


def _tally(session: Session, job: ClaimedJob) -> Tally:
    text = repository.read_tally(session, job)
    return Tally() if text is None else msgspec.json.decode(text, type=Tally)


def _note(session: Session, job: ClaimedJob, tally: Tally) -> None:
    """Keep the tally; a claim that was lost, or a cancel, rolls the chunk back."""
    if not repository.write_tally(session, job, msgspec.json.encode(tally).decode()):
        raise _RefusedError
