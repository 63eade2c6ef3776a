"""The same vectors in a bare table, asked by psycopg: what PostgreSQL and pgvector themselves take."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks.clusters import Numbers

EF_SEARCH = "200"
"""What gives this data a recall of 0.98 and more; Qloom uses the same."""

CREATE = sql.SQL("CREATE TABLE raw_vectors (id text, embedding vector({}), metadata jsonb)")
NEAREST = """
    SELECT id, embedding::text, metadata, 1 - (embedding <=> %(query)s::vector) AS score
    FROM raw_vectors ORDER BY embedding <=> %(query)s::vector LIMIT %(top_k)s
"""
NEAREST_BELOW = """
    SELECT id, embedding::text, metadata, 1 - (embedding <=> %(query)s::vector) AS score
    FROM raw_vectors WHERE (metadata->>'group')::int < %(below)s
    ORDER BY embedding <=> %(query)s::vector LIMIT %(top_k)s
"""


class RawPgvector(AbstractContextManager["RawPgvector"]):
    """One connection, one table with an HNSW index made after the load."""

    def __init__(self, url: str, dimension: int) -> None:
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
        self._connection.execute("CREATE INDEX ON raw_vectors USING hnsw (embedding vector_cosine_ops)")
        self._connection.execute("VACUUM (ANALYZE) raw_vectors")

    def query(self, vector: Numbers, top_k: int, below: int | None) -> list[Any]:
        """The nearest by the index; under a filter, of the matching rows."""
        values = {
            "query": msgspec.json.encode(vector.tolist()).decode(),
            "below": below,
            "top_k": top_k,
        }
        return self._connection.execute(NEAREST if below is None else NEAREST_BELOW, values).fetchall()
