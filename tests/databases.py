"""Migrated databases for tests."""

from functools import cache
from uuid import uuid4

import psycopg
from sqlalchemy import text

from app.database import Database
from app.migrations import migrate
from app.settings import Settings
from tests.environment import ENVIRONMENT


def new_database(postgres_url: str) -> str:
    """Make a migrated, empty database on a server and return its URL."""
    return _create(postgres_url, f"TEMPLATE {_migrated(postgres_url)}")


@cache
def _migrated(postgres_url: str) -> str:
    """Return the name of a migrated database that nobody connects to: a copy takes less than migrations."""
    url = _create(postgres_url)
    migrate_database(url)
    return url.rpartition("/")[2]


def _create(postgres_url: str, options: str = "") -> str:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {options}")
    return f"{postgres_url.rpartition('/')[0]}/{name}"


def migrate_database(url: str) -> None:
    """Bring a database's schema up to date."""
    database = open_database(url)
    migrate(database.engine)
    database.close()


def open_database(url: str) -> Database:
    """Connect to a database; the caller closes it."""
    return Database(
        Settings.from_env({**ENVIRONMENT, "DATABASE_URL": url, "REDIS_URL": "redis://unused"}).database_url
    )


def waiting_for_rows(database: Database) -> int:
    """Return how many statements on this database wait for other transactions."""
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with database.reading() as session:
        return session.execute(text(query)).scalar_one()
