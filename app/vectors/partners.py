"""What happens to the partners of vectors that change or are deleted: entanglement connects itself here.

So vectors know nothing of groups, and groups know vectors.
"""

from collections.abc import Collection
from typing import Any, Protocol

from sqlalchemy.orm import Session


class Partners(Protocol):
    """The functions that the service of vectors calls inside its own transactions."""

    def lock(self, session: Session, vector_id: str) -> Any:
        """Lock a vector that is about to change, with its partners, before any other lock of vectors.

        Return what ``move_partners`` needs; ``None`` if the vector has no partners.

        Raises:
            NotFoundError: the vector was deleted meanwhile.
        """

    def move_partners(self, session: Session, locked: Any, numbers: bytes) -> list[str]:
        """Move the partners of a locked vector whose new numbers are given; return their ids.

        Raises:
            ConflictError: a partner cannot follow.
        """

    def leave_groups(self, session: Session, vector_ids: Collection[str]) -> int:
        """Take vectors that are about to be deleted out of their groups; return how many places they had."""


connected: Partners
"""The object whose functions are called; ``connect`` sets it when a process is wired."""


def connect(partners: Partners) -> None:
    """Have ``partners`` called from now on."""
    global connected
    connected = partners
