"""The files of figures: allocated before they are written, and in memory when there is no room."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import shared_memory
from app.telemetry import multiprocess
from app.telemetry.figure_files import FIRST_BYTES, PreallocatedDict

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux allocates before it writes")

MANY = {f"figure {number} {'of a long name ' * 20}": float(number) for number in range(1000)}
"""They need several times the first size of a file."""


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system refuse larger files, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write(figures: PreallocatedDict) -> None:
    """Write many figures."""
    for key, value in MANY.items():
        figures.write_value(key, value, 0.0)


def read(figures: PreallocatedDict) -> dict[str, float]:
    """Read what this process counted."""
    return {key: value for key, value, _ in figures.read_all_values()}


def test_every_page_has_its_block_before_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "counter_1.db"
    figures = PreallocatedDict(str(file))
    sizes = [file.stat().st_size]
    for key, value in MANY.items():
        figures.write_value(key, value, 0.0)
        if file.stat().st_size != sizes[-1]:
            sizes.append(file.stat().st_size)
            assert file.stat().st_blocks * 512 >= sizes[-1]
    assert sizes == [FIRST_BYTES * 2**doublings for doublings in range(len(sizes))]
    assert len(sizes) > 2
    stored = {key: value for key, value, *_ in PreallocatedDict.read_all_values_from_file(str(file))}
    assert read(figures) == stored == MANY
    figures.close()
    again = PreallocatedDict(str(file))
    assert read(again) == MANY
    again.close()


@pytest.mark.parametrize("room", [0, FIRST_BYTES + 1, 3 * FIRST_BYTES])
def test_figures_stay_in_memory_when_there_is_no_room(
    tmp_path: Path, room: int, caplog: pytest.LogCaptureFixture
) -> None:
    with files_of_at_most(room):
        figures = PreallocatedDict(str(tmp_path / "counter_1.db"))
        write(figures)
    assert read(figures) == MANY
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "stay in its memory" in caplog.messages[0]
    write(figures)
    figures.close()


def test_a_folder_that_cannot_be_made_leaves_its_figures_in_memory(tmp_path: Path) -> None:
    figures = PreallocatedDict(str(tmp_path / "gone" / "counter_1.db"))
    write(figures)
    assert read(figures) == MANY


def test_the_folder_is_private_and_those_of_killed_webs_are_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shared_memory, "FOLDER", tmp_path)
    monkeypatch.delenv(multiprocess.MULTIPROCESS_DIR, raising=False)
    ended = subprocess.Popen(["true"])
    ended.wait()
    (left, running) = (tmp_path / f"qloom-web-{pid}-x" for pid in (ended.pid, os.getppid()))
    for folder in (left, running):
        folder.mkdir()
        (folder / "counter_1.db").touch()
    multiprocess.begin(None)
    made = Path(os.environ[multiprocess.MULTIPROCESS_DIR])
    assert made.parent == tmp_path
    assert made.stat().st_mode & 0o777 == 0o700
    assert set(tmp_path.iterdir()) == {made, running}
    multiprocess.end()
    assert set(tmp_path.iterdir()) == {running}


def test_without_shared_memory_the_folder_is_in_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shared_memory, "FOLDER", tmp_path / "none")
    monkeypatch.delenv(multiprocess.MULTIPROCESS_DIR, raising=False)
    multiprocess.begin(str(tmp_path))
    assert Path(os.environ[multiprocess.MULTIPROCESS_DIR]).parent == tmp_path
    multiprocess.end()
