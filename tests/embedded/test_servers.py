"""The embedded servers, really started, killed and asked."""

import os
import signal
import socket
import stat
from pathlib import Path

import neo4j
import psutil
import psycopg
import pytest
import redis

from embedded.arcadedb import ArcadeDBServer
from embedded.errors import PortTakenError, ServerError
from embedded.ports import LOOPBACK, free_port, require_free
from embedded.postgres import PostgresServer
from embedded.server import Server
from embedded.valkey import ValkeyServer
from tests.embedded.processes import Running, family, of_family, survivors

SERVERS: list[type[Server]] = [PostgresServer, ValkeyServer, ArcadeDBServer]
START_AND_WAIT = """
import signal, sys
from pathlib import Path
from embedded.{module} import {kind}
server = {kind}(Path(sys.argv[1]))
server.start()
print("started", server.pid, flush=True)
signal.pause()
"""


def write(server: Server) -> None:
    """Store one value, as a client would."""
    if isinstance(server, PostgresServer):
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    elif isinstance(server, ValkeyServer):
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", 42)
    elif isinstance(server, ArcadeDBServer):
        with graph_driver(server) as driver:
            driver.execute_query("CREATE (:Kept {value: 42})", database_=server.database)


def read(server: Server) -> int:
    """Read the value back."""
    if isinstance(server, PostgresServer):
        with psycopg.connect(server.url) as connection:
            row = connection.execute("SELECT value FROM kept").fetchone()
            assert row is not None
            return int(row[0])
    if isinstance(server, ValkeyServer):
        with redis.Redis.from_url(server.url) as client:
            return int(str(client.get("kept"), "ascii"))
    assert isinstance(server, ArcadeDBServer)
    with graph_driver(server) as driver:
        records = driver.execute_query(
            "MATCH (k:Kept) RETURN k.value AS v", database_=server.database
        ).records
        return int(records[0]["v"])


def graph_driver(server: ArcadeDBServer) -> neo4j.Driver:
    """Return a driver that is logged in."""
    return neo4j.GraphDatabase.driver(server.url, auth=(server.username, server.password))


@pytest.fixture(params=SERVERS, ids=lambda kind: kind.name)
def server(servers: None, request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    """Each of the servers, not started, with a folder of its own below one that only we may enter."""
    kind: type[Server] = request.param
    return kind(tmp_path / "a folder" / kind.name)


def test_a_server_answers_and_leaves_no_process(server: Server) -> None:
    with server as url:
        assert url == server.url
        processes = family(server.pid)
        write(server)
        assert read(server) == 42
    assert survivors(processes) == []


def test_a_server_finds_its_data_again_after_a_kill(server: Server) -> None:
    with server:
        write(server)
        if isinstance(server, ValkeyServer):
            wait_for_append_only_file(server)
        server.kill()
        server.start()
        assert read(server) == 42


def wait_for_append_only_file(server: ValkeyServer) -> None:
    """Wait until the value is on its way to the disk, which takes Valkey no longer than a second."""
    with redis.Redis.from_url(server.url) as client:
        client.execute_command("WAITAOF", 1, 0, 60_000)


def test_a_server_dies_with_the_process_that_started_it(server: Server) -> None:
    code = START_AND_WAIT.format(module=type(server).__module__.split(".")[1], kind=type(server).__name__)
    with Running(["-c", code, str(server.data_dir)], {}) as starter:
        starter.wait_for_line("started")
        processes = starter.family()
        assert len(processes) > 1
        starter.send(signal.SIGKILL)
        assert survivors(processes) == []
    with server:
        assert server.is_ready()


def test_a_server_listens_on_loopback_only(server: Server) -> None:
    with server:
        listening = [
            connection.laddr.ip
            for connection in psutil.Process(server.pid).net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        ]
    assert listening
    assert set(listening) <= {"127.0.0.1", "::ffff:127.0.0.1"}


def test_passwords_are_drawn_and_private(server: Server, tmp_path: Path) -> None:
    another = type(server)(tmp_path / "another")
    with server:
        file = server.data_dir / "password"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        words = [word for line in of_family(server.pid, psutil.Process.cmdline) for word in line]
        assert not any(file.read_text().strip() in word for word in words)
        another.prepare()
        assert (another.data_dir / "password").read_text() != file.read_text()


def test_a_server_whose_port_is_taken_names_the_setting_to_change(server: Server) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        busy = type(server)(server.data_dir, port)
        with pytest.raises(
            PortTakenError, match=f"port {port} for {server.name} .* set {server.port_setting}"
        ):
            busy.start()


def test_a_server_leaves_a_port_that_it_chose_when_a_stranger_takes_it_first(server: Server) -> None:
    with socket.create_server((LOOPBACK, server.port)), server:
        assert server.is_ready()


def break_data(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it impossible for the server to start."""
    if isinstance(server, PostgresServer):
        (server.data_dir / "data" / "global" / "pg_control").unlink()
    elif isinstance(server, ValkeyServer):
        for manifest in (server.data_dir / "appendonlydir").glob("*.manifest"):
            manifest.write_text("not a manifest")
    else:
        monkeypatch.setattr("embedded.arcadedb.JAVA_OPTIONS", ("-Xmx1k",))


def test_a_server_that_cannot_start_says_why_and_what_to_change(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server:
        processes = family(server.pid)
    break_data(server, monkeypatch)
    with pytest.raises(ServerError) as caught:
        server.start()
    message = str(caught.value)
    assert message.startswith(f"{server.name} ended at start: ")
    assert server.url_setting in message
    assert "QLOOM_DATA_DIR" in message
    assert "\n" not in message
    assert survivors(processes) == []


def test_a_taken_port_names_the_setting_to_change_and_a_free_one_is_accepted() -> None:
    require_free(free_port(), "PORT", "the web", seconds=0)
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            PortTakenError, match=f"port {port} for the web is taken: set PORT to another one"
        ):
            require_free(port, "PORT", "the web", seconds=0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is given another user")
@pytest.mark.usefixtures("servers")
def test_as_root_postgres_runs_as_an_ordinary_user_and_opens_no_folder(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    server = PostgresServer(private / "postgres")
    with server:
        assert {uids.real for uids in of_family(server.pid, psutil.Process.uids)}.isdisjoint({0})
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
