"""A real Neo4j from Maven Central, for the tests and ``make neo4j``: needs Java 17 and Maven, no Docker.

``python -m embedded.neo4j`` runs it until Ctrl-C, its data in ``var/neo4j``, and prints the settings that
make Qloom use it. ``deploy/neo4j`` says what is built.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from app.settings.declaration import SettingsError
from app.settings.servers import AddressSettings
from embedded.bolt import BoltServer
from embedded.data_dir import keep_new_files_private, lock_data_dir
from embedded.errors import EmbeddedError, ServerError, StopRequestedError
from embedded.logs import PartLog
from embedded.process import Command, run_to_end

SOURCE = Path(__file__).resolve().parent.parent / "deploy" / "neo4j"
BUILD = SOURCE / "build"
INPUTS = (SOURCE / "pom.xml", SOURCE / "Neo4jServer.java")
TOOLS = ("java", "javac", "mvn")
MAIN_CLASS = "Neo4jServer"
# They bound its memory, and keep collector and compiler threads few beside the tests on a small machine.
JAVA_OPTIONS = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

USERNAME = "neo4j"
DATABASE = "neo4j"
DOWNLOAD_SECONDS = 600.0
COMPILE_SECONDS = 120.0


class Neo4jServer(BoltServer):
    """A Neo4j Community server; user ``neo4j``, database ``neo4j``. It is built first if necessary."""

    name = "neo4j"
    username = USERNAME
    database = DATABASE
    stop_seconds = 30.0  # it writes a checkpoint first
    ready_seconds = 180.0  # 12 s on two idle cores, more when tests run at the same time

    def make_files(self) -> None:
        """Build the server if that was not done before."""
        build(self.log)

    def command(self) -> Command:
        """Return how to run its Java process."""
        classpath = f"{BUILD / 'classes'}{os.pathsep}{BUILD / 'lib' / '*'}"
        home = str(self.data_dir / "home")
        return Command(
            argv=["java", *JAVA_OPTIONS, "-cp", classpath, MAIN_CLASS, home, str(self.port)],
            cwd=self.data_dir,
            environment=_environment() | {"NEO4J_PASSWORD": self.password},
            death_signal=signal.SIGTERM,
        )


def missing_tools() -> list[str]:
    """Return the programs that a Neo4j needs and that are not on the PATH."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def build(log: PartLog) -> None:
    """Download the jars and compile, once for each state of the sources. Parallel callers wait for the first.

    Raises:
        ServerError: a tool is missing, or the build failed; the message carries the last line of its output.
    """
    state = hashlib.sha256(b"".join(path.read_bytes() for path in INPUTS)).hexdigest()
    stamp = BUILD / "state"
    with _build_lock():
        if stamp.exists() and stamp.read_text() == state:
            return
        if missing := missing_tools():
            raise ServerError(
                f"neo4j: there is no {', '.join(missing)} here: "
                "install a Java 17 JDK and Maven, or set NEO4J_URL"
            )
        stamp.unlink(missing_ok=True)
        shutil.rmtree(BUILD / "lib", ignore_errors=True)
        shutil.rmtree(BUILD / "classes", ignore_errors=True)
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={BUILD / 'lib'}"]
        _step(log, DOWNLOAD_SECONDS, "mvn", "--quiet", "--batch-mode", "-f", str(SOURCE / "pom.xml"), *goal)
        classpath = str(BUILD / "lib" / "*")
        _step(log, COMPILE_SECONDS, "javac", "-cp", classpath, "-d", str(BUILD / "classes"), str(INPUTS[1]))
        stamp.write_text(state)


@contextmanager
def _build_lock() -> Iterator[None]:
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _step(log: PartLog, seconds: float, *argv: str) -> None:
    if run_to_end(Command(argv=argv, cwd=SOURCE, environment=_environment()), log, seconds) != 0:
        raise ServerError(f"neo4j: {argv[0]} failed: {log.last_line()} (log: {log.path})")


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _request_stop(number: int, frame: FrameType | None) -> None:
    raise StopRequestedError


def main() -> int:
    """Run a Neo4j until Ctrl-C or SIGTERM; return 1 after one line that says why it could not."""
    signal.signal(signal.SIGINT, _request_stop)
    signal.signal(signal.SIGTERM, _request_stop)
    try:
        settings = AddressSettings.from_env()
        data_dir = settings.data_dir / Neo4jServer.name
        keep_new_files_private()
        with lock_data_dir(data_dir):
            server = Neo4jServer(data_dir, settings.bolt_port)
            with server:
                print(
                    "\n".join(f"{name}={value}" for name, value in server.environment().items()), flush=True
                )
                signal.pause()
    except StopRequestedError:
        return 0
    except (EmbeddedError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
