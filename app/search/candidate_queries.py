"""The SQL that finds the candidates of a query.

A pool is found by one statement, which is put together from parts. Between fixed text stand only these:

1. Whole numbers of the store, which must be constants or PostgreSQL cannot use the index.
2. Conditions in which every value is a bound parameter.
"""

# ruff: noqa: S608 - see above

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.search.store_state import STORE
from app.vectors.hnsw import IndexForm

MIN_BREADTH = 120
"""The least ``hnsw.ef_search``. In the clusters of ``benchmarks/clusters.py`` the recall at 10 is 0.97 at 128
dimensions and 0.98 at 768; 200 gives 0.98 and 0.99 in twice the time."""

MIN_NEAR_BREADTH = 200
"""The least number of near rows that are looked at for those that match."""

COMPARED_MORE = 10
"""How many more rows than a pool needs are compared by their full numbers: a cosine of 16-bit numbers is
wrong by up to some 0.0002, so that rows at the end of a pool may stand in another order."""

MAX_BREADTH = 1_000
"""The largest ``hnsw.ef_search`` that pgvector takes."""

MAX_SCAN_TUPLES = 40_000
"""The value of ``hnsw.max_scan_tuples``, twice pgvector's: how far a walk under a filter goes on."""

NEAR_POOLS = 3
"""How many pools must be found near: a walk knows the near end of what it finds well and the far end badly.
With one pool, ten of 20 found among 400, the recall at 10 fell to 0.92 (20,000 × 768)."""

CARRIERS_FACTOR = 1.2
"""How many more near rows are looked at than would have enough carriers of a context on average."""

IS_NEAR_ENOUGH = f"(SELECT count(*) FROM near) >= {NEAR_POOLS} * %(pool_size)s::int"
"""Whether enough was found near; PostgreSQL decides this once a statement, not for each row."""
MATCHING_COUNT = "(SELECT number FROM counted)"

STATE = """LEFT JOIN LATERAL (
    SELECT expires_at IS NULL OR expires_at > now() AS is_coherent,
      extract(epoch FROM expires_at - now())::float8 AS seconds
    FROM vector_states WHERE vector_id = pool.id
  ) AS state ON true"""

STORED_QUERY = "(SELECT embedding FROM vectors WHERE id = %(query_id)s::text)"
"""A query that is a stored vector."""
WEIGHT = "v.context_weights[array_position(v.context_names, %(context)s::text)]"
QUERY_BYTES = "CASE WHEN row_number() OVER () = 1 THEN substring(vector_send(query.embedding) FROM 5) END"


class Plan(StrEnum):
    """How a pool was found.

    ``EXACT``: by a scan of all vectors; ``FILTERED_EXACT``: of those that pass, or carry the context;
    ``HNSW``: any part of it by the index.
    """

    EXACT = "exact"
    FILTERED_EXACT = "filtered_exact"
    HNSW = "hnsw"


@dataclass(frozen=True)
class PoolQuery:
    """A statement that finds a pool.

    Attributes:
        vector: the query vector in SQL.
        sources: selections of (id, distance, carries), from whose union the pool is taken.
        plan: what this way is called.
        matching: a selection that ``sources`` may select from, as ``matching``.
        near: another one, as ``near``; the rest is read only if this does not fill the pool.
        by_filter_index: whether what matches is read by the index that serves the filter. Left to itself,
            PostgreSQL expects to reach a bound soon and scans the table, which took 38 ms for 6.
        has_repetitions: whether one vector may be in several sources.
    """

    vector: str
    sources: list[str]
    plan: Plan
    matching: str | None = None
    near: str | None = None
    by_filter_index: bool = False
    has_repetitions: bool = False

    def settings(self, breadth: int, *, has_filter: bool) -> dict[str, str]:
        """Return the settings with which PostgreSQL finds few rows by their key, and walks by the index.

        With a filter each query is planned for itself, since the best plan depends on the filter's values.
        Without one, planning would take longer than the walk.
        Compiling (``jit``) would take longer than anything that is read here.
        ``breadth`` says how many of the nearest a walk looks at, or begins with.
        """
        walks = self.near is not None or self.plan is Plan.HNSW
        settings = {
            "jit": "off",
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
            "plan_cache_mode": "force_custom_plan" if has_filter else "force_generic_plan",
            "enable_seqscan": "off" if self.by_filter_index else "on",
            "enable_sort": "off" if walks else "on",
        }
        if not walks:
            return settings
        return {
            **settings,
            "hnsw.ef_search": str(breadth),
            "hnsw.iterative_scan": "off" if self.near is not None else "relaxed_order",
            "hnsw.max_scan_tuples": str(MAX_SCAN_TUPLES),
        }

    def sql(self, *, has_context: bool, with_state: bool, with_text: bool, with_bytes: bool) -> str:
        """Return the statement. Each row has the store and a candidate; one row has none if there is none.

        The columns are:

        1. those of ``StoreState``,
        2. whether the query is known, whether enough is near, and how many rows are matching,
        3. the bytes of a query that is a stored vector (in the first row),
        4. the candidate's contexts, the seconds until its state expires, and those of ``Candidate``.
        """
        is_known, query_bytes, query = "true", "NULL::bytea", ""
        if self.vector == STORED_QUERY:
            is_known, query = (
                "query.embedding IS NOT NULL",
                f"CROSS JOIN (SELECT {self.vector} AS embedding) AS query",
            )
            query_bytes = QUERY_BYTES if with_bytes else query_bytes
        return f"""
WITH {"".join(self._parts())} pool AS MATERIALIZED ({self._pool()})
SELECT s.*, {is_known},
  {IS_NEAR_ENOUGH if self.near else "false"}, {MATCHING_COUNT if self.matching else "0"},
  {query_bytes},
  {"v.context_names" if has_context else "NULL::text[]"},
  {"CASE WHEN state.is_coherent THEN state.seconds END" if with_state else "NULL::float8"},
  v.id, 1 - pool.distance, v.metadata::text,
  {"coalesce(state.is_coherent, false)" if with_state else "false"},
  {WEIGHT if has_context else "NULL::float8"}, cardinality(v.context_names),
  {"v.embedding::text" if with_text else "NULL::text"},
  {"substring(vector_send(v.embedding) FROM 5)" if with_bytes else "NULL::bytea"}
FROM ({STORE}) AS s {query} LEFT JOIN (
  pool JOIN vectors AS v ON v.id = pool.id {STATE if with_state else ""}
) ON true"""

    def _parts(self) -> Iterator[str]:
        if self.near:
            yield f"near AS MATERIALIZED ({self.near}),"
        if self.matching:
            yield f"matching AS MATERIALIZED ({self.matching}),"
            yield "counted AS MATERIALIZED (SELECT count(*) AS number FROM matching),"

    def _pool(self) -> str:
        found = f"({' UNION ALL '.join(self.sources)}) AS found"
        if self.has_repetitions:
            columns = "id, min(distance) AS distance, bool_or(carries) AS carries"
            found = f"(SELECT {columns} FROM {found} GROUP BY id) AS found"
        return f"""
  SELECT id, distance, carries FROM {found}
  ORDER BY carries DESC, distance, id LIMIT %(pool_size)s::int"""


@dataclass(frozen=True, kw_only=True)
class CandidateQueries:
    """The pool queries of one search in a store without an index.

    Attributes:
        where: the filter in SQL.
        by_id: whether the query is a stored vector.
    """

    where: str
    by_id: bool
    has_filter: bool
    has_context: bool

    def scan(self) -> PoolQuery:
        """Read every row that passes the filter."""
        plan = Plan.FILTERED_EXACT if self.has_filter else Plan.EXACT
        return PoolQuery(self.vector, [self._nearest(self.where)], plan)

    @property
    def vector(self) -> str:
        """The query vector in SQL."""
        if self.by_id:
            return STORED_QUERY
        return "%(query)s::vector"

    @property
    def _carries(self) -> str:
        return "context_names @> ARRAY[%(context)s::text]" if self.has_context else "false"

    def _nearest(self, where: str) -> str:
        """Select the nearest of all rows that pass, those that carry the context first."""
        return f"""
    (SELECT id, embedding <=> {self.vector} AS distance, {self._carries} AS carries FROM vectors WHERE {where}
     ORDER BY carries DESC, distance, id LIMIT %(pool_size)s::int)"""


@dataclass(frozen=True, kw_only=True)
class IndexedQueries(CandidateQueries):
    """The pool queries of one search in a store with an HNSW index.

    Attributes:
        most: up to how many matching rows are read.
        dimension: of the store's vectors.
        generation: of the index in use.
        form: of that index.
    """

    most: int
    dimension: int
    generation: int
    form: IndexForm

    @property
    def carriers(self) -> str:
        """The condition that a row passes the filter and carries the context."""
        return f"({self.where}) AND {self._carries}"

    def few(self, where: str) -> PoolQuery:
        """Read every row that passes, unless there are too many."""
        matching = self._matching(where, self.most)
        return PoolQuery(self.vector, [self._all_matching(self.most)], Plan.FILTERED_EXACT, matching)

    def few_by_filter_index(self, most: int) -> PoolQuery:
        """Read every row that passes, by the index that serves the filter, up to ``most``."""
        matching, sources = self._matching(self.where, most), [self._all_matching(most)]
        return PoolQuery(self.vector, sources, Plan.FILTERED_EXACT, matching, by_filter_index=True)

    def near_or_few(self, near: str, where: str) -> PoolQuery:
        """Look near the query first; only if too few there pass ``near``, read every row that passes.

        As right as the index: what is not among its nearest is further than all that were found.
        """
        all_near = f"""
    (SELECT id, distance, carries FROM near WHERE {IS_NEAR_ENOUGH}
     ORDER BY distance, id LIMIT %(pool_size)s::int)
    UNION ALL {self._nearest(f"{IS_NEAR_ENOUGH} AND {self._is_unindexed} AND ({near})")}"""
        matching = self._matching(f"NOT {IS_NEAR_ENOUGH} AND ({where})", self.most)
        sources = [all_near, self._all_matching(self.most)]
        return PoolQuery(self.vector, sources, Plan.FILTERED_EXACT, matching, self._near(near))

    def walk(self, where: str) -> PoolQuery:
        """Walk the index, and read what is not in it."""
        return PoolQuery(self.vector, [self._walk(where)], Plan.HNSW)

    def carriers_first(self) -> PoolQuery:
        """Read the few rows that carry the context, and fill up by the index."""
        sources = [self._nearest(self.carriers), self._walk(self.where)]
        return PoolQuery(self.vector, sources, Plan.HNSW, has_repetitions=True)

    @property
    def _order(self) -> str:
        """What the index is walked by."""
        return self.form.distance(self.vector, self.dimension)

    @property
    def _is_unindexed(self) -> str:
        return f"(indexed_in IS NULL OR indexed_in > {self.generation})"

    def _near(self, where: str) -> str:
        """Select what passes of the index's nearest rows, as far as one walk without the filter goes."""
        return f"""
  SELECT id, distance, carries FROM (
    SELECT id, embedding <=> {self.vector} AS distance, {self._carries} AS carries, {where} AS passes
    FROM vectors WHERE indexed_in <= {self.generation} ORDER BY {self._order} LIMIT %(breadth)s::int
  ) AS walked WHERE passes"""

    def _matching(self, where: str, most: int) -> str:
        """Select the rows that pass, in no order, up to one more than ``most``."""
        return f"""
  SELECT id, embedding <=> {self.vector} AS distance, {self._carries} AS carries FROM vectors
  WHERE {where} LIMIT {most + 1}"""

    @staticmethod
    def _all_matching(most: int) -> str:
        """Select the nearest of the matching rows, if there are not more than ``most``; else none."""
        return f"""
    (SELECT id, distance, carries FROM matching WHERE {MATCHING_COUNT} <= {most}
     ORDER BY carries DESC, distance, id LIMIT %(pool_size)s::int)"""

    def _walk(self, where: str) -> str:
        """Select the nearest by the index, and the nearest of what is not in it yet.

        Where sorting is switched off, the first can only be a walk of the index. What it finds is compared
        by the full numbers.
        """
        return f"""
    (SELECT id, embedding <=> {self.vector} AS distance, {self._carries} AS carries FROM (
       SELECT id, embedding, context_names FROM vectors
       WHERE indexed_in <= {self.generation} AND ({where})
       ORDER BY {self._order} LIMIT %(walked)s::int) AS walked)
    UNION ALL {self._nearest(f"{self._is_unindexed} AND ({where})")}"""
