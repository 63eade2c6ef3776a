"""ArcadeDB as a Bolt graph server, with the Java runtime of the ``arcadedb-embedded`` wheel."""

import os
import signal
from pathlib import Path

from embedded.bolt import BoltServer
from embedded.credentials import write_private
from embedded.ports import LOOPBACK
from embedded.process import Command

USERNAME = "root"  # ArcadeDB's name for its administrator cannot be chosen
DATABASE = "neo4j"  # the name that Neo4j gives its own, so that one setting fits both

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
        """Write its options to a file (mode 0600), so that ``ps`` does not show the password."""
        settings = {
            "server.rootPath": str(self.data_dir),
            "server.rootPassword": self.password,
            "server.mode": "production",
            "server.httpIncomingHost": LOOPBACK,
            "server.httpIncomingPort": "0",  # cannot be switched off; the system picks a port
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "server.defaultDatabases": f"{DATABASE}[{USERNAME}]",
            # it ignores the timeouts of transactions; after this time it ends any command
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
            str(self._package / "jars" / "*"),
            MAIN_CLASS,
        ]
        write_private(self._options, "".join(f'"{_escaped(line)}"\n' for line in lines))

    def command(self) -> Command:
        """Return how to run its Java process."""
        return Command(
            argv=[str(self._package / "jre" / "bin" / "java"), f"@{self._options}"],
            cwd=self.data_dir,
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            death_signal=signal.SIGTERM,
        )

    @property
    def _package(self) -> Path:
        return self.package_folder("arcadedb_embedded")

    @property
    def _options(self) -> Path:
        return self.data_dir / "java-options"


def _escaped(text: str) -> str:
    """Escape a line for a Java argument file, whose quoted strings know backslash escapes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
