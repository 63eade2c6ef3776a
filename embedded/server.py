"""The common part of all embedded servers."""

import time
from abc import abstractmethod
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from embedded import leftovers
from embedded.credentials import keep_secret, new_password
from embedded.errors import ServerError
from embedded.logs import PartLog
from embedded.part import Part
from embedded.ports import free_port, is_free, require_free
from embedded.process import ManagedProcess

POLL_SECONDS = 0.05


class Server(Part):
    """One server with its data in one folder, listening on one loopback port.

    As a context manager it starts, waits until it answers, yields its URL, and stops. The supervisor uses the
    pieces (``prepare``, ``command``, ``is_ready``) and does the waiting itself. Start it in the main thread.

    Args:
        data_dir: its folder; made if missing, found again by the next start.
        port: the port; 0 takes a free one, kept as long as this object lives.
        log: where its output goes; by default a file in ``data_dir``.
    """

    port_setting: ClassVar[str]
    url_setting: ClassVar[str]
    stops_last = True
    # All else waits for it: it is to be back soon when what ended it is over, for instance a full disk
    longest_pause_seconds = 3.0
    ready_seconds: ClassVar[float] = 60.0

    def __init__(self, data_dir: Path, port: int = 0, log: PartLog | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.log = log or PartLog(self.data_dir / f"{self.name}.log")
        self.record = self.data_dir / "process-id"
        self._port_may_change = port == 0
        self.port = port or free_port()
        self._process: ManagedProcess | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The URL that a client needs, with its password where the protocol has it there."""

    @property
    def password(self) -> str:
        """The password, kept with the data (mode 0600)."""
        return keep_secret(self.data_dir / "password", new_password)

    def environment(self) -> dict[str, str]:
        """Return the settings by which the programs find this server."""
        return {self.url_setting: self.url}

    def prepare(self) -> None:
        """Make missing files and check that its port is free, before every start.

        Raises:
            ServerError: the files cannot be made.
            PortTakenError: another process has its port.
        """
        self._settle_port()
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self.make_files()
        except OSError as error:
            raise self.failure("cannot write its files", str(error)) from error

    @abstractmethod
    def make_files(self) -> None:
        """Make the missing files in its folder.

        Raises:
            ServerError: its data cannot be used.
            OSError: they cannot be written.
        """

    @abstractmethod
    def is_ready(self) -> bool:
        """Send it one request and return whether it answered within a second."""

    @property
    def pid(self) -> int:
        """The process id of a server that was started here."""
        if self._process is None:
            raise ServerError(f"{self.name} was not started")
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            ServerError: it ended or gave no answer in time; the message carries the last line of its log.
        """
        self._process = self.launch()
        if not self._wait_ready(self.ready_seconds):
            failure = self.failure("did not answer in time" if self._running() else "ended at start")
            self.stop()
            raise failure

    def stop(self) -> None:
        """Stop it; nothing happens if it does not run."""
        if self._process is not None:
            self._process.stop(self.stop_seconds)
            leftovers.forget(self.record)
            self._process = None

    def kill(self) -> None:
        """Kill it as a crash would; its data stays as it is."""
        if self._process is not None:
            self._process.kill()

    def failure(self, what: str, last_line: str | None = None) -> ServerError:
        """Return the line for the operator: what happened, the last line of its log, what to change."""
        words = self.log.last_line() if last_line is None else last_line
        return ServerError(
            f"{self.name} {what}: {words} (log: {self.log.path}; set QLOOM_DATA_DIR for another folder "
            f"or disk, {self.url_setting} for a server of your own)"
        )

    def package_folder(self, package: str) -> Path:
        """Find the folder of the package with its binaries. It is not imported: that may have side effects.

        Raises:
            ServerError: there is none for this machine.
        """
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise ServerError(f"{self.name}: no embedded server for this machine: set {self.url_setting}")
        return Path(spec.submodule_search_locations[0])

    def _settle_port(self) -> None:
        """Check the port. Before the first start, a chosen port may change: no client has the URL yet."""
        if self._port_may_change and not is_free(self.port):
            self.port = free_port()
        self._port_may_change = False
        require_free(self.port, self.port_setting, self.name)

    def _running(self) -> bool:
        return self._process is not None and not self._process.has_ended

    def _wait_ready(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._running():
            if self.is_ready():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def __enter__(self) -> str:
        self.start()
        return self.url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
