"""The settings of webhooks."""

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass

from app.settings.declaration import MAX_PORT, Section, count, flag, separated, setting

KEY_BYTES = 32


def _keys(given: str) -> tuple[str, ...]:
    keys = tuple(separated(given))
    for key in keys:
        try:
            size = len(urlsafe_b64decode(key))
        except (binascii.Error, ValueError):
            size = 0
        if size != KEY_BYTES:
            raise ValueError(
                f"each key must be URL-safe base64 of {KEY_BYTES} random bytes, separated by commas, "
                "the newest first"
            )
    return keys


def _ports(given: str) -> frozenset[int]:
    parts = [part.strip() for part in given.split(",")]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= MAX_PORT for part in parts):
        raise ValueError("must be port numbers separated by commas")
    return frozenset(int(part) for part in parts)


@dataclass(frozen=True, kw_only=True)
class WebhookSettings(Section):
    """Webhooks"""

    encryption_keys: tuple[str, ...] = setting(
        _keys,
        "",
        "Keys for the secrets of webhooks, separated by commas: the first encrypts, all decrypt. Each is "
        "URL-safe base64 of 32 random bytes. Required in production; without one there are no webhooks.",
        is_secret=True,
    )
    webhook_allow_private: bool = flag(
        False, "Webhooks may point to plain http, any port and private addresses. For development."
    )
    webhook_ports: frozenset[int] = setting(
        _ports, "443", "Ports that webhooks may point to, separated by commas."
    )
    webhook_retention_days: int = count(30, "Days that events and their deliveries are kept.", least=7)
