"""A query as a client sends it, and what it may ask for."""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from app.errors import InvalidInputError, LimitExceededError
from app.settings.vectors import MAX_DIMENSION
from app.vectors.filters import Filter, compile_filter
from app.vectors.limits import MAX_CONTEXT_CHARACTERS, MAX_ID_CHARACTERS
from app.vectors.vector_input import pack_numbers

MODES = ("precise", "balanced", "exploratory")

DEFAULT_TOP_K = 10
MAX_TOP_K = 1_000

DEFAULT_TIMEOUT_MS = 5_000
MAX_TIMEOUT_MS = 60_000

MAX_BATCH_QUERIES = 100

MAX_ANSWER_NUMBERS = MAX_TOP_K * MAX_DIMENSION
"""In the vectors of one answer, 45 MB as text: the most of one query, or of 100 queries of 10 results."""

MAX_ANSWER_METADATA_BYTES = 32 * 1024 * 1024
"""Metadata in one answer: twice the most that one query can find."""

MAX_QUERY_SHOTS = 100_000
"""A hundred times what a sampled score needs to be told from noise in a pool of 64."""

MAX_SEED = 2**31 - 1
"""What Aer takes."""

LIMITS: dict[str, object] = {
    "max_top_k": MAX_TOP_K,
    "max_query_timeout_ms": MAX_TIMEOUT_MS,
    "max_batch_queries": MAX_BATCH_QUERIES,
    "max_query_shots": MAX_QUERY_SHOTS,
    "max_answer_numbers": MAX_ANSWER_NUMBERS,
    "max_answer_metadata_bytes": MAX_ANSWER_METADATA_BYTES,
}
"""By the names that errors give them."""

Location = tuple[str | int, ...]


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One query. Exactly one of ``vector`` and ``id`` (of a stored vector) says what is looked for."""

    vector: list[float] | None = None
    id: str | None = None
    context: str | None = None
    mode: str = "balanced"
    enable_tunneling: bool = False
    top_k: int = DEFAULT_TOP_K
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    filters: dict[str, Any] | None = None
    include_vector: bool = True
    shots: int | None = None
    seed: int | None = None
    explain: bool = False
    require_quantum: bool = False
    use_cache: bool = True

    @property
    def asks_quantum(self) -> bool:
        """Whether candidates are scored by circuits; else the query is classical."""
        return self.context is not None or self.enable_tunneling or self.shots is not None

    def identity(self, packed: bytes | None) -> bytes:
        """Everything that the results depend on, beside what is stored; the same for equal queries.

        ``packed`` is the vector as ``pack`` gives it.
        """
        return msgspec.msgpack.encode(
            (
                packed,
                self.id,
                self.context,
                self.mode,
                self.enable_tunneling,
                self.top_k,
                msgspec.json.encode(self.filters),  # msgpack has no integers of more than 64 bits
                self.include_vector,
                self.shots,
                self.seed,
                self.require_quantum,
            )
        )


class QueryBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several queries, answered together."""

    queries: list[Query]


def check_batch(batch: QueryBatch) -> None:
    """Refuse a batch that is empty or too long, or has a query that makes no sense.

    Raises:
        InvalidInputError: with the index of the query.
    """
    count = len(batch.queries)
    if count == 0:
        raise InvalidInputError("at least one query is needed", ("body", "queries"))
    if count > MAX_BATCH_QUERIES:
        raise LimitExceededError(
            f"a batch has at most {MAX_BATCH_QUERIES} queries (max_batch_queries); this one has {count}",
            "max_batch_queries",
            ("body", "queries"),
        )
    for index, query in enumerate(batch.queries):
        check(query, ("body", "queries", index))


def check(query: Query, location: Location = ("body",)) -> None:
    """Refuse a query that makes no sense, whatever is stored.

    Raises:
        InvalidInputError: with the place, and what would be right.
    """
    _check_target(query, location)
    if query.mode not in MODES:
        raise InvalidInputError(f"must be one of {', '.join(MODES)}", (*location, "mode"))
    _check_range(query.top_k, MAX_TOP_K, "max_top_k", (*location, "top_k"))
    _check_range(query.timeout_ms, MAX_TIMEOUT_MS, "max_query_timeout_ms", (*location, "timeout_ms"))
    if query.shots is not None:
        _check_range(query.shots, MAX_QUERY_SHOTS, "max_query_shots", (*location, "shots"))
    if query.seed is not None and not 0 <= query.seed <= MAX_SEED:
        raise InvalidInputError(f"must be from 0 to {MAX_SEED}", (*location, "seed"))
    if query.context is not None and not 1 <= len(query.context) <= MAX_CONTEXT_CHARACTERS:
        raise InvalidInputError(
            f"a context's name has 1 to {MAX_CONTEXT_CHARACTERS} characters", (*location, "context")
        )
    _check_quantum_options(query, location)


def answer_numbers(queries: Iterable[Query], dimension: int) -> int:
    """How many numbers the vectors in the answer to some queries have at most."""
    return dimension * sum(query.top_k for query in queries if query.include_vector)


def check_answer_numbers(queries: Iterable[Query], dimension: int) -> None:
    """Refuse queries whose answer could be too large.

    Raises:
        LimitExceededError: it could have more numbers than ``max_answer_numbers``.
    """
    numbers = answer_numbers(queries, dimension)
    if numbers > MAX_ANSWER_NUMBERS:
        raise LimitExceededError(
            f"the vectors of one answer have at most {MAX_ANSWER_NUMBERS} numbers together "
            f"(max_answer_numbers): top_k × dimension, over all queries. Here they could have {numbers}; "
            "ask for fewer results at once, or with include_vector: false",
            "max_answer_numbers",
            ("body",),
        )


def pack(query: Query, dimension: int | None, location: Location) -> bytes | None:
    """The query vector as big-endian float32; ``None`` where a stored one is meant.

    Raises:
        InvalidInputError: it is no vector, or of another dimension than the store's (both are named).
    """
    return None if query.vector is None else pack_numbers(query.vector, dimension, (*location, "vector"))


def filter_of(query: Query, location: Location, ordered: Collection[str] = ()) -> Filter | None:
    """The query's filter, compiled; ``ordered`` as ``compile_filter`` takes it.

    Raises:
        InvalidInputError: it is not one.
    """
    if query.filters is None:
        return None
    return compile_filter(query.filters, (*location, "filters"), ordered)


def _check_target(query: Query, location: Location) -> None:
    if (query.vector is None) == (query.id is None):
        raise InvalidInputError("exactly one of vector and id must be given", location)
    if query.id is not None and not 1 <= len(query.id) <= MAX_ID_CHARACTERS:
        raise InvalidInputError(f"an id has 1 to {MAX_ID_CHARACTERS} characters", (*location, "id"))


def _check_quantum_options(query: Query, location: Location) -> None:
    if query.seed is not None and query.shots is None:
        raise InvalidInputError("a seed is for sampled scores: give shots too", (*location, "seed"))
    if query.asks_quantum:
        return
    for name in ("require_quantum", "explain"):
        if getattr(query, name):
            raise InvalidInputError(
                "needs a circuit, and this query is classical: give a context, enable_tunneling or shots",
                (*location, name),
            )


def _check_range(value: int, limit: int, name: str, location: Location) -> None:
    if value < 1:
        raise InvalidInputError(f"must be from 1 to {limit}; it is {value}", location)
    if value > limit:
        raise LimitExceededError(f"must be from 1 to {limit} ({name}); it is {value}", name, location)
