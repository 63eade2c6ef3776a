"""Progress of long operations: a bar of tqdm if it is installed, or a function of the caller."""

import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

Progress: TypeAlias = bool | Callable[[int, int | None], object]
"""``True`` shows a bar; a function is called with the number done and the total (``None`` if unknown)."""


class Bar:
    """Shows the progress of an operation."""

    def __init__(self, progress: Progress, total: int | None, unit: str) -> None:
        self._total = total
        self._done = 0
        self._tell = progress if callable(progress) else None
        self._bar: Any = _tqdm(total, unit) if progress is True else None

    def advance(self, number: int) -> None:
        """Add ``number`` to the number done."""
        self._done += number
        if self._bar is not None:
            self._bar.update(number)
        if self._tell is not None:
            self._tell(self._done, self._total)

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()


def _tqdm(total: int | None, unit: str) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        warnings.warn("progress=True shows a bar if tqdm is installed: pip install tqdm", stacklevel=2)
        return None
    return tqdm(total=total, unit=unit, unit_scale=True)
