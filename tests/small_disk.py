"""A small disk for a test, which it may fill."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

FILLER = "filler"
BLOCK_BYTES = 4096


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    """Mount a disk of so many bytes on a folder; skip the test if we may not."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "qloom-test", str(folder)]
    if subprocess.run(command, check=False).returncode != 0:
        pytest.skip("we may not mount a disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Write one file until no block is free."""
    with suppress(OSError), (disk / FILLER).open("wb", buffering=0) as file:
        while True:
            file.write(bytes(BLOCK_BYTES))


def make_room(disk: Path) -> None:
    """Remove that file."""
    (disk / FILLER).unlink()
