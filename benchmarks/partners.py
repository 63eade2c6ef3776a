"""Updating a vector that 50 entangled partners follow, over HTTP, next to the raw SQL of the same 51 updates.

Both commit with fsync. The raw statements run on a bare table with the same vectors, first without an HNSW
index, then under one.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from types import TracebackType

import msgspec
import psycopg
from psycopg import sql

from benchmarks import report
from benchmarks.client import Connection, checked, timed
from benchmarks.clusters import Clusters, Numbers
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Times
from benchmarks.vector_bodies import batch_body
from benchmarks.vector_stack import VectorStack, started_vector_stack

PARTNERS = 50
DIMENSION = 768
FEW = 900
"""Too few for an HNSW index."""

MANY = 5_000
STRENGTH = 0.8
GOAL_TIMES = 3.0
WARM_UP = 5

CREATE = "CREATE TABLE raw_partners (id text PRIMARY KEY, embedding vector({}))"
NEW_VECTORS = """
    UPDATE raw_partners AS r SET embedding = given.embedding::vector
    FROM unnest(%s::text[], %s::text[]) AS given (id, embedding) WHERE r.id = given.id
"""
SHARED_STEP = """
    UPDATE raw_partners AS r
    SET embedding = CASE WHEN r.id = %(id)s THEN %(new)s::vector ELSE r.embedding + %(step)s::vector END
    WHERE r.id = ANY(%(ids)s)
"""


def run(options: Options) -> None:
    """Measure without an index, then with one."""
    for rows, repeats, has_index in ((FEW, options.repeats, False), (MANY, options.repeats // 4, True)):
        index = "under HNSW" if has_index else "without HNSW"
        report.section(f"partners: a vector and its {PARTNERS} partners, {rows:,} × {DIMENSION}, {index}")
        data = Clusters(rows, DIMENSION)
        with started_vector_stack() as stack, RawPartners(stack.database_url, data, has_index) as raw:
            _fill(stack, data)
            if has_index:
                report.note(f"indexed in {stack.wait_until_indexed():.1f} s")
            wait_for_quiet()
            _measure(stack, raw, data.queries(repeats + WARM_UP), has_index)


class RawPartners(AbstractContextManager["RawPartners"]):
    """One connection, and a bare table with the vectors."""

    def __init__(self, url: str, data: Clusters, has_index: bool) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self._connection.execute("DROP TABLE IF EXISTS raw_partners")
        self._connection.execute(sql.SQL(CREATE).format(sql.Literal(data.dimension)))
        copying = "COPY raw_partners FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(copying) as copy:
            for place, vector in enumerate(data.vectors):
                copy.write_row((f"v{place}", text_of(vector)))
        if has_index:
            self._connection.execute("CREATE INDEX ON raw_partners USING hnsw (embedding vector_cosine_ops)")
        self._connection.execute("VACUUM (ANALYZE) raw_partners")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.execute("DROP TABLE raw_partners")
        self._connection.close()

    def set_all(self, ids: Sequence[str], vectors: Sequence[str]) -> None:
        """Set each row to a vector of its own, in one statement."""
        self._connection.execute(NEW_VECTORS, [list(ids), list(vectors)])

    def move_all(self, ids: Sequence[str], new: str, step: str) -> None:
        """Set the first row, and add one step to all others, in one statement."""
        self._connection.execute(SHARED_STEP, {"id": ids[0], "new": new, "step": step, "ids": list(ids)})


def text_of(vector: Numbers) -> str:
    """A vector as pgvector reads it."""
    return msgspec.json.encode(vector.tolist()).decode()


def _fill(stack: VectorStack, data: Clusters) -> None:
    """Store the vectors; the first 51 are entangled."""
    members = [f"v{place}" for place in range(PARTNERS + 1)]
    group = {"group_id": "g", "entity_ids": members, "correlation_strength": STRENGTH}
    with stack.connection() as connection:
        for start in range(0, data.rows, 1_000):
            rows = slice(start, start + 1_000)
            ids = [f"v{place}" for place in range(data.rows)[rows]]
            checked(
                connection.post("/v2/vectors/batch", batch_body(ids, data.vectors[rows], data.groups[rows]))
            )
        checked(connection.post("/v2/entanglement/groups", msgspec.json.encode(group)))


def _put(connection: Connection, vector_id: str, body: bytes) -> None:
    checked(connection.request("PUT", f"/v2/vectors/{vector_id}", body))


def _measure(stack: VectorStack, raw: RawPartners, vectors: Numbers, has_index: bool) -> None:
    """All ways in turn, each with values that were written out before the clock runs."""
    ids = [f"v{place}" for place in range(PARTNERS + 1)]
    seen: dict[str, list[float]] = {"alone": [], "partners": [], "raw": [], "shared": []}
    with stack.connection() as connection:
        for place, vector in enumerate(vectors):
            body = msgspec.json.encode({"vector": vector.tolist()})
            each = [text_of(vector + 0.01 * number) for number in range(len(ids))]
            step = text_of((vector - vectors[place - 1]) * STRENGTH)
            if has_index:  # each update finds all 51 rows in the index
                stack.wait_until_indexed()
            taken = {
                "partners": timed(partial(_put, connection, "v0", body))[0],
                "raw": timed(partial(raw.set_all, ids, each))[0],
                "shared": timed(partial(raw.move_all, ids, each[0], step))[0],
                "alone": timed(partial(_put, connection, "v99", body))[0],
            }
            for name, milliseconds in taken.items() if place >= WARM_UP else ():
                seen[name].append(milliseconds)
    times = {name: Times(milliseconds) for name, milliseconds in seen.items()}
    report.times("PUT of a vector without partners", times["alone"])
    report.times(f"PUT of a vector with {PARTNERS} partners", times["partners"])
    report.times("raw SQL: 51 given vectors, one statement", times["raw"])
    report.times("raw SQL: one given vector, one step for the others", times["shared"])
    report.ratio("PUT / raw SQL of the 51 updates, p50", times["partners"].p50, times["raw"].p50, GOAL_TIMES)
    report.ratio("PUT / raw SQL with one step for all, p50", times["partners"].p50, times["shared"].p50)
