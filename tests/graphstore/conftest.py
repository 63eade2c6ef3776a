"""Graph stores on both servers: Neo4j, which production uses, and ArcadeDB, which ``make run`` starts."""

from collections.abc import Iterator

import pytest

from app.graphstore.driver import GraphStore
from embedded.arcadedb import ArcadeDBServer
from tests.graphstore.factories import open_store
from tests.servers import shared_neo4j


@pytest.fixture(scope="session")
def neo4j_environment(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of the Neo4j that this run shares."""
    with shared_neo4j(tmp_path_factory) as environment:
        yield environment


@pytest.fixture(scope="session")
def arcadedb_environment(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of an ArcadeDB of this process."""
    server = ArcadeDBServer(tmp_path_factory.mktemp("arcadedb"))
    with server:
        yield server.environment()


@pytest.fixture(params=[pytest.param("neo4j", marks=pytest.mark.foreign), "arcadedb"])
def environment(servers: None, request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of one server after the other."""
    settings: dict[str, str] = request.getfixturevalue(f"{request.param}_environment")
    return settings


@pytest.fixture
def store(environment: dict[str, str]) -> Iterator[GraphStore]:
    """A graph store on one server after the other."""
    opened = open_store(environment)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def own_arcadedb(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArcadeDBServer]:
    """A server that tests may stop, kill or empty, one after the other; they leave it running."""
    server = ArcadeDBServer(tmp_path_factory.mktemp("own-arcadedb"))
    with server:
        yield server
