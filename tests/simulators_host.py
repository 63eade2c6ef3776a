"""The host of simulator processes (``workers.simulators``) that all stacks of a pytest process share.

Without it each worker of a test would load Qiskit: 3 s of processor time for each start.
"""

import atexit
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

from app.simulators.host import SOCKET
from embedded.logs import PartLog
from embedded.process import Command, ManagedProcess
from tests.environment import NO_SERVERS, PROJECT


class SimulatorsHost:
    """A host in a data folder of its own; it ends with this process."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="qloom-simulators-"))
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            **NO_SERVERS,
            "QLOOM_DATA_DIR": str(folder),
        }
        command = [sys.executable, "-m", "workers.simulators"]
        self._address = folder / SOCKET
        self._process = ManagedProcess(
            Command(argv=command, cwd=PROJECT, environment=environment), PartLog(folder / "simulators.log")
        )
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        atexit.register(self._process.kill)

    @property
    def is_up(self) -> bool:
        """Whether it listens."""
        return self._address.is_socket()

    def serve(self, folder: Path) -> None:
        """Let workers with this data folder have their simulators from here."""
        if not (folder / SOCKET).is_symlink():
            (folder / SOCKET).symlink_to(self._address)

    def simulators_of(self, worker: int) -> list[psutil.Process]:
        """Return the simulators of a worker (its process id): they write to its output."""
        output = _pipes(worker)
        forkservers = psutil.Process(self._process.pid).children()
        return [each for parent in forkservers if _pipes(parent.pid) & output for each in parent.children()]


@cache
def simulators_host() -> SimulatorsHost:
    """Return the host of this pytest process, which the first call starts."""
    return SimulatorsHost()


def _pipes(pid: int) -> set[str]:
    """The pipes that a process has open, by their names in /proc."""
    found = set()
    with suppress(FileNotFoundError, ProcessLookupError):  # it ends
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # it was closed meanwhile
                found.add(os.readlink(link))
    return {name for name in found if name.startswith("pipe:")}
