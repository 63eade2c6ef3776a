"""Reads a Procfile: one ``name: command line`` for each program."""

import re
from collections.abc import Mapping
from pathlib import Path

from embedded.errors import EmbeddedError

WORKER = "python -m workers "
LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")


def read_procfile(path: Path) -> dict[str, str]:
    """Return the command line of each program by its name, in the file's order.

    Raises:
        EmbeddedError: the file is missing, or has a line that is no program and no comment, or a name twice.
    """
    try:
        text = path.read_text()
    except OSError as error:
        raise EmbeddedError(f"cannot read {path}: {error.strerror}") from error
    programs: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = LINE.fullmatch(line.strip())
        if found is None:
            raise EmbeddedError(f"{path}, line {number}: expected 'name: command', found {line.strip()!r}")
        if found["name"] in programs:
            raise EmbeddedError(f"{path}, line {number}: {found['name']} is there already")
        programs[found["name"]] = found["command"]
    return programs


def with_workers_together(programs: Mapping[str, str]) -> dict[str, str]:
    """Let the first worker's line also start all other workers; together they need less memory."""
    queues = {name: line.removeprefix(WORKER) for name, line in programs.items() if line.startswith(WORKER)}
    first, *others = queues or [""]
    together = {first: WORKER + " ".join(queues.values())} if queues else {}
    return {name: together.get(name, line) for name, line in programs.items() if name not in others}
