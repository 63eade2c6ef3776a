"""Requests ``/healthz`` every 20 ms, each time on a new connection, and reads the web's memory."""

import socket
import threading
import time
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]  # it ships no types

from benchmarks.machine import tree
from benchmarks.report import Times
from embedded.ports import LOOPBACK

INTERVAL_SECONDS = 0.02
TIMEOUT_SECONDS = 120.0
MIB = 1024 * 1024
REQUEST = f"GET /healthz HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n".encode()


@dataclass
class Probes:
    """Probes that do not wait for each other: each has a thread and a connection of its own.

    Attributes:
        milliseconds: what each answered probe took, from connecting to the last byte.
        failures: how many probes got no 200.
        growth_mib: by how much the web's resident memory grew over what it was at the start, at most.
    """

    port: int
    web_pid: int
    milliseconds: list[float] = field(default_factory=list)
    failures: int = 0
    growth_mib: float = 0.0
    _is_over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Probes":
        self._before = self._resident_mib()
        self._ticker = threading.Thread(target=self._tick)
        self._ticker.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._ticker.join()

    @property
    def times(self) -> Times:
        """The durations of the answered probes."""
        return Times(self.milliseconds)

    def _tick(self) -> None:
        asking = []
        following = time.monotonic()
        while not self._is_over.is_set():
            asking.append(threading.Thread(target=self._ask))
            asking[-1].start()
            self.growth_mib = max(self.growth_mib, self._resident_mib() - self._before)
            following += INTERVAL_SECONDS
            self._is_over.wait(max(0.0, following - time.monotonic()))
        for thread in asking:
            thread.join()

    def _ask(self) -> None:
        started = time.perf_counter()
        try:
            with socket.create_connection((LOOPBACK, self.port), TIMEOUT_SECONDS) as connection:
                connection.sendall(REQUEST)
                response = b""
                while received := connection.recv(4096):
                    response += received
        except OSError:
            response = b""
        if response.startswith(b"HTTP/1.1 200 "):
            self.milliseconds.append((time.perf_counter() - started) * 1000)
        else:
            self.failures += 1

    def _resident_mib(self) -> float:
        resident = 0
        for process in tree(self.web_pid):
            try:
                resident += process.memory_info().rss
            except psutil.NoSuchProcess:  # gunicorn has replaced a worker that hung
                continue
        return resident / MIB
