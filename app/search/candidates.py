"""The pool of candidates of a query, all of it read in one statement and so in one snapshot.

The first of these ways that applies is taken:

1. ``precise``, and a store without an HNSW index: scan all rows that pass.
2. Neither filter nor context: walk the HNSW index.
3. An index of the metadata serves the filter and names few rows: read those.
4. Enough of the rows nearest by the HNSW index pass: take those.
5. Few rows match: read those. An index that is walked under a narrow filter gives full but wrong answers.
6. Many rows match: walk the HNSW index under the filter.

What the indexer has not moved yet is read beside the index, by the index of waiting rows or by a scan: a
query sees every committed vector.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from app.direct_sql import PackedVector, Parameters, run
from app.errors import NotFoundError
from app.search.candidate_queries import CandidateQueries, CandidateSearch, IndexedQueries, Mode
from app.search.pool_query import Plan, PoolQuery
from app.search.store import STORE_COLUMNS, StoreState
from app.vectors.hnsw import IndexForm

MAX_EXACT_ROWS, MAX_EXACT_NUMBERS = 10_000, 2_000_000
"""How many matching rows, or numbers in them, are scanned rather than looked for in the index."""
MAX_INDEXED_ROWS = 3_000
"""Up to so many rows that an index of the metadata names are read before the vectors' index is walked."""

_DIALECT = psycopg_dialect.dialect()  # type: ignore[no-untyped-call]


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """One vector of the pool; the garbage collector does not look at it, since there may be 100,000.

    Attributes:
        classical_score: the cosine of its angle to the query.
        metadata: JSON text.
        is_coherent: whether its quantum state is there and has not expired.
        context_weight: of the asked context in its superposition; ``None`` if it does not carry one.
        text: its numbers as JSON text, if asked for.
        numbers: its big-endian float32 numbers, if asked for.
    """

    id: str
    classical_score: float
    metadata: str
    is_coherent: bool
    context_weight: float | None
    context_count: int
    text: str | None
    numbers: bytes | memoryview | None


@dataclass(frozen=True)
class Candidates:
    """A pool, the nearest first, as one snapshot showed it.

    Attributes:
        store: the store in the same snapshot, so that results can be kept under its version.
        query: the query as big-endian float32 numbers, if bytes were asked for and there is a candidate.
        contexts_in_pool: how many different contexts the candidates carry, where one is asked.
        coherent_seconds: until the first coherent state of the pool expires; ``None`` if none will.
    """

    store: StoreState
    rows: list[Candidate]
    query: bytes | None
    contexts_in_pool: int
    coherent_seconds: float | None
    plan: Plan
    filter_uses_index: bool


def find_candidates(reader: PoolProxiedConnection, store: StoreState, search: CandidateSearch) -> Candidates:
    """Return the pool of a query.

    ``store`` may be a little old: it helps to choose the plan, and the pool brings its own. ``reader`` is of
    ``Database.searching()``.

    Raises:
        NotFoundError: the query is the id of a vector that is not there.
        OutOfTimeError: a statement took longer than ``timeout_ms``.
        UnavailableError: PostgreSQL does not answer.
    """
    where, parameters = _conditions(search)
    pools = _PoolReader(reader, search, parameters)
    plain = CandidateQueries(
        where=where,
        by_id=search.vector is None,
        has_filter=search.filter is not None,
        has_context=search.context is not None,
    )
    if search.mode is Mode.PRECISE or store.index_generation is None:
        return pools.read(plain.scan())
    queries = IndexedQueries(
        **vars(plain),
        most=max(min(MAX_EXACT_ROWS, MAX_EXACT_NUMBERS // store.dimension), search.pool_size),
        dimension=store.dimension,
        generation=store.index_generation,
        form=IndexForm(store.index_form),
        waiting=store.waiting_generation,
    )
    found = _find_by_index(pools, queries)
    if found.plan is Plan.HNSW and len(found.rows) < search.pool_size:
        # the walk gave up early, or there are no more vectors: only a scan can tell
        return pools.read(plain.scan())
    return found


def _conditions(search: CandidateSearch) -> tuple[str, Parameters]:
    parameters: dict[str, object] = {
        "pool_size": search.pool_size,
        "breadth": search.breadth,
        "enough": search.enough,
        "walked": search.walked,
    }
    if search.vector is not None:
        parameters["query"] = PackedVector(search.vector)
    else:
        parameters["query_id"] = search.vector_id
    if search.context is not None:
        parameters["context"] = search.context
    if search.filter is None:
        return "true", parameters
    compiled = search.filter.clause.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values: Mapping[str, object] = compiled.params
    return compiled.string, {**parameters, **values}


def _find_by_index(pools: "_PoolReader", queries: IndexedQueries) -> Candidates:
    """Take the ways from the second on, as the module describes them."""
    search = pools.search
    if not search.is_narrowed:
        return _walked(pools, queries)
    if search.context is None and search.filter is not None and search.filter.uses_index:
        found = pools.read(queries.few_by_filter_index(few := min(MAX_INDEXED_ROWS, queries.most)))
        if pools.matching <= few:
            return found
    narrow = queries.where if search.context is None else queries.carriers
    if search.filter is None and search.has_rare_context:
        return _filled_up(pools, queries, pools.read(queries.few(narrow)))
    found = pools.read(queries.near_or_few(narrow, narrow if search.filter is None else queries.where))
    if found.plan is Plan.HNSW:
        return found
    if search.filter is not None and pools.matching <= queries.most:
        return found
    if search.context is None:
        return pools.read(queries.walk(queries.where))
    if search.filter is not None:
        found = pools.read(queries.few(queries.carriers))
    return _filled_up(pools, queries, found)


def _walked(pools: "_PoolReader", queries: IndexedQueries) -> Candidates:
    """Walk the index; only if it has too few rows there, since many were deleted, walk on."""
    search = pools.search
    if 2 * search.walked <= search.breadth and not queries.has_waiting_index:
        found = pools.read(queries.walk_once())
        if pools.matching == search.walked:
            return found
    return pools.read(queries.walk(queries.where))


def _filled_up(pools: "_PoolReader", queries: IndexedQueries, found: Candidates) -> Candidates:
    """Return a full pool; ``found`` has the rows that carry the context, unless they are too many."""
    if pools.matching > queries.most:
        return pools.read(queries.walk(queries.carriers))
    if pools.matching >= pools.search.pool_size:
        return found
    return pools.read(queries.carriers_first())


def _rounded_up(milliseconds: int) -> int:
    """Round to two digits, so that not each query has a time of its own."""
    unit = int(10 ** max(0, len(str(milliseconds)) - 2))
    return -(-milliseconds // unit) * unit


class _PoolReader:
    """Runs the pool queries of one search; ``matching`` is how many rows matched in the last one."""

    def __init__(
        self, reader: PoolProxiedConnection, search: CandidateSearch, parameters: Parameters
    ) -> None:
        self.search = search
        self.matching = 0
        self._reader = reader
        self._parameters = parameters

    def read(self, query: PoolQuery) -> Candidates:
        """Run one query."""
        search = self.search
        settings = {
            "statement_timeout": str(_rounded_up(max(1, search.timeout_ms))),
            **query.settings(search.breadth, has_filter=search.filter is not None),
        }
        sql = query.sql(
            has_context=search.context is not None,
            with_state=search.with_state,
            with_text=search.with_text,
            with_bytes=search.with_bytes,
        )
        rows = run(self._reader, settings, sql, self._parameters)
        store = StoreState(*rows[0][:STORE_COLUMNS])
        rows = [row[STORE_COLUMNS:] for row in rows]
        is_known, is_near_enough, self.matching, vector = rows[0][:4]
        if not is_known:
            raise NotFoundError(f"There is no vector {search.vector_id!r}.")
        found = [row for row in rows if row[6] is not None]
        candidates = [Candidate(*row[6:]) for row in found]
        candidates.sort(key=lambda each: (-each.classical_score, each.id))
        return Candidates(
            store=store,
            rows=candidates,
            query=(search.vector or vector) if search.with_bytes else None,
            contexts_in_pool=len({name for row in found for name in row[4] or ()}),
            coherent_seconds=min((row[5] for row in found if row[5] is not None), default=None),
            plan=Plan.HNSW if is_near_enough else query.plan,
            filter_uses_index=search.filter is not None and search.filter.uses_index,
        )
