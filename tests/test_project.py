"""What holds for the project as a whole: the schema fits the models."""

from io import StringIO

from alembic import command
from sqlalchemy import inspect

from app.database import Database
from app.migrations import alembic_config


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        config = alembic_config(connection)
        config.stdout = printed = StringIO()
        command.check(config)
    assert printed.getvalue() == "No new upgrade operations detected.\n"


def test_the_first_migration_can_be_undone(database: Database) -> None:
    with database.engine.connect() as connection, connection.begin() as transaction:
        command.downgrade(alembic_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        transaction.rollback()
