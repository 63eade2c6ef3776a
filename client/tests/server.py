"""A Qloom for the tests: the one of the environment, or one that is started from this repository.

The server runs in its own virtual environment, so that nothing of it is installed beside the client.
"""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SERVER_PYTHON = os.environ.get("QLOOM_SERVER_PYTHON", str(REPOSITORY / ".venv" / "bin" / "python"))
START_SECONDS = 240
WAIT_SECONDS = 120
"""The longest wait of a test for a state: a busy machine takes many times as long as a quiet one."""

PORTS = range(20_000, 32_000)
"""Below the ports that Linux gives to outgoing connections, so that none of these takes one meanwhile."""

T = TypeVar("T")


@dataclass
class Server:
    """A running Qloom; ``process`` is the supervisor, if the tests started it."""

    url: str
    key: str
    folder: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    supervisor: int | None = None

    def stop(self) -> None:
        """End it, if the tests started it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(WAIT_SECONDS)


def free_port() -> int:
    """Return a port that nothing listens on."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("a hundred ports are taken")


def wait_until(condition: Callable[[], T], what: str, seconds: float = WAIT_SECONDS) -> T:
    """Call ``condition`` until it returns something true, and return that."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds:g} s"
        time.sleep(0.1)
    return found


def is_ready(url: str) -> bool:
    """Return whether the server serves now."""
    try:
        return httpx.get(f"{url}/readyz", timeout=WAIT_SECONDS).is_success
    except httpx.TransportError:
        return False


def start(folder: Path) -> Server:
    """Start a Qloom with its servers; raises ``FileNotFoundError`` where it is not installed."""
    if not Path(SERVER_PYTHON).exists():
        raise FileNotFoundError(f"no server: {SERVER_PYTHON} is missing (make run installs it)")
    port, log = free_port(), folder / "server.log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("QLOOM")},
        "PORT": str(port),
        "FLOWER_PORT": str(free_port()),
        "QLOOM_DATA_DIR": str(folder / "var"),
        "RATE_LIMIT_PER_MINUTE": "100000",
        "RATE_LIMIT_PER_SECOND": "10000",
        "WEBHOOK_ALLOW_PRIVATE": "true",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [SERVER_PYTHON, "-m", "embedded", "--end-with-parent"],
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url, key_file = f"http://127.0.0.1:{port}", folder / "var" / "admin-api-key"
    deadline = time.monotonic() + START_SECONDS
    while not ("first circuit" in log.read_text() and key_file.exists()):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"the server did not start:\n{log.read_text()}")
        time.sleep(0.2)
    wait_until(lambda: is_ready(url), "the web")
    return Server(url, key_file.read_text().strip(), folder, process, process.pid)
