"""Passwords and other secrets: made once, kept with the data, readable by their owner only."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def new_password() -> str:
    """Return a random password of 192 bits."""
    return secrets.token_urlsafe(24)


def keep_secret(path: Path, draw: Callable[[], str]) -> str:
    """Return the secret in the file; if there is none, make one with ``draw`` and write it (mode 0600)."""
    if path.exists() and (kept := path.read_text().strip()):
        return kept
    secret = draw()
    write_private(path, secret + "\n")
    return secret


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; it appears when it is complete."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    beside.replace(path)
