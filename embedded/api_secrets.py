"""The pepper of API keys and an admin key for development: drawn at the first start, kept with the data.

The pepper must stay the same: without it no stored key is known any more.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.api_keys.keys import new_key
from embedded.credentials import keep_secret

PEPPER_FILE = "api-key-pepper"
ADMIN_KEY_FILE = "admin-api-key"
PEPPER_BYTES = 32
DEVELOPMENT = "development"


@dataclass(frozen=True)
class ApiSecrets:
    """What the programs are given, and the admin's key if it was drawn here."""

    environment: dict[str, str]
    admin_key: str | None = None
    admin_key_path: Path | None = None


def keep_api_secrets(data_dir: Path, given: Mapping[str, str]) -> ApiSecrets:
    """Return the settings of API keys; those that are ``given`` are used as they are.

    In another profile than development, which is what ``make run`` is for, no admin's key is drawn.
    """
    profile = given.get("QLOOM_PROFILE") or DEVELOPMENT
    pepper = given.get("API_KEY_PEPPER") or keep_secret(data_dir / PEPPER_FILE, _draw_pepper)
    environment = {"QLOOM_PROFILE": profile, "API_KEY_PEPPER": pepper}
    if given.get("BOOTSTRAP_ADMIN_KEY") or profile != DEVELOPMENT:
        return ApiSecrets(environment)
    path = data_dir / ADMIN_KEY_FILE
    key = keep_secret(path, new_key)
    return ApiSecrets({**environment, "BOOTSTRAP_ADMIN_KEY": key}, key, path)


def _draw_pepper() -> str:
    return secrets.token_hex(PEPPER_BYTES)
