"""One process that has Qiskit loaded, and forks the forkservers of all workers of a machine from it.

So they share its memory. It listens on a socket in the data folder. A forkserver from here is its worker's
own in every other way: it writes to the worker's outputs, and ends with the worker.
"""

import fcntl
import json
import logging
import os
import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import forkserver
from pathlib import Path

logger = logging.getLogger(__name__)

SOCKET = "simulators.socket"

NUM_FDS = 5
"""What a request brings: the listener of the new forkserver, the pipe that ends with its last client, the one
that ends with its worker, and the worker's two outputs."""

MAX_REQUEST_BYTES = 65_536

REQUEST_SECONDS = 5.0
"""How long a client may take to send its request."""


@contextmanager
def address_in(folder: Path) -> Iterator[str]:
    """Give a short name of the socket in a folder: addresses of sockets have at most 107 bytes (unix(7))."""
    held = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{held}/{SOCKET}"
    finally:
        os.close(held)


def run(folder: Path, modules: Iterable[str]) -> None:
    """Load the modules, then fork a forkserver for each request, for ever."""
    with _listen(folder) as listener:
        for name in modules:
            import_module(name)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel forgets children that end
        while True:
            client, _ = listener.accept()
            with client:
                try:
                    _serve(client, listener)
                except (OSError, ValueError) as error:
                    logger.warning("A worker gets no simulators from here: %s", error)


def _listen(folder: Path) -> socket.socket:
    """Listen where only this user can connect. Workers wait until the modules are loaded."""
    (folder / SOCKET).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with address_in(folder) as address:
        listener.bind(address)
    (folder / SOCKET).chmod(0o600)
    listener.listen()
    return listener


def _serve(client: socket.socket, listener: socket.socket) -> None:
    client.settimeout(REQUEST_SECONDS)
    request, fds, _, _ = socket.recv_fds(client, MAX_REQUEST_BYTES, NUM_FDS)
    try:
        environment = json.loads(request)
        pid = os.fork()
        if pid == 0:
            try:
                client.close()
                listener.close()
                _become_forkserver(environment, *fds)
            except Exception:
                logger.exception("A forkserver failed")
            finally:
                os._exit(0)
        client.send(b"%d" % pid)
    finally:
        for fd in fds:
            os.close(fd)


def _become_forkserver(
    environment: dict[str, str], listener: int, alive: int, worker: int, output: int, errors: int
) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _end_with(worker)
    for given, stream in ((output, 1), (errors, 2)):
        os.dup2(given, stream)
        os.close(given)
    os.environ.update(environment)
    forkserver.main(listener, alive, [])


def _end_with(worker: int) -> None:
    """Have the kernel end this process (SIGIO) when the pipe's other end closes: when the worker ends."""
    fcntl.fcntl(worker, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(worker, fcntl.F_SETFL, os.O_RDONLY | os.O_ASYNC)
