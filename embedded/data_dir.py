"""The data folder: made when missing, and used by one ``make run`` at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.errors import EmbeddedError


@contextmanager
def lock_data_dir(path: Path) -> Iterator[None]:
    """Make the folder and hold its lock; the kernel gives the lock back however we end.

    Raises:
        EmbeddedError: another process holds it, or the folder cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        file = (path / "lock").open("w")
    except OSError as error:
        raise EmbeddedError(
            f"cannot use the data folder {path}: {error.strerror}: set QLOOM_DATA_DIR"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EmbeddedError(
                f"Qloom runs on {path} already: stop that one, or set QLOOM_DATA_DIR to another folder"
            ) from error
        yield
