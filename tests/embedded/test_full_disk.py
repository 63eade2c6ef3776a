"""A data folder on a full disk: one line at the start, and the stack starts by itself when there is room."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from embedded.disk import NEEDED_BYTES
from embedded.environment import read
from embedded.postgres import PostgresServer
from embedded.supervisor import BackoffPolicy
from tests.embedded.processes import Running, wait_for
from tests.embedded.small_project import make_project, settings
from tests.small_disk import FILLER, fill, make_room, small_disk

pytestmark = pytest.mark.usefixtures("servers")

QUICK_RESTARTS = BackoffPolicy().quick_restarts
DISK_BYTES = NEEDED_BYTES + 2**26


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that one file fills; needs the right to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, DISK_BYTES):
        fill_but(folder, 0)
        yield folder


def fill_but(disk: Path, free: int) -> None:
    """Fill the disk, but for some bytes."""
    with (disk / FILLER).open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, DISK_BYTES - free)


@pytest.mark.parametrize("free", [0, 2**24], ids=["no room at all", "no room for a cluster"])
def test_a_full_disk_at_the_start_is_one_line_and_a_new_try(
    full_disk: Path, tmp_path: Path, free: int
) -> None:
    fill_but(full_disk, free)
    project = make_project(tmp_path / "project")
    data = full_disk / "data"
    environment = settings(project, DATABASE_URL="", QLOOM_DATA_DIR=str(data))
    with Running(["-m", "embedded", "--project", str(project)], environment) as running:
        line = running.wait_for_line("is full")
        assert f"the disk of {data} is full, and " in line
        assert "free 128 MiB there, or set QLOOM_DATA_DIR" in line
        make_room(full_disk)
        running.wait_for_line("Ctrl-C stops everything")
        lines = [each for each in running.lines if "is full" in each]
        assert lines == [line]
        running.send(signal.SIGTERM)
        assert running.wait() == 0


def test_servers_that_end_on_a_full_disk_are_back_soon_after_there_is_room(
    full_disk: Path, tmp_path: Path
) -> None:
    make_room(full_disk)
    project = make_project(tmp_path / "project")
    environment = settings(project, DATABASE_URL="", QLOOM_DATA_DIR=str(full_disk / "data"))
    with Running(["-m", "embedded", "--project", str(project)], environment) as running:
        running.wait_for_line("Ctrl-C stops everything")
        fill(full_disk)
        [postgres] = [
            each for each in running.family() if each.name() == "postgres" and each.ppid() == running.pid
        ]
        postgres.kill()
        pauses = [
            float(running.wait_for_line("postgres ended").split()[-2]) for _ in range(QUICK_RESTARTS + 5)
        ]
        assert pauses[-1] == max(pauses) == PostgresServer.longest_pause_seconds
        make_room(full_disk)
        running.wait_for_line("postgres was started again")
        url = read(full_disk / "data")["DATABASE_URL"]
        wait_for(lambda: answers(url), "PostgreSQL's answer")
        running.send(signal.SIGTERM)
        assert running.wait() == 0


def answers(url: str) -> bool:
    """Return whether PostgreSQL answers."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_stop_ends_the_wait_for_room(full_disk: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    environment = settings(project, QLOOM_DATA_DIR=str(full_disk / "data"))
    with Running(["-m", "embedded", "--project", str(project)], environment) as running:
        running.wait_for_line("Qloom waits for room")
        running.send(signal.SIGTERM)
        assert running.wait() == 0
    assert len(running.lines) == 1
