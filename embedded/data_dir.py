"""The data folder: made when missing, closed to others, and used by one ``make run`` at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.errors import EmbeddedError
from embedded.system_user import SystemUser

OTHERS = 0o077
"""The permissions of the group and of all others."""


def keep_new_files_private() -> None:
    """Let only our user read the files that this process and its children make (umask 077)."""
    os.umask(OTHERS)


def close_to_others(folder: Path) -> None:
    """Remove the permissions of other users from all files that an earlier version made in this folder.

    Files of another user stay as they are: when we are root, PostgreSQL's files are in a folder that
    PostgreSQL itself keeps closed.
    """
    own = os.geteuid()
    _close(folder, own)
    for parent, folders, files in os.walk(folder):
        paths = [Path(parent, name) for name in (*folders, *files)]
        folders[:] = [path.name for path in paths[: len(folders)] if path.lstat().st_uid == own]
        for path in paths:
            _close(path, own)


def let_pass(folder: Path, user: SystemUser) -> None:
    """Let another user pass through a closed folder to its own files; it cannot list the folder."""
    os.chown(folder, -1, user.gid)
    folder.chmod(0o710)


def _close(path: Path, own: int) -> None:
    found = path.lstat()
    if found.st_uid == own and found.st_mode & OTHERS and not path.is_symlink():
        path.chmod(found.st_mode & ~OTHERS)


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
