"""The secrets of a start, drawn once and kept with the data: the pepper of API keys; for development also an
admin's key and Flower's password.

The pepper must stay the same: without it no stored key is known any more.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.key_format import new_key
from embedded.credentials import keep_secret

PEPPER_FILE = "api-key-pepper"
ADMIN_KEY_FILE = "admin-api-key"
FLOWER_PASSWORD_FILE = "flower-password"  # noqa: S105 a file's name
PEPPER_BYTES = 32
FLOWER_PASSWORD_BYTES = 16
DEVELOPMENT = "development"


@dataclass(frozen=True)
class ApiSecrets:
    """What the programs are given, and what the operator is to be told of: name, secret and file."""

    environment: dict[str, str] = field(repr=False)
    drawn: dict[str, tuple[str, Path]] = field(repr=False)


def keep_api_secrets(data_dir: Path, given: Mapping[str, str]) -> ApiSecrets:
    """Return the settings that are secret; those that are ``given`` are used as they are.

    In another profile than development, which is what ``make run`` is for, only the pepper is drawn.
    """
    profile = given.get("QLOOM_PROFILE") or DEVELOPMENT
    pepper = given.get("API_KEY_PEPPER") or keep_secret(data_dir / PEPPER_FILE, _draw_pepper)
    environment = {"QLOOM_PROFILE": profile, "API_KEY_PEPPER": pepper}
    drawn = {}
    for name, file, draw in (
        ("BOOTSTRAP_ADMIN_KEY", ADMIN_KEY_FILE, new_key),
        ("FLOWER_PASSWORD", FLOWER_PASSWORD_FILE, _draw_flower_password),
    ):
        if profile == DEVELOPMENT and not given.get(name):
            environment[name] = keep_secret(data_dir / file, draw)
            drawn[name] = (environment[name], data_dir / file)
    return ApiSecrets(environment, drawn)


def _draw_pepper() -> str:
    return secrets.token_hex(PEPPER_BYTES)


def _draw_flower_password() -> str:
    return secrets.token_hex(FLOWER_PASSWORD_BYTES)
