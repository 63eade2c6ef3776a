"""The SQL of the index of the rows that wait for the HNSW index.

It is of pgvector's kind IVFFlat: the rows lie in lists of neighbours, and a query reads the nearest lists. It
is built in 0.5 s for 30,000 × 128 numbers, where the HNSW index of 50,000 takes 15 s; a row is put into it
in 0.1 ms. So queries need not compare all rows that wait. It holds the rows whose ``indexed_in`` is above the
generation of the HNSW index beside which it stands, ``store.waiting_generation``; ``mark`` puts rows into it.
Like the HNSW index it holds directions in numbers of 16 bits.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.vectors import catalogue
from app.vectors.hnsw import IndexForm, set_generation

PREFIX = "ix_vectors_waiting"

ROWS_PER_LIST = 75
MIN_LISTS = 400
"""The fewest lists. The index later holds more rows than it was built of. Built of 7,500 rows with
100 lists, a query of 30,000 × 128 took 5.1 ms of processor time (recall 0.984); with 400, 1.4 ms (0.987)."""
MAX_LISTS = 1_000
"""The most lists: with more, computing their centres takes longer than a minute."""

MOST_COUNTED = MAX_LISTS * ROWS_PER_LIST
"""Rows are counted up to this number; more rows do not change the number of lists."""

PROBES = 50
"""How many lists a query reads (``ivfflat.probes``). In the clusters of ``benchmarks/clusters.py`` this finds
0.99 of the nearest ten among 30,000 × 128 numbers, in 1 instead of 12 ms."""


def name_of(dimension: int, generation: int) -> str:
    """Return the name of the index that stands beside the HNSW index of a generation."""
    return f"{PREFIX}_{dimension}_{generation}"


def is_there(session: Session, dimension: int, generation: int) -> bool:
    """Return whether the index of waiting rows exists and is valid."""
    name = name_of(dimension, generation)
    return catalogue.indexes(session, name).get(name, False)


def drop_others(session: Session, dimension: int, generation: int | None) -> None:
    """Drop every index of waiting rows except that of ``generation``; no query may use them any more."""
    kept = None if generation is None else name_of(dimension, generation)
    for name in catalogue.indexes(session, f"{PREFIX}_"):
        if name != kept:
            catalogue.drop(session, name)


def count(session: Session, generation: int, most: int) -> int:
    """Return how many rows the index of waiting rows holds, counted up to ``most``."""
    statement = text(
        "SELECT count(*) FROM (SELECT FROM vectors WHERE indexed_in > :generation LIMIT :most) AS waiting"
    )
    return int(session.scalar(statement, {"generation": generation, "most": most}) or 0)


def count_outside(session: Session, most: int) -> int:
    """Return how many rows are in neither index, counted up to ``most``."""
    statement = text(
        "SELECT count(*) FROM (SELECT FROM vectors WHERE indexed_in IS NULL LIMIT :most) AS outside"
    )
    return int(session.scalar(statement, {"most": most}) or 0)


def mark(session: Session, generation: int, most: int) -> int:
    """Give up to ``most`` rows that are in neither index a generation; return how many.

    Rows that a writer has locked are left out.
    """
    return set_generation(session, "indexed_in IS NULL", generation, most)


def build(session: Session, dimension: int, generation: int, rows: int) -> None:
    """Build the index for ``rows`` rows, then drop the former; the session is as for ``catalogue.create``.

    The lists suit the rows that it is built of: built of 850 rows, it found 0.84 of the nearest ten among
    12,000 × 768 numbers; built of all of them, 0.97 to 0.99.
    """
    lists = min(max(rows // ROWS_PER_LIST, MIN_LISTS), MAX_LISTS)
    name = name_of(dimension, generation)
    catalogue.create(
        session,
        f"{name}_next",
        f"USING ivfflat (({IndexForm.HALF.key('embedding', dimension)}) halfvec_ip_ops)"
        f" WITH (lists = {lists}) WHERE indexed_in > {generation}",
    )
    catalogue.drop(session, name)
    session.execute(text(f"ALTER INDEX {name}_next RENAME TO {name}"))
