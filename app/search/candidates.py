"""The pool of candidates of a query, all of it read in one statement and so in one snapshot.

How it is found depends on what is asked. ``precise`` scans, and so does every query of a store without an
HNSW index. Otherwise the matching rows are counted up to a bound: few are filtered first and then scanned,
since an index walked under a narrow filter gives full but wrong answers; many are looked for in the index.
What the indexer has not moved over yet is scanned beside it, so that a query sees every committed vector.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.search import statements
from app.search.pipelined import PackedVector, Parameters, run
from app.vectors.filters import Filter

MAX_EXACT_ROWS = 10_000
"""How many matching rows are scanned rather than looked for in the index."""

MAX_EXACT_NUMBERS = 2_000_000
"""The same by the numbers in their vectors, if that is less."""

MIN_BREADTH = 200
"""Of ``hnsw.ef_search``: at 200 the recall at 10 was 1.0 where it was 0.80 at pgvector's 40."""

MAX_BREADTH = 1_000
"""pgvector's largest ``hnsw.ef_search``."""

FILTERED_SCAN_TUPLES = 40_000
"""Of ``hnsw.max_scan_tuples``, twice pgvector's: how far a walk under a filter goes on."""

_DIALECT = psycopg_dialect.dialect()  # type: ignore[no-untyped-call]


class Mode(StrEnum):
    """How widely a query looks for candidates."""

    PRECISE = "precise"
    BALANCED = "balanced"
    EXPLORATORY = "exploratory"


POOL_SIZES = {Mode.PRECISE: 64, Mode.BALANCED: 64, Mode.EXPLORATORY: 256}
"""Candidates of a query; more if more are asked for."""


class Plan(StrEnum):
    """How a pool was found: by a scan of all vectors, of those that pass the filter, or by the index.

    ``HNSW`` where any part of the pool came from the index.
    """

    EXACT = "exact"
    FILTERED_EXACT = "filtered_exact"
    HNSW = "hnsw"


class StoreState(NamedTuple):
    """What holds for all vectors together; ``version`` is raised by every write, ``epoch`` by a restore."""

    dimension: int
    epoch: UUID
    version: int
    index_generation: int | None


@dataclass(frozen=True, kw_only=True)
class CandidateSearch:
    """What is looked for.

    Attributes:
        vector: the query as big-endian float32 numbers, as many as the store's dimension; or
        vector_id: the id of the stored vector that is the query.
        pool_size: how many candidates, if there are as many; see ``pool_size()``.
        context: vectors that carry it come first, the others fill the pool up.
        timeout_ms: of each statement; there are at most three.
        with_text: whether each candidate has its vector as text.
        with_bytes: whether each candidate, and the query, has its vector as bytes.
        max_exact_rows: up to how many matching rows are scanned; ``None`` for what suits the dimension.
    """

    vector: bytes | None = None
    vector_id: str | None = None
    mode: Mode = Mode.BALANCED
    pool_size: int = POOL_SIZES[Mode.BALANCED]
    context: str | None = None
    filter: Filter | None = None
    timeout_ms: int = 5_000
    with_text: bool = False
    with_bytes: bool = False
    max_exact_rows: int | None = None


class Candidate(msgspec.Struct, frozen=True):
    """One vector of the pool.

    Attributes:
        id: the vector's.
        classical_score: the cosine of its angle to the query.
        metadata: as JSON text.
        is_coherent: whether its quantum state is there and has not expired.
        context_weight: of the asked context in its superposition; ``None`` if it does not carry it, or none
            is asked.
        context_count: how many contexts it has.
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
    numbers: bytes | None


@dataclass(frozen=True)
class Candidates:
    """A pool, the nearest first, as one snapshot showed it.

    Attributes:
        store: the store in the same snapshot, so that an answer can be kept under its version.
        query: the query as big-endian float32 numbers, if bytes were asked for and there is a candidate.
        contexts_in_pool: how many different contexts the candidates carry, where one is asked.
        coherent_seconds: until the first coherent state of the pool expires; ``None`` if none will.
        filter_uses_index: whether there is a filter that an index can serve.
    """

    store: StoreState
    rows: list[Candidate]
    query: bytes | None
    contexts_in_pool: int
    coherent_seconds: float | None
    plan: Plan
    filter_uses_index: bool


class _Legs(NamedTuple):
    """The selections whose union is the pool, and how they read."""

    selections: list[str]
    plan: Plan


def pool_size(mode: Mode, top_k: int) -> int:
    """How many candidates a query of a mode takes."""
    return max(POOL_SIZES[mode], top_k)


def read_store(session: Session) -> StoreState | None:
    """The state of the store; ``None`` before the first insert."""
    row = session.connection().exec_driver_sql(statements.STORE).one_or_none()
    return None if row is None else StoreState(*row)


def find_candidates(session: Session, store: StoreState, search: CandidateSearch) -> Candidates:
    """The pool of a query.

    ``store`` may be a little old: it helps to choose the plan, and the answer brings its own.

    Raises:
        NotFoundError: the query is the id of a vector that is not there.
        OutOfTimeError: a statement took longer than ``timeout_ms``.
        UnavailableError: PostgreSQL does not answer.
    """
    where, parameters = _conditions(search)
    legs = _legs(session, store, search, where, parameters)
    found = _read(session, search, legs, parameters)
    if legs.plan is Plan.HNSW and len(found.rows) < search.pool_size:
        # the walk gave up early, or there are no more vectors: only a scan can tell
        found = _read(session, search, _scan_of(search, where), parameters)
    return found


def embedding_texts(session: Session, candidates: Sequence[Candidate]) -> dict[str, str]:
    """The vectors of candidates that were read with their bytes, as JSON text by id.

    Writing the numbers of a whole pool takes longer than finding it, so it is done for those answered. They
    are the snapshot's numbers: what was changed or deleted since is written from its bytes.
    """
    ids = [each.id for each in candidates]
    rows = session.connection().exec_driver_sql(statements.TEXTS, {"ids": ids}).all()
    stored = {(row[0], bytes(row[2])): row[1] for row in rows}
    return {
        each.id: stored.get((each.id, each.numbers)) or _text(each.numbers)
        for each in candidates
        if each.numbers is not None
    }


def _text(numbers: bytes) -> str:
    """Nine digits name every float32."""
    return "[" + ",".join(f"{each:.9g}" for (each,) in struct.iter_unpack(">f", numbers)) + "]"


def _conditions(search: CandidateSearch) -> tuple[str, Parameters]:
    """The filter as SQL, and every bound value."""
    parameters: dict[str, object] = {"pool_size": search.pool_size}
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


def _legs(
    session: Session, store: StoreState, search: CandidateSearch, where: str, parameters: Parameters
) -> _Legs:
    generation = store.index_generation
    if search.mode is Mode.PRECISE or generation is None:
        return _scan_of(search, where)
    query, carries = _query_of(search), _carries_of(search)

    def walk(condition: str) -> str:
        return statements.walk(query, condition, carries, store.dimension, generation)

    if search.filter is None and search.context is None:
        return _Legs([walk("true")], Plan.HNSW)
    most = _most_exact_rows(store, search)
    sql = statements.counts(where, carries, most + 1)
    [(matching, carrying)] = run(session, _settings(search), sql, parameters)
    if search.filter is not None and matching <= most:
        return _scan_of(search, where)
    if search.context is None:
        return _Legs([walk(where)], Plan.HNSW)
    carriers = f"({where}) AND {carries}"
    if carrying > most:
        return _Legs([walk(carriers)], Plan.HNSW)
    if carrying >= search.pool_size:
        return _Legs([statements.scan(query, carriers, carries)], Plan.FILTERED_EXACT)
    return _Legs([statements.scan(query, carriers, carries), walk(where)], Plan.HNSW)


def _scan_of(search: CandidateSearch, where: str) -> _Legs:
    selection = statements.scan(_query_of(search), where, _carries_of(search))
    return _Legs([selection], Plan.EXACT if search.filter is None else Plan.FILTERED_EXACT)


def _query_of(search: CandidateSearch) -> str:
    return statements.BY_ID if search.vector is None else statements.BY_VECTOR


def _carries_of(search: CandidateSearch) -> str:
    return "false" if search.context is None else statements.CARRIES


def _most_exact_rows(store: StoreState, search: CandidateSearch) -> int:
    most = search.max_exact_rows
    if most is None:
        most = min(MAX_EXACT_ROWS, MAX_EXACT_NUMBERS // store.dimension)
    return max(most, search.pool_size)


def _settings(search: CandidateSearch) -> dict[str, str]:
    return {"statement_timeout": str(max(1, search.timeout_ms))}


def _reading_settings(search: CandidateSearch, legs: _Legs) -> dict[str, str]:
    """What makes PostgreSQL read as planned: details of the few found by key, and the walk by the index."""
    settings = {**_settings(search), "enable_hashjoin": "off", "enable_mergejoin": "off"}
    if legs.plan is not Plan.HNSW:
        return settings
    is_narrowed = search.filter is not None or search.context is not None
    breadth = max(MIN_BREADTH, search.pool_size) * (2 if is_narrowed else 1)
    return {
        **settings,
        "enable_sort": "off",
        "hnsw.ef_search": str(min(breadth, MAX_BREADTH)),
        "hnsw.iterative_scan": "relaxed_order",
        "hnsw.max_scan_tuples": str(FILTERED_SCAN_TUPLES),
    }


def _read(session: Session, search: CandidateSearch, legs: _Legs, parameters: Parameters) -> Candidates:
    sql = statements.pool(
        _query_of(search),
        legs.selections,
        has_context=search.context is not None,
        with_text=search.with_text,
        with_bytes=search.with_bytes,
    )
    rows = run(session, _reading_settings(search, legs), sql, parameters)
    is_known, query = rows[0][4:6]
    if not is_known:
        raise NotFoundError(f"There is no vector {search.vector_id!r}.")
    found = [row for row in rows if row[8] is not None]
    candidates = [Candidate(*row[8:]) for row in found]
    candidates.sort(key=lambda each: (-each.classical_score, each.id))
    contexts = {name for row in found for name in row[6] or ()}
    expiries = [row[7] for row in found if row[7] is not None]
    return Candidates(
        store=StoreState(*rows[0][:4]),
        rows=candidates,
        query=query,
        contexts_in_pool=len(contexts),
        coherent_seconds=min(expiries, default=None),
        plan=legs.plan,
        filter_uses_index=search.filter is not None and search.filter.uses_index,
    )
