"""The operation on queries: it answers all queries of a request together.

The path of a query:

1. PostgreSQL says in which state the store is, and the cache (Redis) whether it has the results under it.
2. The candidates are read (PostgreSQL, one snapshot).
3. A worker scores them by a circuit, where one is asked for.
4. They are ranked, and written out; small results go into the cache.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from app.database import Database
from app.errors import LimitExceededError, NotFoundError
from app.pauses import give_way
from app.remote_calls.caller import Deadline
from app.search import query as queries
from app.search import rendering, repository, scoring, shares
from app.search.cache import CachedResults, ResultCache
from app.search.candidates import find_candidates
from app.search.caveats import unknown_context
from app.search.figures import QueryFigures
from app.search.pool_query import Plan
from app.search.quantum.problem import CircuitRun
from app.search.query_state import AskedQuery, QueryState
from app.search.ranking import RankedQuery, rank
from app.search.rendering import Reply
from app.search.results import SnapshotResults, Stats
from app.search.scoring import Scorer
from app.search.shares import ReadingTime
from app.search.specs import QueryJob
from app.search.store import ContextShares, LatestStore, StoredContexts, StoreState, find_contexts, read_store
from app.vectors import repository as vectors

MAX_TEXT_NUMBERS = 65_536
"""The largest answer whose vectors are read as text with the candidates. That saves a statement, but text
takes three times the memory of bytes."""

NOTHING_STORED_STATS = Stats(
    candidates=0,
    circuit_candidates=0,
    circuit_qubits=0,
    circuits=0,
    contexts=0,
    index=Plan.EXACT,
    filter_index=None,
    seed=None,
)


def store_runs(session: Session, runs: Mapping[UUID, CircuitRun], owner: str | None) -> None:
    """Store the executions of an answer's explanations."""
    for execution_id, run in runs.items():
        repository.add_run(session, execution_id, run, owner)


@dataclass(frozen=True)
class Searcher:
    """Answers queries. The queries have been checked (``query.check``)."""

    database: Database
    cache: ResultCache
    scorer: Scorer
    figures: QueryFigures
    context_shares: ContextShares
    latest: LatestStore = field(default_factory=LatestStore)

    def scored_by(self, scorer: Scorer) -> "Searcher":
        """Return the same with another place where circuits are run."""
        return replace(self, scorer=scorer)

    def find(self, asked: QueryJob) -> Reply:
        """Answer the queries of a request; their circuits are run together.

        The executions of explanations are left to be stored (``store_runs``).

        Raises:
            InvalidInputError: a vector is not of the store's dimension, or a filter is not one.
            LimitExceededError: the answer could be, or is, too large.
            NotFoundError: there is no vector with a query's id.
            UnavailableError: PostgreSQL does not answer in time, or there is no circuit and one is required.
        """
        started = time.perf_counter()
        deadline = Deadline.after_ms(max(query.timeout_ms for query in asked.queries))
        try:
            found = self._find(asked, deadline)
        except psycopg.DataError:  # the store has got another dimension since the latest query
            self.latest.state = None
            found = self._find(asked, deadline)
        is_large = sum(map(_estimated_bytes, found)) > rendering.STREAMED_BYTES
        bodies = [self._body(each, deadline, is_large=is_large) for each in found]
        query_time_ms = (time.perf_counter() - started) * 1000
        documents: list[Iterator[bytes]] = []
        runs: dict[UUID, CircuitRun] = {}
        for each, body in zip(found, bodies, strict=True):
            if isinstance(each, CachedResults):
                self.figures.record(query_time_ms, each.is_quantum, cache_hit=True)
                documents.append(rendering.with_times(body, query_time_ms, 0.0, cache_hit=True))
                continue
            self.figures.record(query_time_ms, each.frame.quantum_enhanced, False, each.violations)
            documents.append(rendering.with_times(body, query_time_ms, each.quantum_time_ms, cache_hit=False))
            runs.update(each.runs)
        return Reply(rendering.batch_pieces(documents) if asked.is_batch else documents[0], is_large, runs)

    def find_and_store(self, asked: QueryJob, owner: str | None = None) -> Reply:
        """Answer queries as ``find``; ``owner`` has the executions of explanations."""
        reply = self.find(asked)
        if reply.runs:
            with self.database.unit_of_work() as unit:
                store_runs(unit.session, reply.runs, owner)
        return reply

    def check(self, asked: QueryJob) -> None:
        """Refuse queries that do not suit what is stored, before a job is made of them.

        Raises:
            InvalidInputError: a vector is not of the store's dimension, or a filter is not one.
            LimitExceededError: the answer could be too large.
            UnavailableError: PostgreSQL does not answer.
        """
        store = self._read_store(asked)
        if store is not None:
            queries.check_result_numbers(asked.queries, store.dimension)
        for each in _packed(asked, store):
            each.compiled_filter()

    def most_ms(self, asked: QueryJob) -> float:
        """Return about the most that answering queries takes, in milliseconds."""
        store = self._read_store(asked)
        return sum(shares.most_ms(query, store.dimension) for query in asked.queries) if store else 0.0

    def _read_store(self, asked: QueryJob) -> StoreState | None:
        """Return the state of the store; ``None`` if there are no vectors for a query to differ from.

        Queries that do not use the cache are content with the state of the latest query.
        """
        lengths = {len(query.vector) for query in asked.queries if query.vector is not None}
        store = self.latest.state
        if store is not None and lengths <= {store.dimension} and not any(q.use_cache for q in asked.queries):
            return store
        with self.database.looking_up() as reader:
            store = self.latest.state = read_store(reader)
        if store is None or lengths <= {store.dimension}:
            return store
        with self.database.reading() as session:
            return store if vectors.dimension_in_use(session) is not None else None

    def _find(self, request: QueryJob, deadline: Deadline) -> list[RankedQuery | CachedResults]:
        store = self._read_store(request)
        asked = _packed(request, store)
        if store is None:
            return [_nothing_stored(each) for each in asked]
        queries.check_result_numbers(request.queries, store.dimension)
        cached = self._look_up(asked, store, deadline)
        missing = [each for each, known in zip(asked, cached, strict=True) if known is None]
        ranked = iter(self._rank_all(missing, store, deadline))
        return [next(ranked) if known is None else known for known in cached]

    def _look_up(
        self, asked: Sequence[AskedQuery], store: StoreState, deadline: Deadline
    ) -> list[CachedResults | None]:
        """Return what the cache has of each query under the store's present version."""
        keys = [self.cache.key(each.identity, store) for each in asked if each.uses_cache]
        found = iter(self.cache.find(keys, deadline.seconds_left) if keys else [])
        return [next(found) if each.uses_cache else None for each in asked]

    def _rank_all(
        self, asked: Sequence[AskedQuery], store: StoreState, deadline: Deadline
    ) -> list[RankedQuery]:
        """Find and rank what the cache did not have, some pools at a time, since pools are large."""
        numbers = queries.result_numbers((each.query for each in asked), store.dimension)
        reading = ReadingTime(deadline, len(asked))
        ranked: list[RankedQuery] = []
        metadata_bytes = 0
        for group in shares.groups(asked, store.dimension):
            for state in self._score_group(group, store, reading, reads_text=numbers <= MAX_TEXT_NUMBERS):
                ranked.append(rank(state))
                metadata_bytes += rendering.metadata_bytes(ranked[-1])
                _check_metadata(metadata_bytes)
                if len(ranked) < len(asked):
                    give_way()
        return ranked

    def _score_group(
        self, group: Sequence[AskedQuery], store: StoreState, reading: ReadingTime, *, reads_text: bool
    ) -> Iterator[QueryState]:
        """Read the pools of some queries, and score them together; the pools are given one by one."""
        states: list[QueryState] = []
        for asked in group:
            carrying = self.context_shares.of(asked.query.context)
            search = asked.search(max(1, reading.deadline.ms_left), store, carrying, reads_text=reads_text)
            read_at = time.monotonic()
            # each for itself: the web bounds what it reads at once
            with self.database.searching() as reader:
                pool = find_candidates(reader, store, search)
            self.latest.state = pool.store
            states.append(QueryState(asked, pool, read_at))
            reading.add(time.monotonic() - read_at)
        self._look_for_contexts(states)
        began, share = time.monotonic(), reading.for_scoring()
        self._score(states, share)
        reading.scored(began, share)
        if any(state.outcome == scoring.LATE for state in states):
            reading.end_scoring()
        while states:
            yield states.pop(0)

    def _look_for_contexts(self, states: Sequence[QueryState]) -> None:
        """Find out what contexts there are, for queries whose own no candidate carries."""
        unmet = {context for state in states if (context := state.unmet_context) is not None}
        if not unmet:
            return
        with self.database.looking_up() as reader:
            found = {context: find_contexts(reader, context) for context in unmet}
        for state in states:
            if state.unmet_context is not None:
                state.contexts = found[state.unmet_context]

    def _score(self, states: Sequence[QueryState], deadline: Deadline) -> None:
        asked = [(state, problem) for state in states if (problem := state.problem()) is not None]
        if asked:
            is_required = any(state.query.require_quantum for state, _ in asked)
            outcomes = self.scorer([problem for _, problem in asked], deadline, is_required)
            for (state, _), outcome in zip(asked, outcomes, strict=True):
                state.outcome = outcome

    def _body(
        self, found: RankedQuery | CachedResults, deadline: Deadline, *, is_large: bool
    ) -> Iterable[bytes]:
        """Return the document of a query: whole, and kept if it may be, or piece by piece if it is large."""
        if isinstance(found, CachedResults):
            return [found.document]
        pieces = rendering.pieces(self.database, found)
        if is_large:
            return pieces
        document = b"".join(pieces)
        if found.kept_under is not None:
            key = self.cache.key(found.asked.identity, found.kept_under)
            kept = CachedResults(found.frame.quantum_enhanced, document)
            self.cache.keep(key, kept, found.coherent_ms, deadline.seconds_left)
        return [document]


def _packed(request: QueryJob, store: StoreState | None) -> list[AskedQuery]:
    """Return the queries of a request with their places in its body, their vectors checked."""
    dimension = store.dimension if store else None
    if not request.is_batch:
        return [AskedQuery.packed(request.queries[0], queries.BODY, dimension)]
    return [
        AskedQuery.packed(query, ("body", "queries", index), dimension)
        for index, query in enumerate(request.queries)
    ]


def _nothing_stored(asked: AskedQuery) -> RankedQuery:
    query = asked.query
    if query.id is not None:
        raise NotFoundError(f"There is no vector with the id {query.id!r}.")
    no_contexts = StoredContexts(is_carried=False)
    warnings = [] if query.context is None else [unknown_context(query.context, no_contexts)]
    frame = SnapshotResults(results=[], quantum_enhanced=False, stats=NOTHING_STORED_STATS, warnings=warnings)
    return RankedQuery(asked, [], frame)


def _estimated_bytes(found: RankedQuery | CachedResults) -> int:
    if isinstance(found, CachedResults):
        return len(found.document)
    return rendering.estimated_bytes(found)


def _check_metadata(metadata_bytes: int) -> None:
    if metadata_bytes > queries.MAX_ANSWER_METADATA_BYTES:
        raise LimitExceededError(
            f"the metadata in an answer has at most {queries.MAX_ANSWER_METADATA_BYTES} bytes "
            "(max_answer_metadata_bytes), and this one has more; ask for fewer results at once",
            "max_answer_metadata_bytes",
            queries.BODY,
        )
