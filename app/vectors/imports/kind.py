"""The job kind ``import``: the vectors of an upload, stored chunk by chunk.

The transaction that stores a chunk's vectors also removes the chunk and writes the tally into the job's row.
So after a worker's death the next worker goes on with the first chunk that is left.
"""

import time
from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from threading import Event

import msgspec
from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from app.audit.trail import on_behalf_of
from app.database import Database
from app.errors import InvalidInputError, UnavailableError
from app.jobs.claiming import ClaimedJob
from app.jobs.kinds import TooCostlyError
from app.jobs.running import RunningJob
from app.vectors import service
from app.vectors.batch_input import ItemResult
from app.vectors.imports import repository
from app.vectors.imports.rows import Row, read_rows
from app.vectors.imports.specs import ImportSpec, Tally

TURN_SECONDS = 60.0
"""How long an import holds a worker's slot: then it queues again, and goes on after what waits."""

PATIENCE_SECONDS = 60.0
"""How long a chunk is tried again while PostgreSQL is down."""

NOTICE_SECONDS = 10.0
"""How long a refused chunk waits for the lease thread, which looks twice a second, to say why."""


class _RefusedError(Exception):
    """The job's row takes no tally, since a cancel was asked or the claim was lost; rolls the chunk back."""


class _StoppedAtError(Exception):
    """A line is bad under ``on_error=stop``; rolls its chunk back."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class ImportKind:
    """Stores uploads; ``dimension`` is that of the settings, if they name one."""

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

    def store(self, session: Session, done: Sequence[tuple[ClaimedJob, None]]) -> list[None]:
        """Do nothing: each chunk's transaction has written the tally."""
        return [None] * len(done)

    def announce(self, job: ClaimedJob, result: None, stored: None) -> bool:
        """Wake whoever waits for the job."""
        return True

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
        """Store the next chunk, unless none is left: the response to the last commit may have been lost."""
        with self.database.unit_of_work() as unit:
            session = unit.session
            chunk = repository.next_chunk(session, spec.upload)
            if chunk is None:
                return
            tally = _tally(session, job)
            _count(tally, spec, self._store_rows(session, spec, list(read_rows(session, spec, chunk))))
            repository.remove_done(session, chunk)
            _note(session, job, tally)

    def _store_rows(
        self, session: Session, spec: ImportSpec, rows: Sequence[Row]
    ) -> list[tuple[int, ItemResult]]:
        results = service.store_items(
            session,
            [item for _, item in rows],
            self.dimension,
            upsert=spec.upsert,
            later_wins=spec.upsert,
        )
        return [(number, result) for (number, _), result in zip(rows, results, strict=True)]

    def _note_stop(self, job: ClaimedJob, stop: _StoppedAtError) -> None:
        with self.database.unit_of_work() as unit:
            tally = _tally(unit.session, job)
            tally.fail(stop.line, stop.reason)
            _note(unit.session, job, tally)


def _count(tally: Tally, spec: ImportSpec, results: Sequence[tuple[int, ItemResult]]) -> None:
    """Add a chunk to the tally, unless a bad line is to stop the import."""
    for number, result in results:
        if result.error is None:
            tally.inserted += result.is_new
            tally.updated += not result.is_new
        elif spec.on_error == "stop":
            raise _StoppedAtError(number, result.error.message)
        else:
            tally.fail(number, result.error.message)


def _tally(session: Session, job: ClaimedJob) -> Tally:
    text = repository.read_tally(session, job)
    return Tally() if text is None else msgspec.json.decode(text, type=Tally)


def _note(session: Session, job: ClaimedJob, tally: Tally) -> None:
    if not repository.write_tally(session, job, msgspec.json.encode(tally).decode()):
        raise _RefusedError
