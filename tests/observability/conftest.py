"""A stack of real processes on servers that a test may stop."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from embedded.valkey import ValkeyServer
from tests.faults.conftest import migrate_database
from tests.stack import Stack


@pytest.fixture
def own_database_url(postgres_url: str) -> str:
    """Create a migrated, empty database for one test."""
    name = f"observed_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = f"{postgres_url.rpartition('/')[0]}/{name}"
    migrate_database(url)
    return url


@pytest.fixture
def new_stack(tmp_path: Path, own_database_url: str) -> Iterator[Callable[..., Stack]]:
    """Return a function that makes a stack with its own database and Valkey; settings by keyword."""
    made: list[Stack] = []
    with ValkeyServer(tmp_path / "valkey") as redis_url:

        def make(**environment: str) -> Stack:
            servers = {"DATABASE_URL": own_database_url, "REDIS_URL": redis_url}
            made.append(Stack(tmp_path, {**servers, **environment}))
            return made[-1]

        yield make
        for stack in made:
            stack.stop()
