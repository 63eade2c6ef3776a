"""What holds for the project as a whole: the schema fits the models, every setting is documented."""

import re
from io import StringIO
from pathlib import Path

from alembic import command
from sqlalchemy import inspect

from app.database import Database
from app.migrations import alembic_config

PROJECT = Path(__file__).resolve().parent.parent
SETTING = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"')
READERS = (
    *(f"app/settings/{name}.py" for name in ("__init__", "security", "telemetry", "vectors", "webhooks")),
    "embedded/settings.py",
    "gunicorn.conf.py",
)


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


def test_every_setting_stands_in_the_example_and_on_its_page() -> None:
    names = {name for path in READERS for name in SETTING.findall((PROJECT / path).read_text())}
    assert len(names) > 40, "the settings were not found"
    example = (PROJECT / ".env.example").read_text()
    page = (PROJECT / "docs" / "settings.md").read_text()
    missing = {name for name in names if f"#{name}=" not in example or f"`{name}`" not in page}
    assert not missing - {"INFO", "VALKEY", "GPU"}
