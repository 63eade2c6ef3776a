"""The settings of webhooks, a part of ``app.settings``."""

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

from environs import Env, EnvError, validate

KEY_BYTES = 32

MIN_DIFFERENT_BYTES = 8
"""32 random bytes hold some 30 different ones; so few were typed."""

HIGHEST_PORT = 65_535


@dataclass(frozen=True)
class WebhookSettings:
    """Attributes:
    encryption_keys: Fernet keys; the first encrypts, all decrypt. Without one there are no webhooks.
    allow_private: whether plain http, any port and private addresses may be called (development).
    ports: the ports that may be called otherwise.
    timeout_seconds: of one attempt, from the name's resolution to the end of the answer.
    concurrency: attempts that one worker process makes at once.
    poll_seconds: how often a worker looks for new events.
    retry_scale: what the pauses between attempts are multiplied by.
    retention_days: how long events and their deliveries are kept.
    """

    encryption_keys: tuple[str, ...] = field(repr=False)
    allow_private: bool
    ports: frozenset[int]
    timeout_seconds: float
    concurrency: int
    poll_seconds: float
    retry_scale: float
    retention_days: int

    @classmethod
    def from_env(cls, env: Env) -> "WebhookSettings":
        """Read them.

        Raises:
            EnvError: one is unreadable or out of its range.
        """
        keys = _keys(env.str("ENCRYPTION_KEYS", ""))
        allow_private = env.bool("WEBHOOK_ALLOW_PRIVATE", False)
        if env.str("QLOOM_PROFILE", "production") == "production":
            _refuse_what_is_for_development(keys, allow_private=allow_private)
        positive = validate.Range(min=0, min_inclusive=False)
        return cls(
            encryption_keys=keys,
            allow_private=allow_private,
            ports=_ports(env.str("WEBHOOK_PORTS", "443")),
            timeout_seconds=env.float(
                "WEBHOOK_TIMEOUT_SECONDS", 10.0, validate=validate.Range(min=0.1, max=30)
            ),
            concurrency=env.int("WEBHOOK_CONCURRENCY", 16, validate=validate.Range(min=1, max=200)),
            poll_seconds=env.float("WEBHOOK_POLL_SECONDS", 1.0, validate=positive),
            retry_scale=env.float("WEBHOOK_RETRY_SCALE", 1.0, validate=positive),
            retention_days=env.int("WEBHOOK_RETENTION_DAYS", 30, validate=validate.Range(min=7)),
        )


def _refuse_what_is_for_development(keys: tuple[str, ...], *, allow_private: bool) -> None:
    if not keys:
        raise EnvError('Environment variable "ENCRYPTION_KEYS" not set: production needs a key')
    if any(len(set(urlsafe_b64decode(key))) < MIN_DIFFERENT_BYTES for key in keys):
        raise EnvError('Environment variable "ENCRYPTION_KEYS" invalid: a key is a placeholder; draw one')
    if allow_private:
        raise EnvError(
            'Environment variable "WEBHOOK_ALLOW_PRIVATE" invalid: it is for QLOOM_PROFILE=development; '
            "in production whoever makes a webhook could reach your own network"
        )


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(key for key in (part.strip() for part in text.split(",")) if key)
    for key in keys:
        try:
            size = len(urlsafe_b64decode(key))
        except (binascii.Error, ValueError):
            size = 0
        if size != KEY_BYTES:
            raise EnvError(
                f'Environment variable "ENCRYPTION_KEYS" invalid: each key must be URL-safe base64 of '
                f"{KEY_BYTES} random bytes, several with commas, the newest first"
            )
    return keys


def _ports(text: str) -> frozenset[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= HIGHEST_PORT for part in parts):
        raise EnvError('Environment variable "WEBHOOK_PORTS" invalid: must be port numbers with commas')
    return frozenset(int(part) for part in parts)
