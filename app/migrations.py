"""Bring the schema up to date, also when several processes try at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

MIGRATION_LOCK_ID = 0x716C6F6F6D
"""The advisory lock's number: "qloom" in ASCII."""

ROOT = Path(__file__).resolve().parent.parent


def migrate(engine: Engine) -> None:
    """Run the missing migrations under an advisory lock, so that of several hosts one does it."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": MIGRATION_LOCK_ID})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, bound to an open connection."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config
