"""The same vectors in a bare table, queried by psycopg: the time of PostgreSQL and pgvector alone."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType

import msgspec
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks.client import timed
from benchmarks.clusters import Numbers

EF_SEARCH = "120"
"""What Qloom uses."""

CREATE = sql.SQL("CREATE TABLE raw_vectors (id text, embedding vector({}), metadata jsonb)")
INDEX = sql.SQL(
    "CREATE INDEX ON raw_vectors USING hnsw ((l2_normalize(embedding)::halfvec({})) halfvec_ip_ops)"
)
NEAREST = sql.SQL("""
    SELECT id, embedding::text, metadata, 1 - (embedding <=> %(query)s::vector) AS score
    FROM raw_vectors
    ORDER BY l2_normalize(embedding)::halfvec({0}) <#> l2_normalize(%(query)s::vector)::halfvec({0})
    LIMIT %(top_k)s
""")


class RawPgvector(AbstractContextManager["RawPgvector"]):
    """One connection, one table with an HNSW index made after the load."""

    def __init__(self, url: str, dimension: int) -> None:
        self._dimension = dimension
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self._connection.execute("DROP TABLE IF EXISTS raw_vectors")
        self._connection.execute(CREATE.format(sql.Literal(dimension)))
        self._connection.execute("SELECT set_config('hnsw.ef_search', %s, false)", [EF_SEARCH])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.execute("DROP TABLE raw_vectors")
        self._connection.close()

    def copy(self, ids: Sequence[str], vectors: Numbers, groups: Sequence[int]) -> None:
        """COPY rows, as plainly as psycopg does it."""
        statement = "COPY raw_vectors (id, embedding, metadata) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row_id, vector, group in zip(ids, vectors, groups, strict=True):
                text = msgspec.json.encode(vector.tolist()).decode()
                copy.write_row((row_id, text, Jsonb({"group": group, "number": group})))

    def build_index(self) -> None:
        """Make the index and the statistics."""
        self._connection.execute("SET maintenance_work_mem = '1GB'")
        self._connection.execute(INDEX.format(sql.Literal(self._dimension)))
        self._connection.execute("VACUUM (ANALYZE) raw_vectors")

    def ask(self, query: Numbers, top_k: int) -> tuple[float, set[str]]:
        """Find the nearest by the index; return the milliseconds that it took, and their ids."""
        values = {"query": msgspec.json.encode(query.tolist()).decode(), "top_k": top_k}
        statement = NEAREST.format(sql.Literal(self._dimension))
        taken, rows = timed(lambda: self._connection.execute(statement, values, prepare=True).fetchall())
        return taken, {row[0] for row in rows}
