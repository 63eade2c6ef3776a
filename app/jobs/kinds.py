"""Which kinds of jobs callers without a key may see and change, where routes are open to them.

A kind says so itself, by ``open_kind``; all others need a key, whichever route their jobs are asked by.
"""

from collections.abc import Set

_open_kinds: set[str] = set()


def open_kind(name: str) -> str:
    """Declare a kind whose jobs need no key in the development profile; its name."""
    _open_kinds.add(name)
    return name


def open_kinds() -> Set[str]:
    """The kinds that were declared so."""
    return _open_kinds
