"""The worker's side of ``app.simulators.host``: multiprocessing's forkserver, forked by another process."""

import json
import logging
import os
import select
import socket
import tempfile
from contextlib import ExitStack
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path
from threading import Lock

from app.simulators.host import SOCKET, address_in

logger = logging.getLogger(__name__)

START_SECONDS = 60.0
"""How long the other process may take to load Qiskit; 2 s here."""

ENVIRONMENT = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""What workers set each for itself, and their simulators read."""


class HostedForkServer(forkserver.ForkServer):
    """A forkserver that the host forks if there is one; else multiprocessing starts it, as always."""

    folder = Path()
    _lock: Lock  # these four are multiprocessing's own
    _forkserver_pid: int | None
    _forkserver_address: str | None
    _forkserver_alive_fd: int | None
    _pidfd: int | None = None
    _worker_w: int | None = None

    def ensure_running(self) -> None:
        """Make sure that a forkserver runs; each new process of multiprocessing begins so."""
        with self._lock:
            resource_tracker.ensure_running()
            if self._pidfd is not None:
                if not select.select([self._pidfd], [], [], 0)[0]:
                    return
                self._forget()
            if self._forkserver_pid is None and (self.folder / SOCKET).is_socket():
                try:
                    self._ask_host()
                    return
                except (OSError, ValueError) as error:
                    logger.warning("The simulators share no memory with those of other workers: %s", error)
        super().ensure_running()

    def _ask_host(self) -> None:
        with ExitStack() as stack:
            address = os.path.join(tempfile.mkdtemp(dir=util.get_temp_dir()), "listener")
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            os.chmod(address, 0o600)
            listener.listen()
            alive_r, alive_w = os.pipe()
            worker_r, worker_w = os.pipe()
            for fd in (alive_r, worker_r):
                stack.callback(os.close, fd)
            with ExitStack() as undo:
                for fd in (alive_w, worker_w):
                    undo.callback(os.close, fd)
                pid = self._fork([listener.fileno(), alive_r, worker_r, 1, 2])
                self._pidfd = os.pidfd_open(pid)
                undo.pop_all()
            self._forkserver_address, self._forkserver_alive_fd = address, alive_w
            self._worker_w = worker_w

    def _fork(self, fds: list[int]) -> int:
        """Have the host fork; return the process id of the forkserver."""
        environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as host, address_in(self.folder) as address:
            host.settimeout(START_SECONDS)
            host.connect(address)
            socket.send_fds(host, [json.dumps(environment).encode()], fds)
            return int(host.recv(32))

    def _forget(self) -> None:
        for fd in (self._pidfd, self._forkserver_alive_fd, self._worker_w):
            if fd is not None:
                os.close(fd)
        self._pidfd = self._worker_w = self._forkserver_alive_fd = self._forkserver_address = None


def use_host(folder: Path) -> None:
    """Let this process ask the host that listens in the folder, if one does, for its forkserver."""
    HostedForkServer.folder = folder
    forkserver._forkserver.__class__ = HostedForkServer
