"""Gives back the memory of tables that Neo4j's driver fills when it is loaded: 20 MB in each process.

They are the days of each month of 9,999 years, and the bytes of each integer of 16 bits. Only the driver's
encoder in Python reads the latter; the one in Rust (``neo4j-rust-ext``) does not. The names are of neo4j 6; a
version that has others keeps its memory.
"""

import ctypes
from collections.abc import Callable

import neo4j.time
from neo4j._codec.packstream import v1


class _DaysInMonth(dict[tuple[int, int], int]):
    """A table whose values are computed when they are first read; the driver checks year and month before."""

    def __init__(self, compute: Callable[[int, int], int]) -> None:
        self._compute = compute

    def __missing__(self, month: tuple[int, int]) -> int:
        days = self[month] = self._compute(*month)
        return days


def give_back() -> None:
    """Empty the tables; what reads them gets the same values."""
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
