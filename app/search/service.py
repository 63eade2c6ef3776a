"""What callers do with queries: have one answered, or several together.

The path of a query: the store's version (PostgreSQL), the cache under it (Redis), the candidates (PostgreSQL,
one snapshot), their scores by a circuit where one is asked for (a worker), the ranking, the cache again.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import msgspec
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import LimitExceededError, NotFoundError
from app.pauses import give_way
from app.remote_calls.caller import Deadline
from app.search import answers, cost, rendering, repository, scoring
from app.search import query as queries
from app.search.answers import Answer, Stats, Times
from app.search.cache import AnswerCache
from app.search.candidates import Plan, StoreState, find_candidates, read_store
from app.search.caveats import unknown_context
from app.search.contexts import StoredContexts, find_contexts
from app.search.figures import QueryFigures
from app.search.pool_reading import ReadingTime, groups
from app.search.quantum.problem import CircuitRun
from app.search.query import Location, Query
from app.search.query_state import Course
from app.search.rendering import Reply
from app.search.scoring import Scorer

BODY: Location = ("body",)

MAX_TEXT_NUMBERS = 65_536
"""Of an answer whose vectors are read as text with the candidates. That saves a statement, but text takes
three times the memory of bytes."""

NOTHING_STORED = Answer(
    results=[],
    quantum_enhanced=False,
    stats=Stats(
        candidates=0,
        circuit_candidates=0,
        circuit_qubits=0,
        circuits=0,
        contexts=0,
        index=Plan.EXACT,
        filter_index=None,
        seed=None,
    ),
)
"""The answer before the first insert."""


def store_runs(session: Session, runs: Mapping[UUID, CircuitRun], owner: str | None) -> None:
    """Store the executions of an answer's explanations."""
    for execution_id, run in runs.items():
        repository.add_run(session, execution_id, run, owner)


@dataclass(frozen=True)
class Searcher:
    """Answers queries. The queries have been checked (``query.check``)."""

    database: Database
    cache: AnswerCache
    scorer: Scorer
    figures: QueryFigures

    def scored_by(self, scorer: Scorer) -> "Searcher":
        """The same with another place where circuits are run."""
        return replace(self, scorer=scorer)

    def answer(self, query: Query, owner: str | None = None) -> Reply:
        """The answer to one query; ``owner`` has the execution of an explanation.

        Raises:
            InvalidInputError: the vector is not of the store's dimension, or the filter is not one.
            LimitExceededError: the answer could be, or is, too large.
            NotFoundError: there is no vector with the query's id.
            UnavailableError: PostgreSQL does not answer in time, or there is no circuit and one is required.
        """
        return self._stored(self.find(query), owner)

    def answer_batch(self, batch: Sequence[Query], owner: str | None = None) -> Reply:
        """The answers to several queries; their circuits are run together. Raises as ``answer``."""
        return self._stored(self.find_batch(batch), owner)

    def find(self, query: Query) -> Reply:
        """As ``answer``, but the executions of explanations are left to be stored (``store_runs``)."""
        documents, is_large, runs = self._answer_all([(query, BODY)])
        return Reply(documents[0], is_large, runs)

    def find_batch(self, batch: Sequence[Query]) -> Reply:
        """As ``answer_batch``, but the executions of explanations are left to be stored."""
        documents, is_large, runs = self._answer_all(_placed(batch))
        return Reply(rendering.batch_pieces(documents), is_large, runs)

    def check(self, asked: Sequence[Query], *, is_batch: bool) -> None:
        """Refuse queries that do not suit what is stored, before a job is made of them.

        Raises:
            InvalidInputError: a vector is not of the store's dimension, or a filter is not one.
            LimitExceededError: the answer could be too large.
            UnavailableError: PostgreSQL does not answer.
        """
        with self.database.looking_up() as reader:
            store = read_store(reader)
        if store is not None:
            queries.check_answer_numbers(asked, store.dimension)
        for query, place in _placed(asked) if is_batch else [(asked[0], BODY)]:
            queries.pack(query, store.dimension if store else None, place)
            queries.filter_of(query, place)

    def most_ms(self, asked: Sequence[Query]) -> float:
        """About the most that answering queries takes, in milliseconds.

        Raises:
            UnavailableError: PostgreSQL does not answer.
        """
        with self.database.looking_up() as reader:
            store = read_store(reader)
        return sum(cost.most_ms(query, store.dimension) for query in asked) if store else 0.0

    def _stored(self, reply: Reply, owner: str | None) -> Reply:
        if reply.runs:
            with self.database.unit_of_work() as unit:
                store_runs(unit.session, reply.runs, owner)
        return reply

    def _answer_all(
        self, placed: Sequence[tuple[Query, Location]]
    ) -> tuple[list[Iterator[bytes]], bool, dict[UUID, CircuitRun]]:
        """The answers as JSON in pieces, whether they are large together, and the circuits that explain them.

        The circuits stand by the ids of their executions.
        """
        started = time.perf_counter()
        deadline = Deadline.after_ms(max(query.timeout_ms for query, _ in placed))
        with self.database.looking_up() as reader:
            store = read_store(reader)
        dimension = store.dimension if store else None
        courses = [Course(query, place, queries.pack(query, dimension, place)) for query, place in placed]
        if store is None:
            _answer_from_nothing(courses)
        else:
            queries.check_answer_numbers([query for query, _ in placed], store.dimension)
            self._look_up(courses, store, deadline)
            self._find_out([each for each in courses if each.document is None], store, deadline)
        is_large = (
            sum(len(each.document or b"") or each.answer_bytes for each in courses) > rendering.STREAMED_BYTES
        )
        if not is_large:
            self._write_out([each for each in courses if each.document is None], deadline)
        query_time_ms = answers.milliseconds((time.perf_counter() - started) * 1000)
        for course in courses:
            self.figures.record(query_time_ms, _is_quantum(course), course.from_cache, course.violations)
        documents = [
            rendering.document_pieces(self.database, course, _times(course, query_time_ms))
            for course in courses
        ]
        runs = {
            course.execution_id: course.run
            for course in courses
            if course.execution_id is not None and course.run is not None
        }
        return documents, is_large, runs

    def _look_up(self, courses: Sequence[Course], store: StoreState, deadline: Deadline) -> None:
        """Take what the cache has under the store's present version."""
        cached = [each for each in courses if each.uses_cache]
        if not cached:
            return
        keys = [self.cache.key(each.identity, store) for each in cached]
        for course, found in zip(cached, self.cache.find(keys, deadline.seconds_left), strict=True):
            course.document, course.from_cache = found, found is not None

    def _find_out(self, courses: Sequence[Course], store: StoreState, deadline: Deadline) -> None:
        """Find and rank what the cache did not have, some pools at a time, since pools are large."""
        asked = [course.query for course in courses]
        reads_text = queries.answer_numbers(asked, store.dimension) <= MAX_TEXT_NUMBERS
        metadata_bytes, reading = 0, ReadingTime(deadline, len(courses))
        for group in groups(courses, store.dimension):
            for course in group:
                course.reads_text = reads_text
                search = course.search(max(1, reading.deadline.ms_left), store)
                course.read_at = time.monotonic()
                # each for itself: the web bounds what it reads at once
                with self.database.looking_up() as reader:
                    course.candidates = find_candidates(reader, store, search)
                reading.add(time.monotonic() - course.read_at)
            self._look_for_contexts(group)
            began, share = time.monotonic(), reading.for_scoring()
            self._score(group, share)
            reading.scored(began, share)
            if any(course.outcome == scoring.LATE for course in group):
                reading.end_scoring()
            for course in group:
                course.settle()
                course.answer_bytes = rendering.estimated_bytes(course)
                metadata_bytes += rendering.metadata_bytes(course)
                _check_metadata(metadata_bytes)
                give_way()

    def _write_out(self, courses: Sequence[Course], deadline: Deadline) -> None:
        """Encode small answers, and keep those that may be kept."""
        for course in courses:
            course.document = b"".join(rendering.answer_pieces(self.database, course))
            if course.is_keepable:
                key = self.cache.key(course.identity, course.pool.store)
                self.cache.keep(key, course.document, course.coherent_ms, deadline.seconds_left)

    def _look_for_contexts(self, courses: Sequence[Course]) -> None:
        """Find out what contexts there are, for queries whose own no candidate carries."""
        unmet = {context for course in courses if (context := course.unmet_context) is not None}
        if not unmet:
            return
        with self.database.looking_up() as reader:
            found = {context: find_contexts(reader, context) for context in unmet}
        for course in courses:
            if course.unmet_context is not None:
                course.contexts = found[course.unmet_context]

    def _score(self, courses: Sequence[Course], deadline: Deadline) -> None:
        """Have the pools scored that are to be, all of them together."""
        asked = [(course, problem) for course in courses if (problem := course.problem()) is not None]
        if not asked:
            return
        outcomes = self.scorer([problem for _, problem in asked], deadline)
        for (course, _), outcome in zip(asked, outcomes, strict=True):
            course.outcome = outcome
            if course.run is not None:
                course.execution_id = uuid4()


def _placed(batch: Sequence[Query]) -> list[tuple[Query, Location]]:
    return [(query, (*BODY, "queries", index)) for index, query in enumerate(batch)]


def _answer_from_nothing(courses: Sequence[Course]) -> None:
    for course in courses:
        if course.query.id is not None:
            raise NotFoundError(f"There is no vector with the id {course.query.id!r}.")
        context = course.query.context
        warnings = [] if context is None else [unknown_context(context, StoredContexts(is_carried=False))]
        course.document = answers.encode(msgspec.structs.replace(NOTHING_STORED, warnings=warnings))


def _check_metadata(metadata_bytes: int) -> None:
    if metadata_bytes > queries.MAX_ANSWER_METADATA_BYTES:
        raise LimitExceededError(
            f"the metadata in an answer has at most {queries.MAX_ANSWER_METADATA_BYTES} bytes "
            "(max_answer_metadata_bytes), and this one has more; ask for fewer results at once",
            "max_answer_metadata_bytes",
            BODY,
        )


def _is_quantum(course: Course) -> bool:
    """Whether a circuit scored a result, now or when the answer was kept."""
    return course.frame.quantum_enhanced if course.frame else answers.is_quantum(course.document or b"")


def _times(course: Course, query_time_ms: float) -> Times:
    return Times(
        query_time_ms=query_time_ms,
        quantum_time_ms=answers.milliseconds(course.quantum_time_ms),
        cache_hit=course.from_cache,
    )
