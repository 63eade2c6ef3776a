"""Chroma's server (https://docs.trychroma.com), measured like Qloom: over HTTP by the same client.

It has a virtual environment of its own (``make bench-requirements``), since it pins many packages.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from benchmarks.client import Connection, checked, timed
from benchmarks.clusters import Numbers
from benchmarks.stack import PROJECT, wait_until
from embedded.logs import PartLog
from embedded.ports import free_port
from embedded.process import Command, ManagedProcess

BASE = "/api/v2/tenants/default_tenant/databases/default_database/collections"
STOP_SECONDS = 10.0


class Chroma:
    """A running Chroma with one collection under cosine distance, on the disk as Qloom's data is."""

    def __init__(self, port: int, process: ManagedProcess) -> None:
        self.port = port
        self.process = process
        self._path = ""

    def create(self, name: str) -> None:
        """Make the collection that the other calls use."""
        body = {"name": name, "configuration": {"hnsw": {"space": "cosine"}}}
        with Connection(self.port) as connection:
            made = msgspec.json.decode(checked(connection.post(BASE, msgspec.json.encode(body))))
        self._path = f"{BASE}/{made['id']}"

    @property
    def add_path(self) -> str:
        """Where batches are sent."""
        return f"{self._path}/add"

    @property
    def query_path(self) -> str:
        """Where queries are sent."""
        return f"{self._path}/query"

    @staticmethod
    def add_body(ids: Sequence[str], vectors: Numbers, groups: Sequence[int]) -> bytes:
        """The body of a batch."""
        metadatas = [{"group": group, "number": group} for group in groups]
        return msgspec.json.encode({"ids": ids, "embeddings": vectors.tolist(), "metadatas": metadatas})

    def query_body(self, vector: Numbers, top_k: int, where: dict[str, object]) -> bytes:
        """The body of a query that answers what Qloom does: vectors, metadata and distances."""
        body: dict[str, object] = {
            "query_embeddings": [vector.tolist()],
            "n_results": top_k,
            "include": ["metadatas", "distances", "embeddings"],
        }
        return msgspec.json.encode({**body, "where": where} if where else body)

    def ask(
        self, connection: Connection, query: Numbers, top_k: int, where: dict[str, object]
    ) -> tuple[float, set[str]]:
        """Send a query; return the milliseconds that it took, and the ids that were found."""
        body = self.query_body(query, top_k, where)
        taken, response = timed(partial(connection.post, self.query_path, body))
        return taken, set(msgspec.json.decode(checked(response))["ids"][0])


@contextmanager
def started_chroma(folder: Path) -> Iterator[Chroma | None]:
    """Start Chroma with its data below ``folder``; ``None`` where it is not installed."""
    program = shutil.which("chroma", path=str(PROJECT / ".venv-bench" / "bin"))
    if program is None:
        yield None
        return
    port = free_port()
    argv = [program, "run", "--path", str(folder / "chroma"), "--port", str(port)]
    process = ManagedProcess(Command(argv=argv, cwd=folder, environment={}), PartLog(folder / "chroma.log"))
    try:
        wait_until(lambda: _is_up(port), process)
        yield Chroma(port, process)
    finally:
        process.stop(STOP_SECONDS)


def _is_up(port: int) -> bool:
    try:
        with Connection(port) as connection:
            return connection.get("/api/v2/heartbeat").status == 200
    except OSError:
        return False
