"""The lines that the operator sees: those of the supervisor, and those of the programs with their names."""

import os
import sys
from itertools import cycle
from threading import Lock
from typing import TextIO

NAME_WIDTH = 12
RESET = "\x1b[0m"
BOLD = "\x1b[1m"
PART_COLOURS = ("\x1b[36m", "\x1b[32m", "\x1b[35m", "\x1b[34m", "\x1b[33m")


class Terminal:
    """Writes whole lines from several threads; coloured only for a person (a terminal, and no ``NO_COLOR``).

    If nobody reads it any more (a closed terminal, ``| head``), it writes nothing and the stack goes on.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._lock = Lock()
        self._coloured = self._stream.isatty() and "NO_COLOR" not in os.environ
        self._colours: dict[str, str] = {}
        self._next_colour = cycle(PART_COLOURS)
        self._gone = False

    def say(self, text: str) -> None:
        """Write a line of the supervisor itself."""
        self._write("qloom", text, BOLD)

    def part_line(self, name: str, text: str) -> None:
        """Write a line that a part wrote."""
        if name not in self._colours:
            self._colours[name] = next(self._next_colour)
        self._write(name, text, self._colours[name])

    def _write(self, name: str, text: str, colour: str) -> None:
        label = f"{name:<{NAME_WIDTH}} |"
        if self._coloured:
            label = f"{colour}{label}{RESET}"
        with self._lock:
            if self._gone:
                return
            try:
                self._stream.write(f"{label} {text}\n")
                self._stream.flush()
            except OSError:
                self._gone = True
