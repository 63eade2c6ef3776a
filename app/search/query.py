"""A query as a client sends it, and what it may ask for."""

from collections.abc import Iterable
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta, inspect

from app.errors import InvalidInputError, LimitExceededError, Location
from app.rest.struct_schemas import described
from app.search.candidate_queries import Mode
from app.settings.limits import MAX_DIMENSION
from app.vectors.limits import MAX_CONTEXT_CHARACTERS, MAX_ID_CHARACTERS

MODES = tuple(Mode)

MAX_TOP_K = 1_000
MAX_BATCH_QUERIES = 100

MAX_ANSWER_NUMBERS = MAX_TOP_K * MAX_DIMENSION
"""Numbers in the vectors of one answer, 45 MB as text: the most of one query, or of 100 of 10 results."""

MAX_ANSWER_METADATA_BYTES = 32 * 1024 * 1024
"""Metadata in one answer: twice the most that one query can find."""

MAX_SAMPLING_SEED = 2**31 - 1
"""A seed that was drawn is part of the answer; one of 31 bits is an exact integer for every client."""

LIMITS: dict[str, int] = {
    "max_top_k": MAX_TOP_K,
    "max_query_timeout_ms": 60_000,
    "max_batch_queries": MAX_BATCH_QUERIES,
    "max_query_shots": 100_000,  # a hundred times what tells a sampled score from noise in a pool of 64
    "max_answer_numbers": MAX_ANSWER_NUMBERS,
    "max_answer_metadata_bytes": MAX_ANSWER_METADATA_BYTES,
}
"""The published limits, by the names that errors give them."""

BODY: Location = ("body",)

NOT_IN_IDENTITY = frozenset({"vector", "timeout_ms", "explain", "use_cache"})
"""Members that results do not depend on; of the vector, the identity has the packed form."""


def _limited(limit: str, description: str | None = None) -> Meta:
    bounds = {"minimum": 1, "maximum": LIMITS[limit]}
    return Meta(description=description, extra_json_schema=bounds, extra={"limit": limit})


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One query. Exactly one of ``vector`` and ``id`` (of a stored vector) says what is looked for."""

    vector: Annotated[list[float] | None, described("What is looked for, of the store's dimension.")] = None
    id: Annotated[str | None, described(f"Or a stored vector; 1 to {MAX_ID_CHARACTERS} characters.")] = None
    context: Annotated[
        str | None,
        described(f"Superpositions are projected on this context; 1 to {MAX_CONTEXT_CHARACTERS} characters."),
    ] = None
    mode: Annotated[
        str,
        described("precise: exact; balanced: by the index; exploratory: a wider pool.", enum=list(MODES)),
    ] = Mode.BALANCED.value
    enable_tunneling: Annotated[
        bool, described("Rank by a quantum walk among the candidates, which finds what is near them.")
    ] = False
    top_k: Annotated[int, _limited("max_top_k")] = 10
    timeout_ms: Annotated[
        int,
        _limited(
            "max_query_timeout_ms", "Of the whole query. Out of time, the classical ranking is answered."
        ),
    ] = 5_000
    filters: Annotated[dict[str, Any] | None, described("Conditions on metadata, all must hold.")] = None
    include_vector: bool = True
    shots: Annotated[
        int | None,
        _limited(
            "max_query_shots", "Estimate the scores from so many shots; without, probabilities are exact."
        ),
    ] = None
    seed: Annotated[int | None, described("Of the shots.", minimum=0, maximum=MAX_SAMPLING_SEED)] = None
    explain: Annotated[
        bool,
        described("Describe the circuit, and store its run as an execution: needs a key of role writer."),
    ] = False
    require_quantum: Annotated[
        bool,
        described("503 unless a circuit scored at least one result, in the context if one is asked."),
    ] = False
    use_cache: bool = True

    @property
    def asks_quantum(self) -> bool:
        """Whether candidates are scored by circuits; else the query is classical."""
        return self.context is not None or self.enable_tunneling or self.shots is not None

    def identity(self, packed: bytes | None) -> bytes:
        """Return everything that the results depend on, beside what is stored; the same for equal queries.

        ``packed`` is the vector as big-endian float32 numbers.
        """
        members = {
            name: getattr(self, name) for name in self.__struct_fields__ if name not in NOT_IN_IDENTITY
        }
        return msgspec.json.encode(members) + (packed or b"")


class QueryBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Several queries of one request; the longest ``timeout_ms`` bounds them together."""

    queries: list[Query]


LIMITED_MEMBERS: dict[str, str] = {
    field.name: field.type.extra["limit"]
    for field in cast(inspect.StructType, inspect.type_info(Query)).fields
    if isinstance(field.type, inspect.Metadata) and field.type.extra
}
"""The members that are bounded by a published limit, and its name."""


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


def check(query: Query, location: Location = BODY) -> None:
    """Refuse a query that makes no sense, whatever is stored.

    Raises:
        InvalidInputError: with the place, and what would be right.
    """
    if (query.vector is None) == (query.id is None):
        raise InvalidInputError("exactly one of vector and id must be given", location)
    if query.id is not None and not 1 <= len(query.id) <= MAX_ID_CHARACTERS:
        raise InvalidInputError(f"an id has 1 to {MAX_ID_CHARACTERS} characters", (*location, "id"))
    if query.mode not in MODES:
        raise InvalidInputError(f"must be one of {', '.join(MODES)}", (*location, "mode"))
    for name, limit in LIMITED_MEMBERS.items():
        if (value := getattr(query, name)) is not None:
            _check_limit(value, limit, (*location, name))
    if query.seed is not None and not 0 <= query.seed <= MAX_SAMPLING_SEED:
        raise InvalidInputError(f"must be from 0 to {MAX_SAMPLING_SEED}", (*location, "seed"))
    if query.context is not None and not 1 <= len(query.context) <= MAX_CONTEXT_CHARACTERS:
        raise InvalidInputError(
            f"a context's name has 1 to {MAX_CONTEXT_CHARACTERS} characters", (*location, "context")
        )
    _check_quantum_options(query, location)


def result_numbers(queries: Iterable[Query], dimension: int) -> int:
    """Return how many numbers the vectors in the answer to some queries have at most."""
    return dimension * sum(query.top_k for query in queries if query.include_vector)


def check_result_numbers(queries: Iterable[Query], dimension: int) -> None:
    """Refuse queries whose answer could be too large.

    Raises:
        LimitExceededError: it could have more numbers than ``max_answer_numbers``.
    """
    numbers = result_numbers(queries, dimension)
    if numbers > MAX_ANSWER_NUMBERS:
        raise LimitExceededError(
            f"the vectors of one answer have at most {MAX_ANSWER_NUMBERS} numbers together "
            f"(max_answer_numbers): top_k × dimension, over all queries. Here they could have {numbers}; "
            "ask for fewer results at once, or with include_vector: false",
            "max_answer_numbers",
            BODY,
        )


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


def _check_limit(value: int, limit: str, location: Location) -> None:
    most = LIMITS[limit]
    if value < 1:
        raise InvalidInputError(f"must be from 1 to {most}; it is {value}", location)
    if value > most:
        raise LimitExceededError(f"must be from 1 to {most} ({limit}); it is {value}", limit, location)
