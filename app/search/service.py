"""What callers do with queries: have one answered, or several together.

The path of a query: the store's version (PostgreSQL), the cache under it (Redis), the candidates (PostgreSQL,
one snapshot), their scores by a circuit where one is asked for (a worker), the ranking, the cache again.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.database import Database
from app.errors import NotFoundError
from app.observability.query_figures import QueryFigures
from app.search import answers, repository
from app.search import query as queries
from app.search.answers import Answer, Stats, Times
from app.search.cache import AnswerCache
from app.search.candidates import (
    Candidate,
    Plan,
    StoreState,
    find_candidates,
    read_store,
)
from app.search.course import Course
from app.search.embeddings import embedding_texts
from app.search.quantum.problem import CircuitRun
from app.search.query import Location, Query
from app.search.scoring import Deadline, Scorer

BODY: Location = ("body",)

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


@dataclass(frozen=True)
class Found:
    """An answer as JSON; ``runs`` are the circuits that explain it, by the ids that their executions get."""

    document: bytes
    runs: Mapping[UUID, CircuitRun]


def store_runs(session: Session, found: Found, owner: str | None) -> None:
    """Store the executions of an answer's explanations."""
    for execution_id, run in found.runs.items():
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

    def answer(self, query: Query, owner: str | None = None) -> bytes:
        """The answer to one query, as JSON; ``owner`` has the execution of an explanation.

        Raises:
            InvalidInputError: the vector is not of the store's dimension, or the filter is not one.
            NotFoundError: there is no vector with the query's id.
            UnavailableError: PostgreSQL does not answer in time, or there is no circuit and one is required.
        """
        return self._stored(self.find(query), owner)

    def answer_batch(self, batch: Sequence[Query], owner: str | None = None) -> bytes:
        """The answers to several queries, as JSON; their circuits are run together. Raises as ``answer``."""
        return self._stored(self.find_batch(batch), owner)

    def find(self, query: Query) -> Found:
        """As ``answer``, but the executions of explanations are left to be stored (``store_runs``)."""
        documents, runs = self._answer_all([(query, BODY)])
        return Found(documents[0], runs)

    def find_batch(self, batch: Sequence[Query]) -> Found:
        """As ``answer_batch``, but the executions of explanations are left to be stored."""
        documents, runs = self._answer_all(_placed(batch))
        return Found(answers.batch_document(documents), runs)

    def check(self, asked: Sequence[Query], *, is_batch: bool) -> None:
        """Refuse queries that do not suit what is stored, before a job is made of them.

        Raises:
            InvalidInputError: a vector is not of the store's dimension, or a filter is not one.
            UnavailableError: PostgreSQL does not answer.
        """
        with self.database.looking_up() as reader:
            store = read_store(reader)
        for query, place in _placed(asked) if is_batch else [(asked[0], BODY)]:
            queries.pack(query, store.dimension if store else None, place)
            queries.filter_of(query, place)

    def _stored(self, found: Found, owner: str | None) -> bytes:
        if found.runs:
            with self.database.unit_of_work() as unit:
                store_runs(unit.session, found, owner)
        return found.document

    def _answer_all(
        self, placed: Sequence[tuple[Query, Location]]
    ) -> tuple[list[bytes], dict[UUID, CircuitRun]]:
        """The answers, and the circuits that explain them by the ids of their executions."""
        started = time.perf_counter()
        deadline = Deadline.after_ms(max(query.timeout_ms for query, _ in placed))
        with self.database.looking_up() as reader:
            store = read_store(reader)
        dimension = store.dimension if store else None
        courses = [Course(query, place, queries.pack(query, dimension, place)) for query, place in placed]
        if store is None:
            _answer_from_nothing(courses)
        else:
            self._look_up(courses, store, deadline)
            self._find_out([each for each in courses if each.document is None], store, deadline)
        query_time_ms = answers.milliseconds((time.perf_counter() - started) * 1000)
        for course in courses:
            is_quantum = answers.is_quantum(course.document or b"")
            self.figures.record(query_time_ms, is_quantum, course.from_cache, course.violations)
        runs = {
            course.execution_id: course.run
            for course in courses
            if course.execution_id is not None and course.run is not None
        }
        return [_document(course, query_time_ms) for course in courses], runs

    def _look_up(self, courses: Sequence[Course], store: StoreState, deadline: Deadline) -> None:
        """Take what the cache has under the store's present version."""
        cached = [each for each in courses if each.uses_cache]
        if not cached:
            return
        keys = [self.cache.key(each.identity, store) for each in cached]
        for course, found in zip(cached, self.cache.find(keys, deadline), strict=True):
            course.document, course.from_cache = found, found is not None

    def _find_out(self, courses: Sequence[Course], store: StoreState, deadline: Deadline) -> None:
        """Answer what the cache did not have."""
        if not courses:
            return
        for course in courses:
            search = course.search(max(1, deadline.ms_left), store)
            course.read_at = time.monotonic()
            # each for itself: the web bounds what it reads at once
            with self.database.looking_up() as reader:
                course.candidates = find_candidates(reader, store, search)
        self._score(courses, deadline)
        answered = [(course, course.rank()) for course in courses]
        texts = self._texts(answered)
        for course, _ in answered:
            course.document = answers.encode(course.answer(texts[id(course)]))
            if course.is_keepable:
                key = self.cache.key(course.identity, course.pool.store)
                self.cache.keep(key, course.document, course.coherent_ms, deadline)

    def _score(self, courses: Sequence[Course], deadline: Deadline) -> None:
        """Have the pools scored that are to be, all of them together."""
        asked = [(course, problem) for course in courses if (problem := course.problem()) is not None]
        if not asked:
            return
        outcomes = self.scorer.score([problem for _, problem in asked], deadline)
        for (course, _), outcome in zip(asked, outcomes, strict=True):
            course.outcome = outcome
            if course.run is not None:
                course.execution_id = uuid4()

    def _texts(self, answered: Sequence[tuple[Course, list[Candidate]]]) -> dict[int, dict[str, str]]:
        """By course, the vectors that are answered and were not read as text."""
        texts: dict[int, dict[str, str]] = {id(course): {} for course, _ in answered}
        lacking = [
            (course, candidates)
            for course, candidates in answered
            if course.query.include_vector and candidates and candidates[0].text is None
        ]
        if lacking:
            with self.database.looking_up() as reader:
                for course, candidates in lacking:
                    texts[id(course)] = embedding_texts(reader, candidates)
        return texts


def _placed(batch: Sequence[Query]) -> list[tuple[Query, Location]]:
    return [(query, (*BODY, "queries", index)) for index, query in enumerate(batch)]


def _answer_from_nothing(courses: Sequence[Course]) -> None:
    for course in courses:
        if course.query.id is not None:
            raise NotFoundError(f"There is no vector with the id {course.query.id!r}.")
        course.document = answers.encode(NOTHING_STORED)


def _document(course: Course, query_time_ms: float) -> bytes:
    times = Times(
        query_time_ms=query_time_ms,
        quantum_time_ms=answers.milliseconds(course.quantum_time_ms),
        cache_hit=course.from_cache,
    )
    return answers.document(course.document or b"", times)
