"""The SQL of the HNSW index: its forms, which generations there are, moving rows into one, building one.

An index holds the rows whose ``indexed_in`` is at most its generation; ``store.index_generation`` names the
one in use. Every query also reads the rows that wait (``indexed_in`` NULL, or above the generation in use),
so that queries are right in every state in between. Where many wait, another index holds most of them: see
``app.vectors.waiting_index``.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.vectors import catalogue

LOCK_ID = 0x686E7377
"""The number of the advisory lock: "hnsw" in ASCII."""

HALF_PREFIX = "ix_vectors_half"
VECTOR_PREFIX = "ix_vectors_hnsw"

MAX_DIMENSION = 4_000
"""pgvector's limit for an HNSW index of ``halfvec``."""

WAITING = "(indexed_in IS NULL OR indexed_in > coalesce(:generation, 0))"


class IndexForm(StrEnum):
    """The form of the entries of an index.

    ``HALF``: its direction in numbers of 16 bits. A walk takes two thirds of the time and finds as much; what
    it finds is then compared by the full numbers. Lengths are left out, since no number of 16 bits is above
    65,504. ``VECTOR``: the full numbers. Only indexes of before are of this form; they are used until one of
    the other form stands beside them.
    """

    HALF = "halfvec"
    VECTOR = "vector"

    def name_of(self, dimension: int, generation: int) -> str:
        """Return the name of an index."""
        prefix = HALF_PREFIX if self is IndexForm.HALF else VECTOR_PREFIX
        return f"{prefix}_{dimension}_{generation}"

    def key(self, vector: str, dimension: int) -> str:
        """Return the SQL expression of a vector's entry in the index."""
        if self is IndexForm.HALF:
            return f"l2_normalize({vector})::halfvec({dimension})"
        return f"{vector}::vector({dimension})"

    def distance(self, query: str, dimension: int) -> str:
        """Return the SQL expression that orders a walk; the product of two directions is their cosine."""
        operator = "<#>" if self is IndexForm.HALF else "<=>"
        return f"{self.key('embedding', dimension)} {operator} {self.key(query, dimension)}"


class IndexState(NamedTuple):
    """The store's dimension, and the index in use (``None``: there is no index).

    ``has_waiting_index`` says whether the index of waiting rows stands beside it.
    """

    dimension: int
    generation: int | None
    form: IndexForm
    has_waiting_index: bool

    @property
    def is_of_old_form(self) -> bool:
        """Whether an index of the present form should replace the index in use."""
        return self.generation is not None and self.form is not IndexForm.HALF


class FoundIndex(NamedTuple):
    """An HNSW index in PostgreSQL's catalogue; it is not valid if its build was interrupted."""

    name: str
    form: IndexForm
    dimension: int
    generation: int
    is_valid: bool


def take_lock(session: Session) -> bool:
    """Take the lock of the active indexer; ``give_lock`` or the end of the connection releases it."""
    return bool(session.scalar(text("SELECT pg_try_advisory_lock(:id)"), {"id": LOCK_ID}))


def give_lock(session: Session) -> None:
    """Release the lock."""
    session.execute(text("SELECT pg_advisory_unlock(:id)"), {"id": LOCK_ID})


def read_state(session: Session) -> IndexState | None:
    """Return the index in use; ``None`` before the first insert."""
    statement = text("SELECT dimension, index_generation, index_form, waiting_generation FROM store")
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    return IndexState(row[0], row[1], IndexForm(row[2]), row[1] is not None and row[1] == row[3])


def use(
    session: Session,
    generation: int | None,
    form: IndexForm = IndexForm.HALF,
    *,
    has_waiting_index: bool = False,
) -> None:
    """Let queries use this index from now on, and the index of waiting rows beside it if there is one."""
    session.execute(
        text(
            "UPDATE store SET index_generation = :generation, index_form = :form,"
            " waiting_generation = :waiting"
        ),
        {"generation": generation, "form": form, "waiting": generation if has_waiting_index else None},
    )


def count_waiting(session: Session, generation: int | None, most: int) -> int:
    """Return how many rows are not in the index, counted up to ``most``."""
    statement = text(f"SELECT count(*) FROM (SELECT FROM vectors WHERE {WAITING} LIMIT :most) AS waiting")  # noqa: S608
    return int(session.scalar(statement, {"generation": generation, "most": most}) or 0)


def count_indexed(session: Session, generation: int) -> int:
    """Return how many rows the index holds."""
    statement = text("SELECT count(*) FROM vectors WHERE indexed_in <= :generation")
    return int(session.scalar(statement, {"generation": generation}) or 0)


def move(session: Session, generation: int, most: int) -> int:
    """Move up to ``most`` of the rows that wait for a generation into it; return how many.

    Rows that a writer has locked are left out.
    """
    return set_generation(session, WAITING, generation, most)


def set_generation(session: Session, condition: str, generation: int, most: int) -> int:
    """Give a generation to up to ``most`` rows that match a condition and are not locked; return how many."""
    statement = text(
        f"WITH batch AS MATERIALIZED (SELECT id FROM vectors WHERE {condition}"  # noqa: S608
        " LIMIT :most FOR UPDATE SKIP LOCKED)"
        " UPDATE vectors SET indexed_in = :generation WHERE id IN (SELECT id FROM batch) RETURNING 1"
    )
    return len(session.execute(statement, {"generation": generation, "most": most}).all())


def found_indexes(session: Session) -> Sequence[FoundIndex]:
    """Return the HNSW indexes of the catalogue, the newest generation first."""
    found = []
    for form, prefix in ((IndexForm.HALF, HALF_PREFIX), (IndexForm.VECTOR, VECTOR_PREFIX)):
        for name, is_valid in catalogue.indexes(session, f"{prefix}_").items():
            dimension, generation = name.split("_")[-2:]
            found.append(FoundIndex(name, form, int(dimension), int(generation), is_valid))
    return sorted(found, key=lambda each: each.generation, reverse=True)


def build(session: Session, dimension: int, generation: int, form: IndexForm = IndexForm.HALF) -> None:
    """Build an index beside running reads and writes; the session is as for ``catalogue.create``."""
    # Marking the rows has left an old version of each. VACUUM does not clean the indexes: that would repair
    # the HNSW index in use for minutes, and this index is dropped after the build.
    session.execute(text("VACUUM (INDEX_CLEANUP OFF) vectors"))
    operators = "halfvec_ip_ops" if form is IndexForm.HALF else "vector_cosine_ops"
    catalogue.create(
        session,
        form.name_of(dimension, generation),
        f"USING hnsw (({form.key('embedding', dimension)}) {operators}) WHERE indexed_in <= {generation}",
    )
    session.execute(text("ANALYZE vectors"))


def clean(session: Session) -> None:
    """Remove the old versions of rows from the indexes, once a new HNSW index has replaced the former.

    A filter that keeps 1,500 of 30,000 rows read 2,900 pages until PostgreSQL did so itself, and 1,500 then.
    """
    session.execute(text("VACUUM vectors"))
