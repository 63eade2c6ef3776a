"""What the tests of indexes share: to run an indexer, to block it, to kill it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from app.database import Database
from app.errors import UnavailableError
from app.vectors import catalogue, hnsw, waiting_index
from app.vectors.indexer import Indexer


def drop_indexes(database: Database) -> None:
    """Remove the indexes that indexers made."""
    with database.reading() as session:
        waiting_index.drop_others(session, 0, None)
        for found in hnsw.found_indexes(session):
            catalogue.drop(session, found.name)


def run_to_end(made: Indexer) -> None:
    """Tick until nothing is left to do."""
    for _ in range(100):
        if not made.tick():
            return
    raise AssertionError("the indexer found no end")


def tick_to_failure(made: Indexer, failures: list[UnavailableError]) -> None:
    """Tick once, and keep the error that ended it."""
    try:
        made.tick()
    except UnavailableError as error:
        failures.append(error)


@contextmanager
def blocked_builds(database: Database) -> Iterator[None]:
    """A transaction with an uncommitted write, for which every CREATE INDEX CONCURRENTLY must wait."""
    with database.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("UPDATE vectors SET metadata = metadata WHERE id = 'v00000'"))
        yield
        transaction.rollback()


def kill_build(database: Database) -> None:
    """End the connection that builds an index."""
    with database.reading() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'CREATE INDEX C%'"
            )
        )
