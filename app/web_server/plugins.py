"""gevent looks for plugins of other packages, each time anew.

``patch_all`` asks for them 25 times, and each time the metadata of all packages would be read: 0.1 s of work
in the master process of gunicorn, and again in each worker process, whose class patches once more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from typing import Any


@contextmanager
def read_once() -> Iterator[None]:
    """Read the metadata of the packages at most once in this block, and in later ones."""
    read_anew = metadata.entry_points
    metadata.entry_points = _all().select
    try:
        yield
    finally:
        metadata.entry_points = read_anew


@cache
def _all() -> Any:  # EntryPoints; older stubs say something else
    return metadata.entry_points()
