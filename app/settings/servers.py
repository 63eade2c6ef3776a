"""The settings of the servers, and of the addresses that Qloom itself listens on."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from app.settings.declaration import Section, optional_text, port, setting, text

LOOPBACK = "127.0.0.1"
DATABASE_EXAMPLE = "postgresql://user:password@host:5432/qloom"
REDIS_EXAMPLE = "redis://:password@host:6379/0"
NEO4J_EXAMPLE = "bolt://host:7687"
REDIS_SCHEMES = ("redis", "rediss", "unix")
DATABASE_URL = re.compile(
    r"postgresql\+psycopg://([^:/]*(:[^@]*)?@)?(\[[^/?]+\]|[^/:?]+)?(:[0-9]*)?(/[^?]*)?(\?.*)?", re.ASCII
)
"""What ``sqlalchemy.make_url`` takes. Importing it takes 0.1 s and 10 MB; beat and Flower do not need it."""

NEO4J_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def _sqlalchemy_url(given: str) -> str:
    """Name the psycopg 3 driver in a plain ``postgresql://`` URL, as every hosting service writes it."""
    url = given
    for scheme in ("postgresql://", "postgres://"):
        if given.startswith(scheme):
            url = "postgresql+psycopg://" + given.removeprefix(scheme)
    if not DATABASE_URL.fullmatch(url):
        raise ValueError(f"must be a URL like {DATABASE_EXAMPLE}")  # without the text: it may hold a password
    return url


def _url(schemes: Collection[str], example: str, given: str) -> str:
    try:
        parts = urlsplit(given)
        if parts.scheme in schemes and (parts.port is None or parts.port):
            return given
    except ValueError:
        pass
    raise ValueError(f"must be a URL like {example}")


def _optional(read: Callable[[str], str], given: str) -> str | None:
    return read(given) if given else None


@dataclass(frozen=True, kw_only=True)
class ServerSettings(Section):
    """Servers

    `make run` starts an embedded server for each URL that is not set.
    """

    database_url: str = setting(
        _sqlalchemy_url,
        None,
        f"PostgreSQL ≥ 16 with pgvector: `{DATABASE_EXAMPLE}`. Required.",
        is_secret=True,
    )
    redis_url: str = setting(
        partial(_url, REDIS_SCHEMES, REDIS_EXAMPLE),
        None,
        f"Redis or Valkey, a database of its own: `{REDIS_EXAMPLE}`. Required.",
        is_secret=True,
    )
    redis_key_prefix: str = text("qloom:", "Beginning of all keys in Redis, if others use the database too.")
    neo4j_url: str | None = setting(
        partial(_optional, partial(_url, NEO4J_SCHEMES, NEO4J_EXAMPLE)),
        "",
        f"Neo4j ≥ 5.23: `{NEO4J_EXAMPLE}`. Empty: event graphs stay pending.",
        is_secret=True,
    )
    neo4j_username: str = text("neo4j", "User of Neo4j.")
    neo4j_password: str = text("", "Password of Neo4j.", is_secret=True)
    neo4j_database: str | None = optional_text("Database of Neo4j. Empty: the default one of the user.")


def _folder(given: str) -> Path:
    return Path(given or "var").absolute()


@dataclass(frozen=True, kw_only=True)
class AddressSettings(Section):
    """Addresses, ports and the data folder"""

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
