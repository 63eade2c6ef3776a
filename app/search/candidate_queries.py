"""What candidates a query looks for, and the SQL that finds them.

A pool is found by one statement, which is put together from parts. Between fixed text stand only these:

1. Whole numbers of the store, which must be constants or PostgreSQL cannot use the index.
2. Conditions in which every value is a bound parameter.
"""

# ruff: noqa: S608 - see above

import math
from dataclasses import dataclass
from enum import StrEnum

from app.search.pool_query import IS_NEAR_ENOUGH, MATCHING_COUNT, STORED_QUERY, Plan, PoolQuery
from app.vectors.filters import Filter
from app.vectors.hnsw import IndexForm

MIN_BREADTH = 120
"""The least ``hnsw.ef_search``. In the clusters of ``benchmarks/clusters.py`` the recall at 10 is 0.97 at 128
dimensions and 0.98 at 768; 200 gives 0.98 and 0.99 in twice the time."""

MIN_NEAR_BREADTH = 200
"""The least number of near rows that are looked at for those that match."""

NEAR_POOLS = 3
"""How many pools must be found near: a walk knows the near end of what it finds well and the far end badly.
With one pool, ten of 20 found among 400, the recall at 10 fell to 0.92 (20,000 × 768)."""

CARRIED_POOLS = 2
"""The same where only a context narrows a query; its pool is 64 at least. Of the ten nearest carriers it has
0.977 at 50,000 × 128 and 0.986 at 20,000 × 768; with three pools 0.986 and 0.990, in 1.4 times the time."""

COMPARED_MORE = 10
"""How many more rows than a pool needs are compared by their full numbers: a cosine of 16-bit numbers is
wrong by up to some 0.0002, so that rows at the end of a pool may stand in another order."""

MAX_BREADTH = 1_000
"""The largest ``hnsw.ef_search`` that pgvector takes."""

CARRIERS_FACTOR = 1.2
"""How many more near rows are looked at than would have enough carriers of a context on average."""


class Mode(StrEnum):
    """How widely a query looks for candidates."""

    PRECISE = "precise"
    BALANCED = "balanced"
    EXPLORATORY = "exploratory"


POOL_SIZES = {Mode.PRECISE: 64, Mode.BALANCED: 64, Mode.EXPLORATORY: 256}
"""Candidates of a query; more if more are asked for."""


@dataclass(frozen=True, kw_only=True)
class CandidateSearch:
    """The parameters of a search for candidates.

    Attributes:
        vector: the query as big-endian float32 numbers; ``None`` where it is a stored vector.
        vector_id: the id of that stored vector.
        pool_size: how many candidates, if there are as many.
        context: vectors that carry it come first, the others fill the pool up.
        context_share: how many of all vectors carry it, 0 to 1, if that is known.
        timeout_ms: of each statement; there are at most five.
        with_state: whether the candidates' quantum states are read; else none counts as coherent.
        with_text, with_bytes: whether each candidate has its vector so (the query as bytes too).
    """

    vector: bytes | None = None
    vector_id: str | None = None
    mode: Mode = Mode.BALANCED
    pool_size: int = POOL_SIZES[Mode.BALANCED]
    context: str | None = None
    context_share: float | None = None
    filter: Filter | None = None
    timeout_ms: int = 5_000
    with_state: bool = True
    with_text: bool = False
    with_bytes: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether some vectors must not be in the pool, or only fill it up."""
        return self.filter is not None or self.context is not None

    @property
    def breadth(self) -> int:
        """How many of the nearest a walk looks at; enough of them carry a context that is not rare."""
        least = MIN_NEAR_BREADTH if self.is_narrowed else MIN_BREADTH
        factor = 2 if self.filter is not None and not self.filter.uses_index else 1
        looked_at = max(least, self.enough + self.pool_size) * factor
        if self.context_share and not self.has_rare_context:
            looked_at = max(looked_at, math.ceil(self._wanted_carriers / self.context_share))
        return min(looked_at, MAX_BREADTH)

    @property
    def enough(self) -> int:
        """How many of the rows that are found near must pass: what a walk finds last, it finds badly."""
        has_only_context = self.context is not None and self.filter is None
        return (CARRIED_POOLS if has_only_context else NEAR_POOLS) * self.pool_size

    @property
    def has_rare_context(self) -> bool:
        """Whether the context is so rare that a walk of the index does not find enough vectors with it."""
        return self.context_share is not None and self._wanted_carriers > self.context_share * MAX_BREADTH

    @property
    def _wanted_carriers(self) -> float:
        return CARRIERS_FACTOR * self.enough

    @property
    def walked(self) -> int:
        """How many of them are compared by their full numbers."""
        return min(self.pool_size + COMPARED_MORE, max(self.pool_size, self.breadth))


def pool_size(mode: Mode, top_k: int) -> int:
    """Return how many candidates a query of a mode takes."""
    return max(POOL_SIZES[mode], top_k)


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
        waiting: the generation beside which the index of waiting rows stands, if there is one.
    """

    most: int
    dimension: int
    generation: int
    form: IndexForm
    waiting: int | None = None

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
    UNION ALL {self._nearest(f"{IS_NEAR_ENOUGH} AND {self._unindexed(near)}")}"""
        matching = self._matching(f"NOT {IS_NEAR_ENOUGH} AND ({where})", self.most)
        sources = [all_near, self._all_matching(self.most)]
        return PoolQuery(self.vector, sources, Plan.FILTERED_EXACT, matching, self._near(near))

    def walk(self, where: str) -> PoolQuery:
        """Walk the index, on and on until enough pass, and read what is not in it."""
        return PoolQuery(self.vector, [self._walk(where)], Plan.HNSW, goes_on=True)

    def walk_once(self) -> PoolQuery:
        """Walk the index, and read what is not in it; what the walk has found is counted."""
        unindexed = self._nearest(self._unindexed("true"))
        found = f"SELECT id, distance, carries FROM matching UNION ALL {unindexed}"
        return PoolQuery(self.vector, [found], Plan.HNSW, matching=self._walked("true"))

    def carriers_first(self) -> PoolQuery:
        """Read the few rows that carry the context, and fill up by the index."""
        sources = [self._nearest(self.carriers), self._walk(self.where)]
        return PoolQuery(self.vector, sources, Plan.HNSW, has_repetitions=True, goes_on=True)

    def _unindexed(self, where: str) -> str:
        """The condition that a row is in none of the indexes, which few are, and passes.

        ``IS TRUE`` keeps PostgreSQL from reading whole parts of the indexes of contexts and of metadata for
        those few: all carriers of a context took 1.5 ms where they were 5,300.
        """
        passes = f"({where}) IS TRUE"
        if self.has_waiting_index:
            return f"indexed_in IS NULL AND {passes}"
        return f"(indexed_in IS NULL OR indexed_in > {self.generation}) AND {passes}"

    @property
    def has_waiting_index(self) -> bool:
        """Whether the index of waiting rows belongs to the HNSW index in use, not to a former one."""
        return self.waiting == self.generation

    @property
    def _indexed(self) -> list[tuple[str, IndexForm]]:
        """The rows and the form of each index."""
        indexed = [(f"indexed_in <= {self.generation}", self.form)]
        if self.has_waiting_index:
            indexed.append((f"indexed_in > {self.generation}", IndexForm.HALF))
        return indexed

    def _nearest_indexed(self, columns: str, where: str, limit: str) -> str:
        """Select the nearest rows of each index, in no order.

        Where sorting is switched off, this can only be a walk of the index.
        """
        return " UNION ALL ".join(
            f"""
    (SELECT {columns} FROM vectors WHERE {rows} AND ({where})
     ORDER BY {form.distance(self.vector, self.dimension)} LIMIT %({limit})s::int)"""
            for rows, form in self._indexed
        )

    def _near(self, where: str) -> str:
        """Select what passes of the indexes' nearest rows, as far as one walk without the filter goes."""
        columns = (
            f"id, embedding <=> {self.vector} AS distance, {self._carries} AS carries, {where} AS passes"
        )
        walked = self._nearest_indexed(columns, "true", "breadth")
        return f"""
  SELECT id, distance, carries FROM ({walked}
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
        """Select the nearest by the indexes, and the nearest of what is in none yet."""
        return f"{self._walked(where)} UNION ALL {self._nearest(self._unindexed(where))}"

    def _walked(self, where: str) -> str:
        """Select the nearest by the indexes; what a walk finds is compared by the full numbers."""
        walked = self._nearest_indexed("id, embedding, context_names", where, "walked")
        return f"""
    (SELECT id, embedding <=> {self.vector} AS distance, {self._carries} AS carries
     FROM ({walked}) AS walked)"""
