"""The statement that finds a pool of candidates, put together from its parts.

``app.search.candidate_queries`` says what may stand in them.
"""

# ruff: noqa: S608 - see there

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.search.store import STORE
from app.vectors.waiting_index import PROBES

MAX_SCAN_TUPLES = 40_000
"""The value of ``hnsw.max_scan_tuples``, twice pgvector's: how far a walk under a filter goes on."""

IS_NEAR_ENOUGH = "(SELECT count(*) FROM near) >= %(enough)s::int"
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
        goes_on: whether a walk that finds too few looks further. It must keep all rows that it has passed, a
            tenth of its time.
    """

    vector: str
    sources: list[str]
    plan: Plan
    matching: str | None = None
    near: str | None = None
    by_filter_index: bool = False
    has_repetitions: bool = False
    goes_on: bool = False

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
        goes_on = "relaxed_order" if self.goes_on else "off"
        return {
            **settings,
            "hnsw.ef_search": str(breadth),
            "hnsw.iterative_scan": goes_on,
            "hnsw.max_scan_tuples": str(MAX_SCAN_TUPLES),
            "ivfflat.probes": str(PROBES),
            "ivfflat.iterative_scan": goes_on,
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
