"""The ordinary user as whom a server runs when we are root and it refuses to be."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

# Found on nearly every machine; nobody is added to the machine's users for a development server.
CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class SystemUser:
    """A user and group id, both not root's."""

    uid: int
    gid: int


def user_for(data_dir: Path) -> SystemUser | None:
    """Return the user for a server with this data folder, or None when we are an ordinary user already.

    The owner of an existing folder stays its user, whatever users the machine has by now.

    Raises:
        LookupError: we are root and the machine has no ordinary user.
    """
    if os.geteuid() != 0:
        return None
    if data_dir.exists() and (owner := data_dir.stat()).st_uid != 0:
        return SystemUser(owner.st_uid, owner.st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(entry.pw_uid, entry.pw_gid)
    raise LookupError(f"no user of {', '.join(CANDIDATES)} exists here")
