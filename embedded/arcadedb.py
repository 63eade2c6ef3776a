"""ArcadeDB as a Bolt graph server, with the Java runtime of the ``arcadedb-embedded`` wheel."""

import os
import signal
from importlib.util import find_spec
from pathlib import Path

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from embedded.bolt import BoltServer
from embedded.credentials import write_private
from embedded.errors import ServerError
from embedded.ports import LOOPBACK
from embedded.process import Command

USERNAME = "root"  # ArcadeDB's name for its administrator cannot be chosen
DATABASE = "neo4j"  # the name that Neo4j gives its own, so that one setting fits both
PROBE_SECONDS = 1.0

# The first line bounds its memory; the flags after it are those of ArcadeDB's own start script.
JAVA_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--add-modules=jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
    "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dfile.encoding=UTF8",
    "-Dpolyglot.engine.WarnInterpreterOnly=false",
)
MAIN_CLASS = "com.arcadedb.server.ArcadeDBServer"


class ArcadeDBServer(BoltServer):
    """A graph server for the official ``neo4j`` driver; user ``root``, database ``neo4j``."""

    name = "arcadedb"
    username = USERNAME
    database = DATABASE

    def make_files(self) -> None:
        """Write the file with its options (mode 0600): the password among them must not show in ``ps``."""
        package = _package()
        settings = {
            "server.rootPath": str(self.data_dir),
            "server.rootPassword": self.password,
            "server.mode": "production",
            "server.httpIncomingHost": LOOPBACK,
            "server.httpIncomingPort": "0",  # cannot be switched off; the system picks a port
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "server.defaultDatabases": f"{DATABASE}[{USERNAME}]",
            # it heeds no timeout of a transaction: what nobody has ended by then it ends itself
            "command.timeout": "60000",
            "bolt.host": LOOPBACK,
            "bolt.port": str(self.port),
            "bolt.defaultDatabase": DATABASE,
        }
        lines = [
            *JAVA_OPTIONS,
            f"-XX:ErrorFile={self.data_dir / 'java-crash.log'}",
            *(f"-Darcadedb.{name}={value}" for name, value in settings.items()),
            "-cp",
            str(package / "jars" / "*"),
            MAIN_CLASS,
        ]
        write_private(self._options, "".join(f'"{_escaped(line)}"\n' for line in lines))

    def command(self) -> Command:
        """Return the command line of its Java process."""
        return Command(
            argv=[str(_package() / "jre" / "bin" / "java"), f"@{self._options}"],
            cwd=self.data_dir,
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            death_signal=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        """Log in and run a query on the database."""
        try:
            with (
                neo4j.GraphDatabase.driver(
                    self.url, auth=(self.username, self.password), connection_timeout=PROBE_SECONDS
                ) as driver,
                driver.session(database=DATABASE) as session,
            ):
                session.run("RETURN 1").consume()
        except (DriverError, Neo4jError):
            return False
        return True

    @property
    def _options(self) -> Path:
        return self.data_dir / "java-options"


def _escaped(text: str) -> str:
    """Escape a line for a Java argument file, whose quoted strings know backslash escapes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _package() -> Path:
    # found without importing the package, which would load its bridge to Java
    spec = find_spec("arcadedb_embedded")
    if spec is None or not spec.submodule_search_locations:
        raise ServerError("arcadedb: there is no embedded graph server for this machine: set NEO4J_URL")
    return Path(spec.submodule_search_locations[0])
