"""Lists the files that one request passes, found by tracing real requests.

Counted are the files of ``app`` and ``workers`` in which a function body runs from the route function to its
response, in the web, the worker and its simulator. A file that runs aside of them (in a thread that writes
graphs) counts if it runs in most of the traced requests, and not also while the stack only answers others.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from app.api_keys import service as api_keys
from app.models import Role
from benchmarks import report
from benchmarks.call_recorder import MARK
from benchmarks.client import Connection, Response, checked
from benchmarks.options import Options
from benchmarks.report import Goal
from benchmarks.stack import PROJECT, SECURITY, Stack, started_servers
from embedded.procfile import read_procfile

RECORD = re.compile(rf"{MARK} (\w+) ([\d.]+) (\S+)")
WARM_UP, REPEATS, MOST_TRIES = 3, 5, 30
IDLE_SECONDS = 8.0
"""Longer than any pause between two heartbeats, leases, or looks for events to send."""
AFTER_SECONDS = 0.5
CONTEXTS = [{"name": "technical", "weight": 0.7}, {"name": "general", "weight": 0.3}]
QUERY = {"context": "technical", "require_quantum": True}


@dataclass(frozen=True)
class Record:
    """That a file ran, and when."""

    where: str
    seconds: float
    file: str


def run(options: Options) -> None:
    """Trace an execution, a query that a circuit scores, and the insert of a vector."""
    report.section("request_path: files from the route function to its response")
    with started_servers(graph=True) as stack:
        stack.environment["PYTHONPATH"] = f"{PROJECT / 'benchmarks/recording'}:{PROJECT}"
        stack.start_web()
        procfile = read_procfile(PROJECT / "Procfile")
        for worker in ("worker", "worker_search"):
            stack.start_celery(worker, procfile[worker])
        with stack.connections.database.unit_of_work() as unit:
            key = api_keys.create(unit.session, SECURITY["API_KEY_PEPPER"], "benchmarks", Role.ADMIN).key
        with Connection(stack.web_port, key) as connection:
            _trace(stack, connection, "execute", 30, lambda: connection.post("/api/execute/bell"))
            _trace(stack, connection, "insert of a vector", 15, lambda: _insert(connection))
            _trace(stack, connection, "query", 25, lambda: _query(connection))


def _insert(connection: Connection) -> Response:
    vector = {"id": str(uuid4()), "vector": _numbers(), "contexts": CONTEXTS, "metadata": {"colour": "red"}}
    return connection.post("/v2/vectors", msgspec.json.encode(vector))


def _query(connection: Connection) -> Response:
    """Send a query that no cache can answer."""
    return connection.post("/v2/query", msgspec.json.encode(QUERY | {"vector": _numbers()}))


def _numbers() -> list[float]:
    return [random.random() for _ in range(8)]


def _trace(stack: Stack, connection: Connection, name: str, limit: int, ask: Callable[[], Response]) -> None:
    for _ in range(WARM_UP):
        checked(ask())
    time.sleep(AFTER_SECONDS)
    idle_from = time.monotonic()
    while time.monotonic() < idle_from + IDLE_SECONDS:
        checked(connection.get("/api/limits"))
        time.sleep(AFTER_SECONDS)
    asked_from = time.monotonic()
    windows: list[tuple[float, float]] = []
    for _ in range(MOST_TRIES):
        began = time.monotonic()
        if _is_whole(name, checked(ask())):
            windows.append((began, time.monotonic()))
        time.sleep(AFTER_SECONDS)
        if len(windows) == REPEATS:
            break
    else:
        raise RuntimeError(f"{len(windows)} of {MOST_TRIES} requests had all that the path has")
    records = _records(stack)
    idle = {each.file for each in records if idle_from <= each.seconds < asked_from}
    path = _path(records, windows, idle)
    report.figure(f"{name}: files", len(path), "", Goal.at_most(len(path), limit, "files"))
    report.figure(f"{name}: lines in them", sum(map(_lines, path)), "")
    for file, where in path.items():
        report.note(f"{where:<9} {file}")


def _path(records: list[Record], windows: list[tuple[float, float]], idle: set[str]) -> dict[str, str]:
    """Return the files of the requests in their order, and where each ran first."""
    path: dict[str, str] = {}
    aside: Counter[str] = Counter()
    for began, ended in windows:
        seen = [each for each in records if began <= each.seconds <= ended]
        from_route = seen[next(place for place, each in enumerate(seen) if each.where == "web") :]
        aside.update({each.file for each in from_route if each.where == "aside"} - idle)
        for each in from_route:
            if each.where != "aside" or aside[each.file] > len(windows) / 2:
                path.setdefault(each.file, each.where)
    return path


def _is_whole(name: str, response: bytes) -> bool:
    """Return whether the graph of an execution was written in time: on a busy machine it may not be."""
    return name != "execute" or msgspec.json.decode(response)["graph_status"] == "stored"


def _records(stack: Stack) -> list[Record]:
    found = [
        Record(where, float(seconds), file)
        for program in stack.programs
        for where, seconds, file in RECORD.findall((stack.folder / f"{program}.log").read_text())
    ]
    return sorted(found, key=lambda record: record.seconds)


def _lines(file: str) -> int:
    return len((PROJECT / file).read_text().splitlines())
