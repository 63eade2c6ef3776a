"""The stack of the vector benchmarks: web and search worker on real servers, with an admin's key."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import text

from app.api_keys import service as api_keys
from app.models import Role
from app.settings import Settings
from app.vectors import hnsw
from benchmarks.client import Connection
from benchmarks.machine import tree
from benchmarks.stack import PROJECT, SECURITY, Stack, started_servers
from embedded.procfile import read_procfile

INDEX_SECONDS = 600.0
UNLIMITED = {"RATE_LIMIT_PER_MINUTE": "10000000", "RATE_LIMIT_PER_SECOND": "1000000"}
UNINDEXED = text(
    "SELECT EXISTS (SELECT FROM vectors, store WHERE indexed_in IS NULL OR indexed_in > index_generation)"
)
INDEX_IN_USE = text(
    "SELECT index_generation IS NOT NULL AND cardinality(ordered_fields) = :fields FROM store"
)


@dataclass(frozen=True)
class VectorStack:
    """A running Qloom that stores and queries vectors."""

    stack: Stack
    key: str

    @property
    def folder(self) -> Path:
        """Where its data is; others may keep theirs beside it."""
        return self.stack.folder

    @property
    def port(self) -> int:
        """Where the web listens."""
        return self.stack.web_port

    @property
    def database_url(self) -> str:
        """PostgreSQL, for what is measured beside it."""
        return self.stack.connections.settings.database_url

    def connection(self) -> Connection:
        """A connection to the web with the key."""
        return Connection(self.port, self.key)

    def wait_until_indexed(self) -> float:
        """Wait until every vector is in the HNSW index and the declared ones are built; the seconds it took.

        Raises:
            RuntimeError: it took ten minutes.
        """
        started = time.perf_counter()
        fields = {"fields": len(Settings.from_env(self.stack.environment).indexed_metadata_fields)}
        while time.perf_counter() - started < INDEX_SECONDS:
            with self.stack.connections.database.reading() as session:
                if session.scalar(INDEX_IN_USE, fields) and not session.scalar(UNINDEXED):
                    return time.perf_counter() - started
            time.sleep(0.1)
        raise RuntimeError("the vectors were not indexed")

    def index_generation(self) -> int | None:
        """The generation of the index in use."""
        with self.stack.connections.database.reading() as session:
            state = hnsw.read_state(session)
        return None if state is None else state.generation

    def parts(self) -> dict[str, Callable[[], list[psutil.Process]]]:
        """The processes of each part, for a ``CpuMeter``."""
        pids = {name: program.pid for name, program in self.stack.programs.items()}
        pids |= {server.name: server.pid for server in self.stack.servers}
        return {name: partial(tree, pid) for name, pid in pids.items()}


@contextmanager
def started_vector_stack(*, worker: bool = True, **environment: str) -> Iterator[VectorStack]:
    """Start web and, if wanted, search worker with the limits of requests raised; end them after the block.

    ``environment`` has more settings.
    """
    with started_servers(graph=False) as stack:
        stack.environment.update(UNLIMITED | environment)
        stack.start_web()
        if worker:
            stack.start_celery("worker_search", read_procfile(PROJECT / "Procfile")["worker_search"])
        with stack.connections.database.unit_of_work() as unit:
            made = api_keys.create(unit.session, SECURITY["API_KEY_PEPPER"], "benchmarks", Role.ADMIN)
        yield VectorStack(stack, made.key)
