"""Measures how many executions a second several clients get, and the processor time of each."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from benchmarks import report
from benchmarks.client import Connection, LoadResult, Response, load
from benchmarks.machine import CpuMeter, Processes
from benchmarks.report import Times
from benchmarks.stack import CLIENT

BELL = "/api/execute/bell"


def bell(connection: Connection) -> Response:
    """Request one execution of ``bell``, whose response must say that the graph is stored.

    Raises:
        RuntimeError: the response says that the graph is not stored.
    """
    response = connection.post(BELL)
    if b'"graph_status":"stored"' not in response.body:
        raise RuntimeError(f"not a stored execution: HTTP {response.status}: {response.body[:300]!r}")
    return response


def plain_bell(connection: Connection) -> Response:
    """Request one execution of ``bell`` from the plain backend, which responds when the graph is stored."""
    return connection.post(BELL)


@dataclass
class Throughput:
    """A load, in one slice or more."""

    ask: Callable[[Connection], Response]
    parts: Mapping[str, Processes]
    port: int
    slices: list[LoadResult] = field(default_factory=list)
    spent_seconds: Counter[str] = field(default_factory=Counter)

    def measure(self, clients: int, seconds: float) -> None:
        """Let so many clients ask for so many seconds."""
        meter = CpuMeter(self.parts)
        self.slices.append(load(self.port, clients, seconds, self.ask))
        self.spent_seconds.update(meter.spent_seconds())

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return sum(each.requests for each in self.slices)

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / sum(each.seconds for each in self.slices)

    @property
    def times(self) -> Times:
        """How long each request took."""
        return Times(list(chain.from_iterable(each.response_times.milliseconds for each in self.slices)))

    @property
    def processor_ms(self) -> float:
        """Processor time of one request in all parts, without the clients."""
        everything = sum(seconds for part, seconds in self.spent_seconds.items() if part != CLIENT)
        return everything / self.requests * 1000

    def show_parts(self) -> None:
        """Report the processor time of one request in each part, the largest first."""
        for part, seconds in self.spent_seconds.most_common():
            report.figure(f"  processor time of each execution: {part}", seconds / self.requests * 1000, "ms")
