"""What PostgreSQL needs more than the other servers: old locks, half-made data, versions, full disks."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from embedded.errors import ServerError
from embedded.postgres import PostgresServer
from embedded.process import Command, ManagedProcess
from embedded.system_user import user_for

pytestmark = pytest.mark.usefixtures("servers")

SMALL_DISK = "size=16m"  # a cluster takes some 40 MB


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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that is too small for a cluster; needs the right to mount one."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", SMALL_DISK, "qloom-test", str(tmp_path)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("we may not mount a disk here")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_is_named_with_what_to_change(small_disk: Path) -> None:
    with pytest.raises(
        ServerError, match=r"cannot make its data folder: .*No space left on device"
    ) as caught:
        PostgresServer(small_disk / "postgres").start()
    assert "QLOOM_DATA_DIR" in str(caught.value)
    assert not (small_disk / "postgres" / "data").exists()
