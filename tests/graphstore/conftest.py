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


@pytest.fixture
def arcadedb_environment(arcadedb: ArcadeDBServer) -> dict[str, str]:
    """The settings of the ArcadeDB that this process shares."""
    return arcadedb.environment()


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
