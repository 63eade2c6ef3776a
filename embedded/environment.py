"""The settings of the running stack, kept in a file for the command line and for shells.

Each line is ``NAME=value``, quoted as a shell reads it. It has passwords: only its owner can read it.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path

from app.settings import SECTIONS
from embedded.credentials import write_private

FILE = "environment"


def keep(data_dir: Path, environment: Mapping[str, str]) -> Path:
    """Write the settings among the variables into the file, and return its path."""
    names = sorted(declared.name for section in SECTIONS for _, declared in section.declarations())
    lines = [f"{name}={shlex.quote(environment[name])}\n" for name in names if name in environment]
    write_private(data_dir / FILE, "".join(lines))
    return data_dir / FILE


def read(data_dir: Path) -> dict[str, str]:
    """Return the settings in the file.

    Raises:
        FileNotFoundError: no stack runs on this folder.
    """
    entries = shlex.split((data_dir / FILE).read_text())
    return {name: value for name, _, value in (entry.partition("=") for entry in entries)}


def forget(data_dir: Path) -> None:
    """Remove the file, since the next start uses other ports."""
    (data_dir / FILE).unlink(missing_ok=True)
