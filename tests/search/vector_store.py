"""A store of vectors for tests, written straight into the tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from sqlalchemy import text

from app.database import Database

Matrix = NDArray[np.float32]


def clusters(number: int, dimension: int, seed: int = 7, spread: float = 0.7) -> Matrix:
    """Return vectors in overlapping clusters, as embeddings of texts are: 40 centres, wide spread."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(40, dimension))
    members = centres[random.integers(0, len(centres), number)]
    return (members + spread * random.normal(size=(number, dimension))).astype(np.float32)


def fill(database: Database, vectors: Matrix, rows: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """Store vectors with the ids v00000, v00001, …; ``rows`` may give metadata, contexts and indexed_in.

    Coherent for ever, unless a row says ``"expires"`` (an SQL interval from now) or ``"state": False``.
    """
    ids = [f"v{index:05}" for index in range(len(vectors))]
    given = list(rows) or [{}] * len(vectors)
    with database.unit_of_work() as unit:
        unit.session.execute(
            text("INSERT INTO store (dimension) VALUES (:d) ON CONFLICT DO NOTHING"), {"d": vectors.shape[1]}
        )
        connection = unit.session.connection().connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        with connection.cursor() as cursor:
            _copy_vectors(cursor, ids, vectors, given)
            for name, row in zip(ids, given, strict=True):
                if "expires" in row:
                    cursor.execute(
                        "INSERT INTO vector_states VALUES (%s, 7, now() + %s::interval)",
                        (name, row["expires"]),
                    )
            cursor.execute(
                "INSERT INTO vector_states SELECT unnest(%s::text[]), 7 ON CONFLICT DO NOTHING",
                ([name for name, row in zip(ids, given, strict=True) if row.get("state", True)],),
            )
    return ids


def _copy_vectors(
    cursor: psycopg.Cursor[Any], ids: Sequence[str], vectors: Matrix, rows: Sequence[Mapping[str, Any]]
) -> None:
    columns = "id, embedding, metadata, context_names, context_weights, indexed_in"
    with cursor.copy(f"COPY vectors ({columns}) FROM STDIN") as copy:
        for name, vector, row in zip(ids, vectors, rows, strict=True):
            contexts: Mapping[str, float] = row.get("contexts", {})
            numbers = "[" + ",".join(map(repr, vector.tolist())) + "]"
            copy.write_row(
                (
                    name,
                    numbers,
                    Jsonb(row.get("metadata", {})),
                    list(contexts),
                    list(contexts.values()),
                    row.get("indexed_in"),
                )
            )


def packed(vector: Matrix) -> bytes:
    """Return big-endian float32 numbers."""
    return vector.astype(">f4").tobytes()


def nearest(vectors: Matrix, query: Matrix, number: int, members: Sequence[int] | None = None) -> list[str]:
    """Return the ids of the nearest by cosine, computed in double precision."""
    chosen = np.arange(len(vectors)) if members is None else np.asarray(members)
    scores = cosines(vectors[chosen], query)
    return [f"v{index:05}" for index in chosen[np.argsort(-scores, kind="stable")[:number]]]


def cosines(vectors: Matrix, query: Matrix) -> NDArray[np.float64]:
    """Return the cosines of the angles between a query and vectors."""
    wide, asked = vectors.astype(np.float64), query.astype(np.float64)
    scores: NDArray[np.float64] = wide @ asked / (np.linalg.norm(wide, axis=1) * np.linalg.norm(asked))
    return scores
