"""The measured stack: servers and programs as ``make run`` starts them, in a folder of their own."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types

from app.connections import Connections
from app.migrations import migrate
from app.settings import Settings
from benchmarks.machine import Processes, tree
from embedded.http_checks import is_reachable
from embedded.logs import PartLog
from embedded.neo4j import Neo4jServer
from embedded.ports import free_port
from embedded.postgres import PostgresServer
from embedded.process import Command, ManagedProcess
from embedded.procfile import read_procfile
from embedded.server import Server
from embedded.valkey import ValkeyServer

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.01
CLIENT = "load client"
"""The name of the part that sends the load; it is not measured."""

POSTGRES_LOG = "postgres.log"
MAX_POSTGRES_LOG_BYTES = 1_000_000_000
"""More than PostgreSQL logs in a benchmark that counts its statements: a second file would begin at zero."""

SECURITY = {
    "QLOOM_PROFILE": "development",
    "API_KEY_PEPPER": "a pepper of the benchmarks, known to all who read them",
    "RATE_LIMIT_PER_MINUTE": "1000000",
    "RATE_LIMIT_PER_SECOND": "1000000",
}
"""``/api`` is open, as in `make run`."""


@dataclass
class Stack:
    """Servers with production's durability (fsync on), and programs of the Procfile on them."""

    folder: Path
    servers: list[Server]
    environment: dict[str, str]
    connections: Connections
    web_port: int = field(default_factory=free_port)
    programs: dict[str, ManagedProcess] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the web listens."""
        return f"http://127.0.0.1:{self.web_port}"

    def start_web(self, processes: int = 1) -> ManagedProcess:
        """Start gunicorn with so many gevent workers, and wait until it answers."""
        self.environment["WEB_WORKERS"] = str(processes)
        web = self.start("web", read_procfile(PROJECT / "Procfile")["web"])
        wait_until(lambda: is_reachable(f"{self.url}/"), web)
        return web

    def start_worker(self, name: str = "worker") -> ManagedProcess:
        """Start an interactive worker with its two slots, and wait until it takes jobs."""
        return self.start_celery(name, read_procfile(PROJECT / "Procfile")["worker"])

    def start_celery(self, name: str, line: str) -> ManagedProcess:
        """Start a Celery worker, and wait until it says that it is ready."""
        log = self.folder / f"{name}.log"
        log.unlink(missing_ok=True)
        worker = self.start(name, line)
        wait_until(lambda: log.exists() and " ready." in log.read_text(), worker)
        return worker

    def start(self, name: str, line: str) -> ManagedProcess:
        """Start a command line by ``sh``, as the supervisor does."""
        environment = {
            **self.environment,
            "HOST": "127.0.0.1",
            "PORT": str(self.web_port),
        }
        command = Command(argv=["sh", "-c", f"exec {line}"], cwd=PROJECT, environment=environment)
        self.programs[name] = ManagedProcess(command, PartLog(self.folder / f"{name}.log"))
        return self.programs[name]

    def stop(self) -> None:
        """Stop the programs, the last started first."""
        while self.programs:
            self.programs.popitem()[1].stop(STOP_SECONDS)

    def parts(self) -> dict[str, Processes]:
        """Return the processes of each part, for a ``CpuMeter``; simulators are a part of their own."""
        workers = [program.pid for name, program in self.programs.items() if name.startswith("worker")]
        return {
            "web": lambda: tree(self.programs["web"].pid),
            "worker": lambda: [tree(worker)[0] for worker in workers],
            "simulators": lambda: [process for worker in workers for process in tree(worker)[1:]],
            **self.server_parts(),
        }

    def server_parts(self) -> dict[str, Processes]:
        """Return the processes of each server, and that of the load's clients."""
        parts: dict[str, Processes] = {CLIENT: lambda: [psutil.Process()]}
        for server in self.servers:
            parts[server.name] = lambda pid=server.pid: tree(pid)  # type: ignore[misc]
        return parts


@contextmanager
def started_servers(
    *,
    graph: bool,
    graph_server: type[Server] = Neo4jServer,
    postgres_options: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Start PostgreSQL, Valkey and, if asked, a graph server; end all that was started.

    Meanwhile their URLs are in this process's environment too, where Celery's configuration reads them.
    """
    with tempfile.TemporaryDirectory(prefix="qloom-bench-") as name, ExitStack() as running:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL started by root runs as another user and must reach its data
        log = PartLog(folder / POSTGRES_LOG, max_bytes=MAX_POSTGRES_LOG_BYTES)
        servers: list[Server] = [
            PostgresServer(folder / "postgres", log=log, options=postgres_options),
            ValkeyServer(folder / "valkey"),
            *([graph_server(folder / "graph")] if graph else []),
        ]
        for server in servers:
            running.enter_context(server)
        environment = _environment(servers)
        running.callback(_set_environment, dict(os.environ))
        _set_environment(environment)
        connections = Connections(Settings.from_env(environment))
        running.callback(_close, connections)
        migrate(connections.database.engine)
        stack = Stack(folder, servers, environment, connections)
        running.callback(stack.stop)
        yield stack


def wait_until(condition: Callable[[], bool], process: ManagedProcess) -> None:
    """Wait for a condition while a process runs.

    Raises:
        RuntimeError: it did not come true in time, or the process has ended.
    """
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if process.has_ended or time.monotonic() > deadline:
            raise RuntimeError(f"a program did not start: {process.how_it_ended()}")
        time.sleep(POLL_SECONDS)


def _environment(servers: list[Server]) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    environment = {**inherited, "PATH": path, "PYTHONUNBUFFERED": "1", "WEB_WORKERS": "1", **SECURITY}
    for server in servers:
        environment.update(server.environment())
    return environment


def _set_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def _close(connections: Connections) -> None:
    connections.database.close()
    connections.graph_store.close()
