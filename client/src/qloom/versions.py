"""Checks that client and server fit: ``GET /`` has the server's version and the oldest client for it."""

from qloom.errors import IncompatibleVersionError
from qloom.models.service import About
from qloom.version import OLDEST_SERVER, VERSION


def check(about: About) -> None:
    """Compare versions with the server's.

    Raises:
        IncompatibleVersionError: one of the two is too old for the other.
    """
    if _numbers(about.version) < _numbers(OLDEST_SERVER):
        raise IncompatibleVersionError(
            f"the server is version {about.version}, and this client (qloom {VERSION}) needs "
            f"{OLDEST_SERVER}: upgrade the server, or install an older client"
        )
    if about.oldest_client and _numbers(VERSION) < _numbers(about.oldest_client):
        raise IncompatibleVersionError(
            f"the server (version {about.version}) needs a client of version {about.oldest_client}, and "
            f"this is qloom {VERSION}: pip install --upgrade qloom"
        )


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version; a suffix such as ``.dev1`` or ``rc1`` is left out."""
    found: list[int] = []
    for part in version.split("."):
        if not part.isdigit():
            break
        found.append(int(part))
    return tuple(found)
