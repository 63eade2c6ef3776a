"""The indexes of ``vectors`` in PostgreSQL's catalogue, which are made and dropped while Qloom runs."""

from sqlalchemy import text
from sqlalchemy.orm import Session

BUILD_MEMORY = "256MB"
"""``maintenance_work_mem`` of a build: the graph of 80,000 × 768 numbers fits; a larger one takes longer."""


def indexes(session: Session, prefix: str) -> dict[str, bool]:
    """Return the indexes whose names begin so, and whether each is valid: its build was not cut short."""
    rows = session.execute(
        text(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE indrelid = 'vectors'::regclass AND starts_with(relname, :prefix)"
        ),
        {"prefix": prefix},
    )
    return {name: is_valid for name, is_valid in rows}


def create(session: Session, name: str, definition: str) -> None:
    """Build an index of vectors beside running reads and writes, in one process: other cores are for queries.

    The session must be of ``Database.reading()``, since this cannot be done in a transaction. If it fails,
    the connection must be closed, since its settings are not reset.
    """
    session.execute(text(f"SET maintenance_work_mem = '{BUILD_MEMORY}'"))
    session.execute(text("SET max_parallel_maintenance_workers = 0"))
    session.execute(text(f"CREATE INDEX CONCURRENTLY {name} ON vectors {definition}"))
    session.execute(text(f"ALTER INDEX {name} ALTER COLUMN 1 SET STATISTICS 0"))  # no plan depends on them
    session.execute(text("RESET maintenance_work_mem"))
    session.execute(text("RESET max_parallel_maintenance_workers"))


def drop(session: Session, name: str) -> None:
    """Drop an index once no query reads it; this cannot be done in a transaction."""
    session.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
