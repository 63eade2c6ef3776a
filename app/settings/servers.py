"""The settings of the servers, and of the addresses that Qloom itself listens on."""

from dataclasses import dataclass
from pathlib import Path

from app.settings.declaration import Section, optional_text, port, setting, text

LOOPBACK = "127.0.0.1"


def _sqlalchemy_url(url: str) -> str:
    """Name the psycopg 3 driver in a plain ``postgresql://`` URL, as every hosting service writes it."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


@dataclass(frozen=True, kw_only=True)
class ServerSettings(Section):
    """Servers

    `make run` starts an embedded server for each URL that is not set.
    """

    database_url: str = setting(
        _sqlalchemy_url,
        None,
        "PostgreSQL ≥ 16 with pgvector: `postgresql://user:password@host:5432/qloom`. Required.",
        is_secret=True,
    )
    redis_url: str = text(
        None,
        "Redis or Valkey, a database of its own: `redis://:password@host:6379/0`. Required.",
        is_secret=True,
    )
    redis_key_prefix: str = text("qloom:", "Beginning of all keys in Redis, for a database that is shared.")
    neo4j_url: str | None = optional_text(
        "Neo4j ≥ 5.23: `bolt://host:7687`. Without one, event graphs stay pending.", is_secret=True
    )
    neo4j_username: str = text("neo4j", "User of Neo4j.")
    neo4j_password: str = text("", "Password of Neo4j.", is_secret=True)
    neo4j_database: str | None = optional_text("Database of Neo4j. Empty: the default one of the user.")


def _folder(given: str) -> Path:
    return Path(given or "var").absolute()


@dataclass(frozen=True, kw_only=True)
class AddressSettings(Section):
    """Addresses, ports and the folder of the data"""

    host: str = setting(lambda given: given or LOOPBACK, LOOPBACK, "Address that the web listens on.")
    web_port: int = port(8000, "Port of the web.", name="PORT")
    flower_host: str = text(LOOPBACK, "Address that Flower listens on.")
    flower_port: int = port(5555, "Port of Flower.")
    data_dir: Path = setting(
        _folder, "var", "Folder in which `make run` keeps its data and logs.", name="QLOOM_DATA_DIR"
    )
    postgres_port: int = port(0, "Port of the embedded PostgreSQL. 0: a free one at each start.")
    valkey_port: int = port(0, "Port of the embedded Valkey. 0: a free one at each start.")
    bolt_port: int = port(0, "Port of the embedded graph server. 0: a free one at each start.")
