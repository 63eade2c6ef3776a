"""The key that encrypts the secrets of webhooks: drawn at the first start, kept with the data.

It must stay: what it encrypted cannot be read without it.
"""

import os
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from embedded.credentials import keep_secret

KEY_FILE = "encryption-key"
KEY_BYTES = 32


def keep_encryption_keys(data_dir: Path, given: Mapping[str, str]) -> str:
    """Return the setting ``ENCRYPTION_KEYS``: as it is ``given``, or the key that is kept."""
    return given.get("ENCRYPTION_KEYS") or keep_secret(data_dir / KEY_FILE, _draw)


def _draw() -> str:
    return urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()
