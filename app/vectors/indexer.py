"""The indexer: a thread of search workers that indexes new vectors, and members of their metadata.

A write into the HNSW index would cost milliseconds a vector. So a vector is first stored outside the index,
where a scan finds it. The indexer then moves a few vectors in small batches, or builds a new index with many
beside the old one. If many wait meanwhile, another index holds them, which takes a second to build
(``app.vectors.waiting_index``). Each step is committed alone and leaves every query right
(``app.vectors.hnsw``), so an indexer may be killed at any time and the next one goes on.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event, Lock, Thread
from typing import Any, cast

import psycopg
from sqlalchemy.orm import Session

from app.background import Background
from app.database import Database
from app.errors import UnavailableError
from app.vectors import catalogue, field_indexes, hnsw, waiting_index
from app.vectors.hnsw import IndexState

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0

MIN_INDEXED_ROWS = 1_000
"""The fewest rows for an index: scanning fewer takes less than a millisecond."""

MOVE_BATCH = 50
"""Rows moved in one transaction, which locks them for 0.1 to 0.25 s."""

MARK_BATCH = 2_000
"""Rows marked for a new index in one transaction."""

REBUILD_ROWS = 5_000
"""A new index is built if more rows wait, and more than half of those in the index: this is several times as
fast as moving them, and gives a better graph."""

SCANNED_NUMBERS = 640_000
"""Waiting rows with up to so many numbers are scanned by queries, which takes 2 ms; more get an index."""

MOST_DELAY_SECONDS = 30.0
"""How long a build waits at most until no more vectors come. Vectors that come during a build leave
old versions of rows, which stay until it has ended and slow every query: 13,000 of them by 6 ms."""


class Indexer(Background):
    """Keeps the indexes of one store up to date; of several indexers on one database, one works at a time.

    ``fields`` are the members of the metadata that get an index for ranges. Each indexer builds and drops
    these indexes once, at its start: if hosts have different settings, those of the last start hold.
    """

    def __init__(
        self,
        database: Database,
        fields: Sequence[str] = (),
        min_rows: int = MIN_INDEXED_ROWS,
        rebuild_rows: int = REBUILD_ROWS,
        scanned_numbers: int = SCANNED_NUMBERS,
        most_delay_seconds: float = MOST_DELAY_SECONDS,
    ) -> None:
        super().__init__("indexer")
        self._database = database
        self._fields = fields
        self._has_kept_fields = False
        self._min_rows = min_rows
        self._rebuild_rows = rebuild_rows
        self._scanned_numbers = scanned_numbers
        self._most_delay_seconds = most_delay_seconds
        self._delayed_at: float | None = None
        self._rows_of_waiting_index = 0  # how many rows it was built of
        self._building: psycopg.Connection[Any] | None = None
        self._build_lock = Lock()

    def stop(self) -> None:
        """End the thread, and cancel the build of an index."""
        self._stopping.set()
        with self._build_lock:
            if self._building is not None:
                self._building.cancel_safe()
        super().stop()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            has_more = False
            try:
                has_more = self.tick()
            except UnavailableError as error:
                logger.info("Vectors wait to be indexed: %s", error.message)
            except Exception:
                logger.exception("Vectors wait to be indexed after a fault")
            if not has_more:
                self._stopping.wait(TICK_SECONDS)

    def tick(self) -> bool:
        """Take one step, if there is one and no other indexer works; return whether there is more to do.

        Raises:
            UnavailableError: PostgreSQL is down, or ended the step.
        """
        with self._database.reading() as session:
            state = hnsw.read_state(session)
            has_work = state is not None and (
                not self._has_kept_fields or self._has_rows_to_index(session, state)
            )
            if not has_work or not hnsw.take_lock(session):
                return False
            try:
                has_more = self._step(session)
            except BaseException:
                session.invalidate()  # the end of the connection releases the lock
                raise
            hnsw.give_lock(session)
            return has_more

    def _has_rows_to_index(self, session: Session, state: IndexState) -> bool:
        """Return whether enough rows wait to be indexed, and an index can hold them."""
        if state.dimension > hnsw.MAX_DIMENSION:
            return False  # larger vectors are always scanned
        if state.is_of_old_form or state.has_waiting_index:
            return True
        needed = 1 if state.generation is not None else self._min_rows
        return hnsw.count_waiting(session, state.generation, needed) == needed

    def _step(self, session: Session) -> bool:
        state = self._recovered(session)
        if state is None:
            return False
        if self._has_rows_to_index(session, state) and self._index_rows(session, state):
            return True
        if not self._has_kept_fields:
            with self._stoppable(session):
                self._has_kept_fields = field_indexes.keep(session, self._fields)
        return not self._has_kept_fields

    def _index_rows(self, session: Session, state: IndexState) -> bool:
        generation = state.generation
        if generation is None or state.is_of_old_form or self._is_worth_a_build(session, generation):
            if self._is_better_later(session, state):
                return False
            self._build_next(session, state)
            return True
        if self._has_much_to_scan(session, state):
            self._index_waiting(session, state)
            return True
        with self._database.unit_of_work() as unit:
            moved = hnsw.move(unit.session, generation, MOVE_BATCH)
        if moved < MOVE_BATCH and state.has_waiting_index and not waiting_index.count(session, generation, 1):
            hnsw.use(session, generation, state.form)
            waiting_index.drop_others(session, state.dimension, None)
        return moved == MOVE_BATCH

    def _recovered(self, session: Session) -> IndexState | None:
        """Use or drop the indexes that a killed indexer has left; return the new state."""
        state = hnsw.read_state(session)
        if state is None:
            return None
        found = hnsw.found_indexes(session)
        usable = [each for each in found if each.is_valid and each.dimension == state.dimension]
        kept = usable[0] if usable else None
        if kept is None:
            recovered = state._replace(generation=None, has_waiting_index=False)
        else:
            has_waiting = waiting_index.is_there(session, state.dimension, kept.generation)
            recovered = IndexState(state.dimension, kept.generation, kept.form, has_waiting)
        if recovered != state:
            hnsw.use(
                session,
                recovered.generation,
                recovered.form,
                has_waiting_index=recovered.has_waiting_index,
            )
        for each in found:
            if each != kept:
                catalogue.drop(session, each.name)
        kept_waiting = recovered.generation if recovered.has_waiting_index else None
        waiting_index.drop_others(session, state.dimension, kept_waiting)
        return recovered

    def _is_worth_a_build(self, session: Session, generation: int) -> bool:
        most = self._rebuild_rows + 1
        if hnsw.count_waiting(session, generation, most) < most:
            return False
        indexed = hnsw.count_indexed(session, generation)
        half = indexed // 2 + 1
        return hnsw.count_waiting(session, generation, half) == half

    def _is_better_later(self, session: Session, state: IndexState) -> bool:
        """Return whether a build should wait because vectors still come; an index holds those that wait."""
        if self._has_new_rows(session, state):
            self._index_waiting(session, state)
            now = time.monotonic()
            self._delayed_at = self._delayed_at or now
            if now - self._delayed_at < self._most_delay_seconds:
                return True
        self._delayed_at = None
        return False

    def _has_new_rows(self, session: Session, state: IndexState) -> bool:
        if state.has_waiting_index:
            return waiting_index.count_outside(session, 1) > 0
        return self._has_much_to_scan(session, state)

    def _build_next(self, session: Session, state: IndexState) -> None:
        """Mark the waiting rows, build an index of all rows, and use it.

        Marking takes little time, since no HNSW index holds the waiting rows.
        """
        generation = (state.generation or 0) + 1
        if not self._all(partial(hnsw.move, generation=generation)):
            return
        logger.info("Building generation %d of the vector index", generation)
        with self._stoppable(session), self._marking(generation + 1):
            hnsw.build(session, state.dimension, generation)
        self._recovered(session)
        with self._stoppable(session):
            hnsw.clean(session)
        logger.info("Queries use generation %d of the vector index", generation)

    def _has_much_to_scan(self, session: Session, state: IndexState) -> bool:
        """Return whether so many rows are in no index that queries take long to scan them."""
        if state.generation is None:
            return False
        most = self._scanned_numbers // state.dimension + 1
        if state.has_waiting_index:
            return waiting_index.count_outside(session, most) == most
        return hnsw.count_waiting(session, state.generation, most) == most

    def _index_waiting(self, session: Session, state: IndexState) -> None:
        """Put waiting rows into their index; build it if it is missing, or again if the rows have doubled."""
        generation = state.generation
        if generation is None or not self._all(partial(waiting_index.mark, generation=generation + 1)):
            return
        rows = waiting_index.count(session, generation, waiting_index.MOST_COUNTED)
        if state.has_waiting_index and rows < 2 * self._rows_of_waiting_index:
            return
        with self._stoppable(session):
            waiting_index.build(session, state.dimension, generation, rows)
        self._rows_of_waiting_index = rows
        hnsw.use(session, generation, state.form, has_waiting_index=True)

    def _all(self, move: Callable[..., int]) -> bool:
        """Move rows in several transactions until none is left; return whether all were moved."""
        while not self._stopping.is_set():
            with self._database.unit_of_work() as unit:
                if move(unit.session, most=MARK_BATCH) < MARK_BATCH:
                    return True
        return False

    @contextmanager
    def _marking(self, generation: int) -> Iterator[None]:
        """During the block, put new rows into the index of waiting rows by giving them a generation."""
        done = Event()

        def loop() -> None:
            while not done.wait(TICK_SECONDS) and not self._stopping.is_set():
                try:
                    self._all(partial(waiting_index.mark, generation=generation))
                except UnavailableError as error:
                    logger.info("Vectors wait to be indexed: %s", error.message)

        thread = Thread(target=loop, name="indexer-marking", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    @contextmanager
    def _stoppable(self, session: Session) -> Iterator[None]:
        """Let ``stop`` cancel the statement of the block."""
        with self._build_lock:
            self._building = cast(psycopg.Connection[Any], session.connection().connection.driver_connection)
        try:
            yield
        finally:
            with self._build_lock:
                self._building = None
