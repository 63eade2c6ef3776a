"""What callers do with queries: have one answered, or several together.

The path of a query: the store's version (PostgreSQL), the cache under it (Redis), the candidates (PostgreSQL,
one snapshot), their scores by a circuit where one is asked for (a worker), the ranking, the cache again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

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
from app.search.caveats import unknown_context
from app.search.contexts import StoredContexts, find_contexts
from app.search.course import Course
from app.search.embeddings import embedding_texts
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
        return self._answer_all([(query, BODY)], owner)[0]

    def answer_batch(self, batch: Sequence[Query], owner: str | None = None) -> bytes:
        """The answers to several queries, as JSON; their circuits are run together. Raises as ``answer``."""
        return answers.batch_document(self._answer_all(_placed(batch), owner))

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

    def _answer_all(self, placed: Sequence[tuple[Query, Location]], owner: str | None) -> list[bytes]:
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
            self._find_out([each for each in courses if each.document is None], store, deadline, owner)
        query_time_ms = answers.milliseconds((time.perf_counter() - started) * 1000)
        for course in courses:
            is_quantum = answers.is_quantum(course.document or b"")
            self.figures.record(query_time_ms, is_quantum, course.from_cache, course.violations)
        return [_document(course, query_time_ms) for course in courses]

    def _look_up(self, courses: Sequence[Course], store: StoreState, deadline: Deadline) -> None:
        """Take what the cache has under the store's present version."""
        cached = [each for each in courses if each.uses_cache]
        if not cached:
            return
        keys = [self.cache.key(each.identity, store) for each in cached]
        for course, found in zip(cached, self.cache.find(keys, deadline), strict=True):
            course.document, course.from_cache = found, found is not None

    def _find_out(
        self, courses: Sequence[Course], store: StoreState, deadline: Deadline, owner: str | None
    ) -> None:
        """Answer what the cache did not have."""
        if not courses:
            return
        for course in courses:
            search = course.search(max(1, deadline.ms_left), store)
            course.read_at = time.monotonic()
            # each for itself: the web bounds what it reads at once
            with self.database.looking_up() as reader:
                course.candidates = find_candidates(reader, store, search)
        self._look_for_contexts(courses)
        self._score(courses, deadline)
        answered = [(course, course.rank()) for course in courses]
        self._store_runs(courses, owner)
        texts = self._texts(answered)
        for course, _ in answered:
            course.document = answers.encode(course.answer(texts[id(course)]))
            if course.is_keepable:
                key = self.cache.key(course.identity, course.pool.store)
                self.cache.keep(key, course.document, course.coherent_ms, deadline)

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
        outcomes = self.scorer.score([problem for _, problem in asked], deadline)
        for (course, _), outcome in zip(asked, outcomes, strict=True):
            course.outcome = outcome

    def _store_runs(self, courses: Sequence[Course], owner: str | None) -> None:
        """Store the circuits that explain."""
        explained = [(course, course.run) for course in courses if course.run is not None]
        if not explained:
            return
        with self.database.unit_of_work() as unit:
            for course, run in explained:
                course.execution_id = repository.add_run(unit.session, run, owner)

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
        context = course.query.context
        warnings = [] if context is None else [unknown_context(context, StoredContexts(is_carried=False))]
        course.document = answers.encode(msgspec.structs.replace(NOTHING_STORED, warnings=warnings))


def _document(course: Course, query_time_ms: float) -> bytes:
    times = Times(
        query_time_ms=query_time_ms,
        quantum_time_ms=answers.milliseconds(course.quantum_time_ms),
        cache_hit=course.from_cache,
    )
    return answers.document(course.document or b"", times)
