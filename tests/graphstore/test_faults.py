"""Servers that are stopped, killed or never there, and processes that die: all or nothing, and no hanging."""

import gc
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from app.errors import UnavailableError
from app.graphstore import executions
from app.graphstore.driver import GraphStore, Transaction
from app.graphstore.ping import NOT_REACHED
from embedded.arcadedb import ArcadeDBServer
from embedded.neo4j import Neo4jServer
from tests.graphstore.factories import Stored, bell, complete, count, graph, open_store, random_events
from tests.servers import require_tools
from tests.stack import wait_until

Result = TypeVar("Result")
PROJECT = Path(__file__).resolve().parent.parent.parent
SHORT_SECONDS = 1.0
RECOVERY_SECONDS = 90.0
LARGE = 5_000
NOTHING = Stored(0, 0, 0)

# Children get the server's settings in their environment and an execution id as their argument.
HALF_DONE = """
import sys, time
from os import environ
from app.graphstore import executions
from tests.bell import BELL
from tests.graphstore.factories import graph, open_store
store = open_store(environ)
def work(transaction):
    transaction.run(executions.CREATE, executions._parameters([graph(BELL, sys.argv[1])]))
    print("created", flush=True)
    time.sleep(600)
store.write(work)
"""
LARGE_PROJECTION = f"""
import sys
from os import environ
from app.graphstore import executions
from tests.graphstore.factories import graph, open_store, random_events
store = open_store(environ)
large = graph(random_events({LARGE}), sys.argv[1])
executions.exists(store, [])
print("projecting", flush=True)
executions.project(store, [large])
print("projected", flush=True)
"""
UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import gevent
import sys
from os import environ
from app.graphstore import executions
from tests.bell import BELL
from tests.graphstore.factories import graph, open_store
store = open_store(environ)
written = graph(BELL, sys.argv[1])
executions.project(store, [written])
reads = [gevent.spawn(executions.read, store, written.execution_id) for _ in range(30)]
gevent.joinall(reads, timeout=60, raise_error=True)
assert all(len(each.value.nodes) == 6 for each in reads)
"""


@pytest.fixture
def hasty_store(own_arcadedb: ArcadeDBServer) -> Iterator[GraphStore]:
    """A store with a short timeout on a server of the test's own, connected, its schema made."""
    store = open_store(own_arcadedb.environment(), SHORT_SECONDS)
    _eventually(lambda: executions.project(store, [bell()]))
    yield store
    store.close()


def test_a_process_killed_before_its_commit_leaves_nothing(
    store: GraphStore, environment: dict[str, str]
) -> None:
    written = bell()
    executions.project(store, [bell()])
    with _child(HALF_DONE, environment, written.execution_id) as child:
        _expect(child, "created")
        child.kill()
    assert count(store, written.execution_id) == NOTHING
    _eventually(lambda: executions.project(store, [written]))
    assert count(store, written.execution_id) == complete(written)


def test_a_process_killed_during_a_large_projection_leaves_all_or_nothing(
    store: GraphStore, environment: dict[str, str]
) -> None:
    written = graph(random_events(LARGE))
    executions.project(store, [bell()])
    with _child(LARGE_PROJECTION, environment, written.execution_id) as child:
        _expect(child, "projecting")
        child.kill()
    assert count(store, written.execution_id) in (NOTHING, complete(written))
    _eventually(lambda: executions.project(store, [written]))
    assert count(store, written.execution_id) == complete(written)


def test_a_server_killed_during_a_large_projection_has_all_or_nothing_afterwards(
    own_arcadedb: ArcadeDBServer,
) -> None:
    store = open_store(own_arcadedb.environment())
    written = graph(random_events(LARGE))
    executions.project(store, [bell()])
    with _child(LARGE_PROJECTION, own_arcadedb.environment(), written.execution_id) as child:
        _expect(child, "projecting")
        own_arcadedb.kill()
    own_arcadedb.start()
    assert _eventually(lambda: count(store, written.execution_id)) in (NOTHING, complete(written))
    _eventually(lambda: executions.project(store, [written]))
    assert count(store, written.execution_id) == complete(written)
    store.close()


def test_a_server_that_hangs_costs_one_timeout_and_then_nothing_until_it_answers_again(
    hasty_store: GraphStore, own_arcadedb: ArcadeDBServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, now = bell(), time.monotonic()
    monkeypatch.setattr(hasty_store.breaker, "_clock", lambda: now)  # no probe falls due while it hangs
    _freeze(own_arcadedb)
    try:
        with pytest.raises(UnavailableError):
            executions.project(hasty_store, [written])  # without the limit on the socket it never returns
        assert not hasty_store.is_available
        with pytest.raises(UnavailableError, match="cannot be reached") as refused:
            executions.read(hasty_store, written.execution_id)
        assert refused.value.__cause__ is None  # the server was not even asked
        assert int(refused.value.headers["Retry-After"]) >= 1
    finally:
        os.kill(own_arcadedb.pid, signal.SIGCONT)
        monkeypatch.undo()
    _eventually(lambda: executions.project(hasty_store, [written]))
    assert _eventually(lambda: count(hasty_store, written.execution_id)) == complete(written)


def test_what_may_take_long_is_not_waited_for_while_the_server_hangs(
    own_arcadedb: ArcadeDBServer,
) -> None:
    store = open_store(own_arcadedb.environment(), SHORT_SECONDS)
    _eventually(lambda: store.read(lambda transaction: transaction.run("RETURN 1")))
    _freeze(own_arcadedb)
    with ThreadPoolExecutor(1) as pool:
        try:
            read = pool.submit(store.read, lambda transaction: transaction.run("RETURN 1"), seconds=60)
            wait_until(read.done, what="the end of the read")
            with pytest.raises(UnavailableError):
                read.result()
        finally:
            os.kill(own_arcadedb.pid, signal.SIGCONT)
    store.close()


def test_a_server_that_hangs_between_two_statements_holds_nobody_up(
    hasty_store: GraphStore, own_arcadedb: ArcadeDBServer
) -> None:
    def work(transaction: Transaction) -> None:
        transaction.run("CREATE (:Execution {execution_id: 'never'})")
        _freeze(own_arcadedb)
        transaction.run("RETURN 1")

    try:
        with pytest.raises(UnavailableError):
            hasty_store.write(work)
    finally:
        os.kill(own_arcadedb.pid, signal.SIGCONT)
    assert _eventually(lambda: count(hasty_store, "never")) == NOTHING


def test_a_server_that_was_killed_and_started_again_is_used_again(
    hasty_store: GraphStore, own_arcadedb: ArcadeDBServer
) -> None:
    written = bell()
    own_arcadedb.kill()
    with pytest.raises(UnavailableError):
        executions.project(hasty_store, [written])
    assert hasty_store.breaker.is_open
    own_arcadedb.start()
    _eventually(lambda: executions.project(hasty_store, [written]))
    assert not hasty_store.breaker.is_open
    assert _eventually(lambda: count(hasty_store, written.execution_id)) == complete(written)


def test_a_restart_between_two_calls_is_not_noticed(own_arcadedb: ArcadeDBServer) -> None:
    store = open_store(own_arcadedb.environment())
    first, second = bell(), bell()
    executions.project(store, [first])
    own_arcadedb.stop()
    own_arcadedb.start()
    executions.project(store, [second])
    assert executions.exists(store, [first.execution_id, second.execution_id]) == {
        first.execution_id,
        second.execution_id,
    }
    store.close()


@pytest.mark.foreign
@pytest.mark.usefixtures("servers")
def test_a_neo4j_that_was_killed_keeps_its_graphs_and_can_be_emptied(tmp_path: Path) -> None:
    require_tools()
    server = Neo4jServer(tmp_path / "neo4j")
    with server:
        store = open_store(server.environment())
        group = [bell(), graph(random_events(1_500))]
        executions.project(store, group)
        server.kill()
        with pytest.raises(UnavailableError):
            executions.exists(store, [group[0].execution_id])
        server.start()
        for written in group:
            assert _eventually(partial(count, store, written.execution_id)) == complete(written)
        executions.remove_all(store)
        assert [count(store, each.execution_id) for each in group] == [NOTHING, NOTHING]
        store.close()


def test_without_a_url_the_contracts_sentence_is_the_answer() -> None:
    store = GraphStore(None, "neo4j", "", None, SHORT_SECONDS)
    assert not store.is_configured
    assert not store.is_available
    with pytest.raises(UnavailableError, match=r"^Neo4j not configured$"):
        executions.read(store, "any")
    with pytest.raises(UnavailableError, match=r"^Neo4j not configured$"):
        executions.project(store, [bell()])


def test_a_wrong_password_is_unavailable_and_opens_the_breaker(environment: dict[str, str]) -> None:
    store = open_store({**environment, "NEO4J_PASSWORD": "not the password"})
    with pytest.raises(UnavailableError) as refused:
        executions.project(store, [bell()])
    assert refused.value.message == NOT_REACHED
    assert not store.is_available
    store.close()


def test_a_store_that_was_used_before_a_fork_works_in_the_child_and_in_the_parent(
    arcadedb_environment: dict[str, str],
) -> None:
    store = open_store(arcadedb_environment)
    executions.project(store, [bell()])
    written = bell()
    connections = _connections(arcadedb_environment)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            warnings.simplefilter("ignore")  # as in production; an error would keep the parent's driver alive
            executions.project(store, [written])
            gc.collect()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert count(store, written.execution_id) == complete(written)
    assert _connections(arcadedb_environment) == connections != set()
    store.close()


def test_a_store_works_under_gevent(arcadedb_environment: dict[str, str]) -> None:
    with _child(UNDER_GEVENT, arcadedb_environment, bell().execution_id) as child:
        assert child.wait(120) == 0


def _freeze(server: ArcadeDBServer) -> None:
    """Stop every thread of the server, as a machine that hangs would."""
    process = psutil.Process(server.pid)
    process.suspend()
    deadline = time.monotonic() + RECOVERY_SECONDS
    while any(psutil.Process(thread.id).status() != psutil.STATUS_STOPPED for thread in process.threads()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _connections(environment: dict[str, str]) -> set[int]:
    """The local ports of this process's open connections to a server."""
    port = int(environment["NEO4J_URL"].rpartition(":")[2])
    return {
        each.laddr.port
        for each in psutil.Process().net_connections("tcp")
        if each.status == psutil.CONN_ESTABLISHED and each.raddr.port == port
    }


def _child(program: str, environment: dict[str, str], execution_id: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", program, execution_id],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def _expect(child: "subprocess.Popen[str]", line: str) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == f"{line}\n"


def _eventually(call: Callable[[], Result]) -> Result:
    """What the call returns once the server is reached again."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            return call()
        except UnavailableError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)
