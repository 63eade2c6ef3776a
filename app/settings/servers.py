"""The settings of the servers."""

from dataclasses import dataclass

from app.settings.declaration import Section, optional_text, setting, text

EMBEDDED = "embedded"
"""Shown as the default of a server's URL: `make run` starts a server where none is given."""


def sqlalchemy_url(url: str) -> str:
    """Name the psycopg 3 driver in a plain ``postgresql://`` URL, as every hosting service writes it."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


@dataclass(frozen=True, kw_only=True)
class ServerSettings(Section):
    """Servers: `make run` starts an embedded one for each URL that is not set."""

    database_url: str = setting(
        sqlalchemy_url,
        None,
        "URL of PostgreSQL ≥ 16 with pgvector, as `postgresql://user:password@host:5432/qloom`. Required.",
        shown_default=EMBEDDED,
        is_secret=True,
    )
    redis_url: str = text(
        None,
        "URL of Redis or Valkey, as `redis://:password@host:6379/0`. Required. Give Qloom its own database.",
        shown_default=EMBEDDED,
        is_secret=True,
    )
    redis_key_prefix: str = text("qloom:", "Beginning of all keys in Redis, for a database that is shared.")
    neo4j_url: str | None = optional_text(
        "URL of Neo4j ≥ 5.23, as `bolt://host:7687`. Without one, event graphs stay pending.",
        shown_default=EMBEDDED,
        is_secret=True,
    )
    neo4j_username: str = text("neo4j", "User of Neo4j.")
    neo4j_password: str = text("", "Password of Neo4j.", is_secret=True)
    neo4j_database: str | None = optional_text("Database of Neo4j. Empty: the default database of the user.")
