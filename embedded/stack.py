"""The whole of Qloom on one machine: what ``make run`` starts, in which order, and when each part is up."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from app.hosts import LOOPBACK_HOSTS
from app.settings.removed import REMOVED, removed_lines
from app.settings.servers import AddressSettings
from embedded import environment as kept_environment
from embedded.api_secrets import (
    ADMIN_KEY,
    DEVELOPMENT,
    keep_api_secrets,
    keep_encryption_keys,
    replace_admin_key,
)
from embedded.arcadedb import ArcadeDBServer
from embedded.disk import NO_SPACE, Disk
from embedded.errors import EmbeddedError
from embedded.http_checks import (
    EXECUTION_SECONDS,
    BusyError,
    execute_bell_in_thread,
    is_reachable,
    is_refused,
)
from embedded.logs import PartLog
from embedded.part import Program
from embedded.ports import LOOPBACK, require_free
from embedded.postgres import PostgresServer
from embedded.procfile import read_procfile, with_workers_together
from embedded.server import Server
from embedded.supervisor import Supervisor
from embedded.terminal import Terminal
from embedded.valkey import ValkeyServer

# The first start compiles every module and, on a slow disk, loads qiskit's libraries for a long time.
PROGRAM_SECONDS = 120.0
MIGRATE_SECONDS = 120.0
# A worker that meets a server which is not ready yet ends and is started again, but not for ever.
PROGRAM_DEATHS_ALLOWED = 2
# After the grace of its jobs a worker hands them back and ends its simulators; a web finishes its long polls.
STOP_MARGIN_SECONDS = 10.0
# The messages to the operator about secrets that this start or an earlier one made.
SHOWN = {
    ADMIN_KEY: (
        "admin API key {secret} (kept in {path}): /v2 needs it in the header Authorization: Bearer KEY"
    ),
    "FLOWER_PASSWORD": "Flower's user is qloom, its password {secret} (kept in {path})",
}
# Each Celery program would warn at each start that it runs as root.
CELERY_AS_ROOT = "ignore::Warning:celery.platforms"


class Stack:
    """Starts the parts of Qloom under a supervisor.

    Args:
        supervisor: runs the parts.
        terminal: where the operator reads.
        settings: the addresses, ports and data folder to use.
        grace_seconds: how long jobs may go on when a worker is stopped.
        project: the folder with the Procfile and the code.
        disk: the disk of the data folder.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        terminal: Terminal,
        settings: AddressSettings,
        grace_seconds: float,
        project: Path,
        disk: Disk,
    ) -> None:
        self._supervisor = supervisor
        self._terminal = terminal
        self._settings = settings
        self._stop_seconds = grace_seconds + STOP_MARGIN_SECONDS
        self._project = project
        self._disk = disk
        self._secrets = keep_api_secrets(settings.data_dir, os.environ)
        self._encryption_keys = keep_encryption_keys(settings.data_dir, os.environ)
        listens_everywhere = settings.host in ("", "0.0.0.0", "::")  # noqa: S104 - compared
        self._host = LOOPBACK if listens_everywhere else settings.host
        self.api_url = f"http://{self._host}:{settings.web_port}"
        self.flower_url = f"http://{LOOPBACK}:{settings.flower_port}"
        self._server_ports: dict[type[Server], int] = {
            PostgresServer: settings.postgres_port,
            ValkeyServer: settings.valkey_port,
            ArcadeDBServer: settings.bolt_port,
        }

    def start(self) -> None:
        """Start everything and run a first circuit.

        Raises:
            EmbeddedError: a part cannot start; the message is one line for the operator.
            StopRequestedError: a stop was asked for meanwhile.
        """
        for line in removed_lines(os.environ):
            self._terminal.say(line)
        programs = with_workers_together(read_procfile(self._project / "Procfile"))
        self._require_ports()
        servers = self.servers()
        self._start_servers(servers)
        environment = self.environment(servers)
        kept = kept_environment.keep(self._settings.data_dir, environment)
        self._run_step("migrate", "migrate", environment, MIGRATE_SECONDS)
        for name, line in programs.items():
            self._supervisor.start(self._program(name, line, environment, self._terminal.part_line))
        self._wait_for("web", lambda: is_reachable(f"{self.api_url}/status"))
        self._replace_dead_admin_key(servers)
        self._run_step("workers", f"workers --wait {PROGRAM_SECONDS:g}", environment, PROGRAM_SECONDS + 10)
        self._wait_for("flower", lambda: is_reachable(f"{self.flower_url}/healthcheck"))
        self._first_bell()
        for name, (secret, path) in self._secrets.drawn.items():
            self._terminal.say(SHOWN[name].format(secret=secret, path=path))
        self._terminal.say(f'command line: make cli ARGS="workers"; it uses the settings in {kept}')

    def forget(self) -> None:
        """Remove the settings that were kept for the command line."""
        kept_environment.forget(self._settings.data_dir)

    def servers(self) -> list[Server]:
        """Return the embedded servers that no URL in the environment replaces."""
        return [
            self._server(kind, port)
            for kind, port in self._server_ports.items()
            if not os.environ.get(kind.url_setting)
        ]

    def _server(self, kind: type[Server], port: int) -> Server:
        data_dir, log = self._settings.data_dir / kind.name, self._server_log(kind.name)
        if kind is PostgresServer:
            return PostgresServer(data_dir, port, log, within=self._settings.data_dir)
        return kind(data_dir, port, log)

    def environment(self, servers: list[Server]) -> dict[str, str]:
        """Return the environment of the programs: ours, the servers', and the settings as they are used."""
        environment = {
            **{name: value for name, value in os.environ.items() if name not in REMOVED},
            **self._secrets.environment,
            "ENCRYPTION_KEYS": self._encryption_keys,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "PYTHONUNBUFFERED": "1",
            "QLOOM_DATA_DIR": str(self._settings.data_dir),
            "HOST": self._settings.host,
            "PORT": str(self._settings.web_port),
            "FLOWER_PORT": str(self._settings.flower_port),
            # the supervisor sends requests to this address, whatever hosts callers use
            "ALLOWED_HOSTS": ",".join(
                [os.environ.get("ALLOWED_HOSTS") or ",".join(LOOPBACK_HOSTS), self._host]
            ),
        }
        if os.geteuid() == 0:
            quiet = [os.environ.get("PYTHONWARNINGS", ""), CELERY_AS_ROOT]
            environment["PYTHONWARNINGS"] = ",".join(filter(None, quiet))
        for server in servers:
            environment.update(server.environment())
        return environment

    def _require_ports(self) -> None:
        settings = self._settings
        host = settings.host if settings.host != "localhost" else LOOPBACK
        require_free(settings.web_port, "PORT", "the web", host)
        require_free(settings.flower_port, "FLOWER_PORT", "Flower")
        for kind, port in self._server_ports.items():
            if port:
                require_free(port, kind.port_setting, kind.name)

    def _start_servers(self, servers: list[Server]) -> None:
        for server in servers:
            self._supervisor.start(server)
        for server in servers:
            self._supervisor.wait_until(server.is_ready, server.ready_seconds, server.name)
            self._terminal.say(f"{server.name} is up on {LOOPBACK}:{server.port}")

    def _wait_for(self, name: str, condition: Callable[[], bool]) -> None:
        self._supervisor.wait_until(condition, PROGRAM_SECONDS, name, PROGRAM_DEATHS_ALLOWED)
        self._terminal.say(f"{name} is up")

    def _run_step(self, name: str, arguments: str, environment: dict[str, str], seconds: float) -> None:
        line = f"{sys.executable} -m app.cli {arguments}"
        step = self._program(name, line, environment)
        self._supervisor.run_once(step, seconds, PROGRAM_DEATHS_ALLOWED)
        for text in step.log.lines():
            self._terminal.say(f"{name}: {text}")

    def _replace_dead_admin_key(self, servers: list[Server]) -> None:
        """Draw and store another admin key if the one that was drawn was revoked or has expired."""
        if ADMIN_KEY not in self._secrets.drawn:
            return
        key, path = self._secrets.drawn[ADMIN_KEY]
        if not is_refused(self.api_url, key):
            return
        replace_admin_key(self._settings.data_dir)
        self._secrets = keep_api_secrets(self._settings.data_dir, os.environ)
        environment = self.environment(servers)
        kept_environment.keep(self._settings.data_dir, environment)
        self._run_step("migrate", "migrate", environment, MIGRATE_SECONDS)
        self._terminal.say(f"the admin API key in {path} was revoked or has expired; a new one replaces it")

    def _first_bell(self) -> None:
        key = None
        if self._secrets.environment["QLOOM_PROFILE"] != DEVELOPMENT:
            key = os.environ.get(ADMIN_KEY)
            if not key or is_refused(self.api_url, key):
                self._terminal.say(
                    f"no first circuit was run: it needs an API key, and {ADMIN_KEY} has no valid one"
                )
                return
        future = execute_bell_in_thread(self.api_url, key)
        self._supervisor.wait_until(
            future.done, EXECUTION_SECONDS + 5, "the first circuit", PROGRAM_DEATHS_ALLOWED
        )
        error = future.exception()
        if isinstance(error, BusyError):
            self._terminal.say(f"the first circuit is not waited for: there are other jobs ({error})")
            return
        if error is not None:
            raise EmbeddedError(
                f"the first circuit failed: {error} (logs: {self._settings.data_dir / 'log'})"
            )
        execution = future.result()
        counts = ", ".join(f"{count} × {bits}" for bits, count in sorted(execution["counts"].items()))
        self._terminal.say(f"first circuit (bell): {counts} (execution {execution['execution_id']})")

    def _program(
        self,
        name: str,
        line: str,
        environment: dict[str, str],
        show: Callable[[str, str], None] | None = None,
    ) -> Program:
        log_path = self._settings.data_dir / "log" / f"{name}.log"
        return Program(
            name=name,
            line=line,
            cwd=self._project,
            environment=environment,
            log=PartLog(log_path, None if show is None else lambda text: show(name, text)),
            record=self._settings.data_dir / "run" / name,
            stop_seconds=self._stop_seconds,
        )

    def _server_log(self, name: str) -> PartLog:
        return PartLog(
            self._settings.data_dir / "log" / f"{name}.log", lambda text: self._watch_disk(name, text)
        )

    def _watch_disk(self, name: str, text: str) -> None:
        """Tell the operator about a full disk: a running server only writes this to its log."""
        if NO_SPACE in text:
            self._disk.tell(f"{name} cannot write")
