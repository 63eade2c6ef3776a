"""Bring the schema up to date, also when several processes try at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.errors import AppError, UnavailableError

MIGRATION_LOCK_ID = 0x716C6F6F6D
"""The advisory lock's number: "qloom" in ASCII."""

OLDEST_POSTGRESQL = 16
"""The major version that the tests of a release begin with; older ones lack what the statements use."""

PGVECTOR_PAGE = "https://github.com/pgvector/pgvector#installation"

ROOT = Path(__file__).resolve().parent.parent


class UnsuitableServerError(AppError):
    """PostgreSQL answers, and Qloom cannot run on it as it is."""


def migrate(engine: Engine) -> None:
    """Run the missing migrations under an advisory lock, so that of several hosts one does it.

    Raises:
        UnavailableError: PostgreSQL does not answer.
        UnsuitableServerError: it is too old, or pgvector is missing.
    """
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": MIGRATION_LOCK_ID})
            _check_server(connection)
            command.upgrade(alembic_config(connection), "head")
    except OperationalError as error:
        first_line = str(error.orig).strip().partition("\n")[0]
        raise UnavailableError(f"PostgreSQL does not answer: {first_line}") from error


def _check_server(connection: Connection) -> None:
    version = connection.scalar(text("SELECT current_setting('server_version_num')::int / 10000"))
    if version < OLDEST_POSTGRESQL:
        raise UnsuitableServerError(
            f"PostgreSQL {version} is too old: Qloom needs at least {OLDEST_POSTGRESQL}."
        )
    if connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'vector'")):
        return
    if not connection.scalar(text("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")):
        raise UnsuitableServerError(
            f"This PostgreSQL has no pgvector: install it on the server (Debian's and PGDG's package is "
            f"postgresql-{version}-pgvector; others: {PGVECTOR_PAGE})."
        )
    try:
        connection.execute(text("CREATE EXTENSION vector"))
    except ProgrammingError as error:
        raise UnsuitableServerError(
            "The role of DATABASE_URL may not create the extension vector: run CREATE EXTENSION vector in "
            "this database as a superuser, then migrate again."
        ) from error


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, bound to an open connection."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config
