"""Loads Neo4j's driver so that it takes 14 MB of a process, not 37.

1. It would load numpy, to read arrays in parameters, of which we send none. What has loaded numpy keeps it.
2. It fills tables: the days of each month of 9,999 years, and the bytes of each integer of 16 bits. Only its
   encoder in Python reads the latter; the one in Rust (``neo4j-rust-ext``) does not. The names are of neo4j
   6; a version that has others keeps its memory.
"""

import ctypes
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache


class _DaysInMonth(dict[tuple[int, int], int]):
    """A table whose values are computed when they are first read; the driver checks year and month before."""

    def __init__(self, compute: Callable[[int, int], int]) -> None:
        self._compute = compute

    def __missing__(self, month: tuple[int, int]) -> int:
        days = self[month] = self._compute(*month)
        return days


@cache
def load() -> None:
    """Load the driver, once. What is loaded after it uses the memory that the tables had."""
    with _absent("numpy"):
        import neo4j.time
        from neo4j._codec.packstream import v1

    compute = getattr(neo4j.time, "_days_in_month", None)
    if compute is not None and hasattr(neo4j.time, "_DAYS_IN_MONTH"):
        neo4j.time._DAYS_IN_MONTH = _DaysInMonth(compute)
    if getattr(v1, "_rust_pack", None) and getattr(v1, "_rust_unpack", None):
        for name in ("PACKED_UINT_16", "UNPACKED_UINT_16"):
            getattr(v1, name, []).clear()
    trim = getattr(
        ctypes.CDLL(None), "malloc_trim", None
    )  # glibc's; it keeps what is free between used blocks
    if trim is not None:
        trim(0)


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """Let ``import name`` fail in the block, as if it were not installed, unless it is loaded already."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # so the import system knows it as absent
    try:
        yield
    finally:
        del sys.modules[name]
