"""The secrets of a start, made once and kept with the data.

1. The pepper of API keys. Without it, no stored key is valid any more.
2. The key that encrypts the secrets of webhooks. Without it, these secrets cannot be read.
3. In the development profile also an administrator's key and Flower's password. The next start replaces the
   key if it was revoked or has expired.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.key_format import new_key
from embedded.credentials import keep_secret, write_private

PEPPER_FILE = "api-key-pepper"
ENCRYPTION_KEY_FILE = "encryption-key"
ADMIN_KEY_FILE = "admin-api-key"
FLOWER_PASSWORD_FILE = "flower-password"  # noqa: S105 a file's name
PEPPER_BYTES = 32
ENCRYPTION_KEY_BYTES = 32
FLOWER_PASSWORD_BYTES = 16
DEVELOPMENT = "development"
ADMIN_KEY = "BOOTSTRAP_ADMIN_KEY"


@dataclass(frozen=True)
class ApiSecrets:
    """The settings for the programs, and the secrets to show to the operator: name, secret and file."""

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
        (ADMIN_KEY, ADMIN_KEY_FILE, new_key),
        ("FLOWER_PASSWORD", FLOWER_PASSWORD_FILE, _draw_flower_password),
    ):
        if profile == DEVELOPMENT and not given.get(name):
            environment[name] = keep_secret(data_dir / file, draw)
            drawn[name] = (environment[name], data_dir / file)
    return ApiSecrets(environment, drawn)


def replace_admin_key(data_dir: Path) -> None:
    """Make another administrator's key, which ``keep_api_secrets`` returns from now on."""
    write_private(data_dir / ADMIN_KEY_FILE, new_key() + "\n")


def keep_encryption_keys(data_dir: Path, given: Mapping[str, str]) -> str:
    """Return the setting ``ENCRYPTION_KEYS``: as it is ``given``, or the key that is kept."""
    return given.get("ENCRYPTION_KEYS") or keep_secret(data_dir / ENCRYPTION_KEY_FILE, _draw_encryption_key)


def _draw_pepper() -> str:
    return secrets.token_hex(PEPPER_BYTES)


def _draw_flower_password() -> str:
    return secrets.token_hex(FLOWER_PASSWORD_BYTES)


def _draw_encryption_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(ENCRYPTION_KEY_BYTES)).decode()
