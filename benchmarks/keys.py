"""Measures how much the check of a key and the count against its limit add to a request."""

from functools import partial

from app.api_keys import service
from app.models import Role
from benchmarks import report
from benchmarks.client import Connection, checked, timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times
from benchmarks.stack import Stack, started_servers, wait_until
from embedded.http_checks import is_reachable
from embedded.ports import free_port

GOAL_MS = 1.5
PATH = "/api/circuits"
"""A route that reads nothing, so that only the check differs."""

WARM_UP = 50
LINE = "gunicorn -c gunicorn.conf.py -b 127.0.0.1:{port} benchmarks.unguarded_web:app"


def run(options: Options) -> None:
    """Ask a web that checks and one that does not, in turn."""
    report.section("keys: a request with a key, checked in PostgreSQL and counted in Redis, and one without")
    with started_servers(graph=False) as stack:
        key = _make_key(stack)
        stack.start_web()
        bare_port = _start_unguarded(stack)
        wait_for_quiet()
        with (
            Connection(stack.web_port, key) as keyed,
            Connection(stack.web_port) as open_to_all,
            Connection(bare_port, key) as bare,
        ):
            connections = {"keyed": keyed, "open": open_to_all, "bare": bare}
            for _ in range(WARM_UP):
                for connection in connections.values():
                    checked(connection.get(PATH))
            seen: dict[str, list[float]] = {name: [] for name in connections}
            for _ in range(options.repeats * 5):
                for name, connection in connections.items():
                    milliseconds, response = timed(partial(connection.get, PATH))
                    checked(response)
                    seen[name].append(milliseconds)
    p50 = {name: Times(milliseconds).p50 for name, milliseconds in seen.items()}
    report.figure("without check and limit, p50", p50["bare"], "ms")
    report.figure("limit by address alone, added at p50", p50["open"] - p50["bare"], "ms")
    added = p50["keyed"] - p50["bare"]
    report.figure("key and limit, added at p50", added, "ms", Goal.at_most(added, GOAL_MS, "ms"))


def _make_key(stack: Stack) -> str:
    settings = stack.connections.settings
    with stack.connections.database.unit_of_work() as unit:
        return service.create(unit.session, settings.api_key_pepper, "benchmark", Role.READER).key


def _start_unguarded(stack: Stack) -> int:
    port = free_port()
    web = stack.start("unguarded", LINE.format(port=port))
    wait_until(lambda: is_reachable(f"http://127.0.0.1:{port}/"), web)
    return port
