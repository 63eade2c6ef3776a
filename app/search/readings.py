"""The ways in which the pool of one search can be read."""

from dataclasses import dataclass
from enum import StrEnum

from app.search import selections

MIN_BREADTH = 200
"""Of ``hnsw.ef_search``: at 200 the recall at 10 was 1.0 where it was 0.80 at pgvector's 40."""

MAX_BREADTH = 1_000
"""pgvector's largest ``hnsw.ef_search``."""

MAX_SCAN_TUPLES = 40_000
"""Of ``hnsw.max_scan_tuples``, twice pgvector's: how far a walk under a filter goes on."""


class Plan(StrEnum):
    """How a pool was found.

    ``EXACT``: by a scan of all vectors; ``FILTERED_EXACT``: of those that pass the filter or carry the
    context; ``HNSW``: any part of it by the index.
    """

    EXACT = "exact"
    FILTERED_EXACT = "filtered_exact"
    HNSW = "hnsw"


@dataclass(frozen=True)
class Reading:
    """A way to read a pool.

    Attributes:
        query: the query vector in SQL.
        found: selections of (id, distance, carries) whose union the pool is taken from.
        plan: what this is called.
        matching: a selection that ``found`` may select from.
        near: another; the rest is read only if it does not fill the pool.
        by_filter_index: whether what matches is read by the index that serves the filter: left to itself,
            PostgreSQL expects a bound to be reached soon and scans the table, which took 38 ms for 6.
    """

    query: str
    found: list[str]
    plan: Plan
    matching: str = selections.NO_ROWS
    near: str | None = None
    by_filter_index: bool = False

    def settings(self, breadth: int, *, has_filter: bool) -> dict[str, str]:
        """What makes PostgreSQL read like this: the few found by key, and walks by the index.

        How a filter is best read depends on its values, so that each is planned for itself. Compiling
        would take longer than anything that is read here.

        Args:
            breadth: how many of the nearest a walk looks at, or begins with.
        """
        settings = {
            "jit": "off",
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
            "plan_cache_mode": "force_custom_plan" if has_filter else "auto",
            "enable_seqscan": "off" if self.by_filter_index else "on",
        }
        if self.near is None and self.plan is not Plan.HNSW:
            return settings
        return {
            **settings,
            "enable_sort": "off",
            "hnsw.ef_search": str(breadth),
            "hnsw.iterative_scan": "off" if self.near is not None else "relaxed_order",
            "hnsw.max_scan_tuples": str(MAX_SCAN_TUPLES),
        }


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Makes the readings of one search.

    Attributes:
        where: the filter in SQL.
        by_id: whether the query is a stored vector.
        most: up to how many matching rows are read.
        dimension: of the store's vectors.
        generation: of the index in use; ``None`` without one.
    """

    where: str
    by_id: bool
    has_filter: bool
    has_context: bool
    most: int
    dimension: int
    generation: int | None

    @property
    def carriers(self) -> str:
        """The rows that pass the filter and carry the context."""
        return f"({self.where}) AND {self._carries}"

    def scan(self) -> Reading:
        """Read every row that passes the filter."""
        found = selections.scan(self._query, self.where, self._carries)
        return Reading(self._query, [found], Plan.FILTERED_EXACT if self.has_filter else Plan.EXACT)

    def few(self, where: str) -> Reading:
        """Read every row that passes, unless there are too many."""
        matching = selections.matching(self._query, where, self._carries, self.most)
        return Reading(self._query, [selections.all_matching(self.most)], Plan.FILTERED_EXACT, matching)

    def few_by_filter_index(self, most: int) -> Reading:
        """Read every row that passes, by the index that serves the filter, up to ``most``."""
        matching = selections.matching(self._query, self.where, self._carries, most)
        found = [selections.all_matching(most)]
        return Reading(self._query, found, Plan.FILTERED_EXACT, matching, by_filter_index=True)

    def near_or_few(self, near: str, where: str) -> Reading:
        """Look near the query first; only if too few there pass ``near``, read every row that passes.

        As right as the index: what is not among its nearest is further than all that were found.
        """
        matching = selections.matching(
            self._query, f"NOT {selections.IS_NEAR_ENOUGH} AND ({where})", self._carries, self.most
        )
        found = [
            selections.all_near(self._query, near, self._carries, self._generation),
            selections.all_matching(self.most),
        ]
        looked = selections.near(self._query, near, self._carries, self.dimension, self._generation)
        return Reading(self._query, found, Plan.FILTERED_EXACT, matching, looked)

    def walk(self, where: str) -> Reading:
        """Walk the index, and read what is not in it; there must be one."""
        return Reading(self._query, [self._walk(where)], Plan.HNSW)

    def carriers_first(self) -> Reading:
        """Read the few rows that carry the context, and fill up by the index."""
        found = selections.scan(self._query, self.carriers, self._carries)
        return Reading(self._query, [found, self._walk(self.where)], Plan.HNSW)

    def _walk(self, where: str) -> str:
        return selections.walk(self._query, where, self._carries, self.dimension, self._generation)

    @property
    def _generation(self) -> int:
        assert self.generation is not None  # noqa: S101 - else everything is scanned
        return self.generation

    @property
    def _query(self) -> str:
        return selections.BY_ID if self.by_id else selections.BY_VECTOR

    @property
    def _carries(self) -> str:
        return selections.CARRIES if self.has_context else "false"
