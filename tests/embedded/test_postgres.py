"""What PostgreSQL needs more than the other servers: old locks, half-made data, versions, full disks."""

from pathlib import Path

import psycopg
import pytest

from embedded.errors import ServerError
from embedded.postgres import PostgresServer
from embedded.process import Command, ManagedProcess
from embedded.system_user import user_for
from tests.small_disk import small_disk

pytestmark = pytest.mark.usefixtures("servers")

TOO_SMALL_BYTES = 2**24  # a cluster takes some 40 MB


def test_its_database_can_hold_vectors(tmp_path: Path) -> None:
    with PostgresServer(tmp_path) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE EXTENSION vector")
        row = connection.execute("SELECT '[1,0]'::vector <=> '[0,1]'::vector").fetchone()
    assert row == (1.0,)


def test_options_reach_the_server(tmp_path: Path) -> None:
    with PostgresServer(tmp_path, options={"fsync": "off"}) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)


def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    with PostgresServer(tmp_path) as url, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace(":", ":x", 2).replace("x//", "//"))


def test_a_lock_whose_process_id_was_given_out_again_does_not_stop_it(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path)
    with server:
        lock = (tmp_path / "data" / "postmaster.pid").read_text()
    same_user = user_for(tmp_path / "data")
    someone_else = ManagedProcess(Command(["sleep", "600"], Path("/"), user=same_user), server.log)
    try:
        changed = lock.replace(lock.split()[0], str(someone_else.pid), 1)
        (tmp_path / "data" / "postmaster.pid").write_text(changed)
        with server:
            assert server.is_ready()
        assert not someone_else.has_ended
    finally:
        someone_else.kill()


def test_data_that_was_made_by_half_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "data.new").mkdir()
    (tmp_path / "data.new" / "PG_VERSION").write_text("18\n")
    with PostgresServer(tmp_path) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_data_of_another_version_is_refused_with_what_to_change(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("16\n")
    line = r"made by PostgreSQL 16, this is 18: set QLOOM_DATA_DIR .* DATABASE_URL"
    with pytest.raises(ServerError, match=line):
        PostgresServer(tmp_path).start()


def test_a_full_disk_is_named_with_what_to_change(tmp_path: Path) -> None:
    with small_disk(tmp_path, TOO_SMALL_BYTES):
        with pytest.raises(ServerError, match=r"cannot make its data folder: .*No space left") as caught:
            PostgresServer(tmp_path / "postgres").start()
        assert "QLOOM_DATA_DIR" in str(caught.value)
        assert not (tmp_path / "postgres" / "data").exists()
