"""Each test of faults has a stack of its own, whose servers and processes it may kill."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from app.database import Database
from app.migrations import migrate
from app.settings import Settings
from embedded.valkey import ValkeyServer
from tests.environment import ENVIRONMENT
from tests.stack import Stack


@pytest.fixture
def new_database_url(postgres_url: str) -> Callable[[], str]:
    """Return a function that makes a migrated, empty database."""

    def make() -> str:
        name = f"fault_{uuid4().hex}"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = f"{postgres_url.rpartition('/')[0]}/{name}"
        migrate_database(url)
        return url

    return make


@pytest.fixture
def valkey(servers: None, tmp_path: Path) -> Iterator[ValkeyServer]:
    """Run a Valkey that the test may stop, empty or kill."""
    server = ValkeyServer(tmp_path / "valkey")
    with server:
        yield server


@pytest.fixture
def new_stack(
    tmp_path: Path, valkey: ValkeyServer, new_database_url: Callable[[], str]
) -> Iterator[Callable[..., Stack]]:
    """Return a function that makes a stack on a database and a Valkey of its own; settings are keywords."""
    made: list[Stack] = []

    def make(**environment: str) -> Stack:
        servers = {"REDIS_URL": valkey.url, **environment}
        if "DATABASE_URL" not in servers:
            servers["DATABASE_URL"] = new_database_url()
        stack = Stack(tmp_path, servers)
        made.append(stack)
        return stack

    yield make
    for stack in made:
        stack.stop()


def migrate_database(url: str) -> None:
    """Bring an empty database's schema up to date."""
    database = Database(Settings.from_env({**ENVIRONMENT, "DATABASE_URL": url, "REDIS_URL": ""}).database_url)
    migrate(database.engine)
    database.close()
