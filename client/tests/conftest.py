"""A running Qloom, and clients of it."""

import os
from collections.abc import Iterator

import pytest
from qloom import Qloom

from tests.server import Server, start


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The Qloom of QLOOM_TEST_URL and QLOOM_TEST_KEY, else its own. Skip without any; fail in CI."""
    if url := os.environ.get("QLOOM_TEST_URL"):
        supervisor = os.environ.get("QLOOM_TEST_SUPERVISOR")
        yield Server(url, os.environ["QLOOM_TEST_KEY"], supervisor=int(supervisor) if supervisor else None)
        return
    try:
        started = start(tmp_path_factory.mktemp("server"))
    except FileNotFoundError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
    yield started
    started.stop()


@pytest.fixture
def client(server: Server) -> Iterator[Qloom]:
    """A client with an administrator's key."""
    with Qloom(server.url, server.key) as made:
        yield made


@pytest.fixture
def store(client: Qloom) -> Qloom:
    """The client of a store without vectors."""
    client.vectors.clear()
    return client
