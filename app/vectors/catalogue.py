"""The indexes of ``vectors`` in PostgreSQL's catalogue, which are made and dropped while Qloom runs."""

from sqlalchemy import text
from sqlalchemy.orm import Session


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


def drop(session: Session, name: str) -> None:
    """Drop an index once no query reads it; this cannot be done in a transaction."""
    session.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
