"""The SQL of the HNSW index: which generations there are, moving rows into one, building one.

An index holds the rows whose ``indexed_in`` is at most its generation; ``store.index_generation`` names the
one in use. Every query scans the rows that wait (``indexed_in`` NULL, or above the generation in use), so
that queries are right in every state in between.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.vectors import catalogue

LOCK_ID = 0x686E7377
"""The number of the advisory lock: "hnsw" in ASCII."""

BUILD_MEMORY = "256MB"
"""``maintenance_work_mem`` of a build: the graph of 80,000 × 768 numbers fits; a larger one takes longer."""

PREFIX = "ix_vectors_hnsw"

WAITING = "(indexed_in IS NULL OR indexed_in > coalesce(:generation, 0))"


class IndexState(NamedTuple):
    """The store's dimension and the generation in use (``None``: there is no index)."""

    dimension: int
    generation: int | None


class FoundIndex(NamedTuple):
    """An HNSW index in PostgreSQL's catalogue; it is not valid if its build was cut short."""

    name: str
    dimension: int
    generation: int
    is_valid: bool


def take_lock(session: Session) -> bool:
    """Take the lock of the indexer at work, until ``give_lock`` or the end of the connection."""
    return bool(session.scalar(text("SELECT pg_try_advisory_lock(:id)"), {"id": LOCK_ID}))


def give_lock(session: Session) -> None:
    """Release the lock."""
    session.execute(text("SELECT pg_advisory_unlock(:id)"), {"id": LOCK_ID})


def read_state(session: Session) -> IndexState | None:
    """Return the index in use; ``None`` before the first insert."""
    row = session.execute(text("SELECT dimension, index_generation FROM store")).one_or_none()
    return None if row is None else IndexState(*row)


def set_generation(session: Session, generation: int | None) -> None:
    """Let queries use this index from now on."""
    session.execute(text("UPDATE store SET index_generation = :generation"), {"generation": generation})


def count_waiting(session: Session, generation: int | None, most: int) -> int:
    """Return how many rows are not in the index, counted up to ``most``."""
    statement = text(f"SELECT count(*) FROM (SELECT FROM vectors WHERE {WAITING} LIMIT :most) AS waiting")  # noqa: S608
    return int(session.scalar(statement, {"generation": generation, "most": most}) or 0)


def count_indexed(session: Session, generation: int) -> int:
    """Return how many rows the index holds."""
    statement = text("SELECT count(*) FROM vectors WHERE indexed_in <= :generation")
    return int(session.scalar(statement, {"generation": generation}) or 0)


def move(session: Session, source: int | None, target: int, most: int) -> int:
    """Move up to ``most`` rows that wait above generation ``source`` into ``target``; return how many.

    Rows that a writer has locked are left out.
    """
    statement = text(
        "UPDATE vectors SET indexed_in = :target WHERE id IN (SELECT id FROM vectors"  # noqa: S608
        f" WHERE {WAITING} AND indexed_in IS DISTINCT FROM :target LIMIT :most FOR UPDATE SKIP LOCKED)"
        " RETURNING 1"
    )
    moved = session.execute(statement, {"generation": source, "target": target, "most": most})
    return len(moved.all())


def found_indexes(session: Session) -> Sequence[FoundIndex]:
    """Return the HNSW indexes of the catalogue, the newest generation first."""
    found = []
    for name, is_valid in catalogue.indexes(session, f"{PREFIX}_").items():
        dimension, generation = name.split("_")[-2:]
        found.append(FoundIndex(name, int(dimension), int(generation), is_valid))
    return sorted(found, key=lambda each: each.generation, reverse=True)


def build(session: Session, dimension: int, generation: int) -> None:
    """Build an index beside running reads and writes, in one process: other cores are for queries.

    The session must be of ``Database.reading()``, since this cannot be done in a transaction. If it fails,
    the connection must be closed, since its settings are not reset.
    """
    session.execute(text("VACUUM vectors"))  # marking the rows has left an old version of each
    session.execute(text(f"SET maintenance_work_mem = '{BUILD_MEMORY}'"))
    session.execute(text("SET max_parallel_maintenance_workers = 0"))
    session.execute(
        text(
            f"CREATE INDEX CONCURRENTLY {PREFIX}_{dimension}_{generation} ON vectors"
            f" USING hnsw ((embedding::vector({dimension})) vector_cosine_ops)"
            f" WHERE indexed_in <= {generation}"
        )
    )
    session.execute(text("ANALYZE vectors"))
    session.execute(text("RESET maintenance_work_mem"))
    session.execute(text("RESET max_parallel_maintenance_workers"))
