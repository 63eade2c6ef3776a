"""One whole Qloom for all tests of this folder: web, both workers, and the servers that `make run` starts."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.graphstore.driver import GraphStore
from embedded.arcadedb import ArcadeDBServer
from embedded.process import ManagedProcess
from embedded.valkey import ValkeyServer
from tests.databases import new_database
from tests.stack import Stack, simulators_of

MAX_BODY_BYTES = 1_000_000


@dataclass(frozen=True)
class Qloom:
    """A running Qloom."""

    stack: Stack
    web: ManagedProcess
    interactive: ManagedProcess
    heavy: ManagedProcess
    graph_store: GraphStore

    def simulators(self) -> set[int]:
        """The ids of the simulator processes of both workers."""
        return {each.pid for worker in (self.interactive, self.heavy) for each in simulators_of(worker)}

    def logs(self) -> str:
        """Everything that its processes have written."""
        return "".join(path.read_text() for path in self.stack.folder.glob("*.log"))


@pytest.fixture(scope="session")
def qloom(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, arcadedb: ArcadeDBServer
) -> Iterator[Qloom]:
    """The running Qloom; its tests share it, so each looks at what it made itself."""
    folder = tmp_path_factory.mktemp("qloom")
    url = new_database(postgres_url)
    with ValkeyServer(folder / "valkey") as redis_url:
        settings = {"DATABASE_URL": url, "REDIS_URL": redis_url, "MAX_BODY_BYTES": str(MAX_BODY_BYTES)}
        settings["WEBHOOK_ALLOW_PRIVATE"] = "true"
        stack = Stack(folder, {**settings, **arcadedb.environment()})
        graph_store = GraphStore(arcadedb.url, arcadedb.username, arcadedb.password, arcadedb.database, 2.0)
        try:
            parts = stack.start_web(), stack.start_worker(slots=2), stack.start_worker("heavy")
            stack.start_worker("search")
            yield Qloom(stack, *parts, graph_store)
        finally:
            graph_store.close()
            stack.stop()


@pytest.fixture(scope="session")
def stack(qloom: Qloom) -> Stack:
    """Its API."""
    return qloom.stack
