"""Alembic's entry: runs the migrations on the connection that it is given, or on DATABASE_URL's."""

from alembic import context
from sqlalchemy import Connection, create_engine

from app.models import Base
from app.settings import Settings


def run_migrations(connection: Connection) -> None:
    """Run the migrations in one transaction."""
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given_connection = context.config.attributes.get("connection")
if given_connection is not None:
    run_migrations(given_connection)
else:
    with create_engine(Settings.from_env().database_url).connect() as own_connection:
        run_migrations(own_connection)
