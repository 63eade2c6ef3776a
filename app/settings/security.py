"""The settings that say who may do how much, and the check of secrets."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from app.hosts import read_hosts
from app.key_format import is_well_formed
from app.settings.declaration import Section, choose, count, optional_text, seconds, setting, text

MIN_SECRET_CHARACTERS = 32
"""The length of a secret that ``openssl rand -hex 16`` prints: 128 bits."""

MIN_DIFFERENT_CHARACTERS = 8
"""32 random hexadecimal digits have 14 different ones; a secret with fewer than 8 was typed by hand."""

WELL_KNOWN_WORDS = "changeme change-me change_me password example secret default pepper".split()
"""Words of placeholders; a random value of 32 characters does not contain them."""

FAILED_KEYS_SHARE = 50
"""One request in 50 that an address may send in a minute may show a wrong key: 20 with the default limit."""


def secret_problem(secret: str, *, may_be_known: bool) -> str | None:
    """Return what is wrong with a secret, to be said after its name; ``None`` if nothing is.

    With ``may_be_known`` (the development profile) it only has to be long.
    """
    if len(secret) < MIN_SECRET_CHARACTERS:
        return f"must have at least {MIN_SECRET_CHARACTERS} characters; draw one with openssl rand -hex 32"
    if may_be_known:
        return None
    if len(set(secret)) < MIN_DIFFERENT_CHARACTERS or any(
        word in secret.lower() for word in WELL_KNOWN_WORDS
    ):
        return "is a placeholder that anybody may know; draw one with openssl rand -hex 32"
    return None


class Profile(StrEnum):
    """What the process is for: development leaves ``/api`` open to callers without a key."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


def _bootstrap_admin_key(given: str) -> str | None:
    if given and not is_well_formed(given):
        raise ValueError("it is no API key; draw one with python -m app.key_format")
    return given or None


def _allowed_hosts(given: str) -> tuple[str, ...]:
    try:
        return read_hosts(given)
    except ValueError as error:
        raise ValueError(
            f"{str(error)!r} is no host; "
            "write names or addresses, with a port or without, separated by commas"
        ) from error


@dataclass(frozen=True, kw_only=True)
class SecuritySettings(Section):
    """Security

    `make run` makes the secrets and uses the development profile.
    """

    profile: Profile = setting(
        partial(choose, Profile),
        Profile.PRODUCTION,
        "`production` or `development`. In development, `/api` and `/ws` need no key.",
        name="QLOOM_PROFILE",
    )
    api_key_pepper: str = text(
        None,
        "Secret of at least 32 characters. If it changes, no stored API key is valid any more. Required.",
        is_secret=True,
    )
    bootstrap_admin_key: str | None = setting(
        _bootstrap_admin_key,
        "",
        "API key that `migrate` stores as an administrator's; `python -m app.key_format` makes one.",
        is_secret=True,
    )
    flower_password: str | None = optional_text(
        "Password of Flower's user `qloom`: at least 12 characters, no comma. Required.", is_secret=True
    )
    allowed_hosts: tuple[str, ...] = setting(
        _allowed_hosts,
        "",
        "Hosts that the web and Flower answer to, separated by commas; one without a port stands for all "
        "ports. A request for another host gets 400, unless it is a health check. Required in production; "
        "in development, the default is the names of this machine.",
    )
    trusted_proxies: int = count(
        0, "Number of proxies before the web whose `X-Forwarded-For` is used.", least=0
    )
    rate_limit_per_minute: int = count(
        1_000,
        "Requests of one key in a minute, or of one address without a key. One in 50 may have a wrong key.",
    )
    rate_limit_per_second: int = count(100, "Requests of one key, or of one address, in a second.")
    max_active_jobs_per_key: int = count(
        1_000, "Queued and running jobs of one key. Above that, the answer is 429."
    )
    max_simulator_seconds_per_hour: float = seconds(
        0, "Seconds that the jobs of one key may run in an hour; then 429. 0: no limit."
    )

    @property
    def is_development(self) -> bool:
        """Whether this is the development profile."""
        return self.profile is Profile.DEVELOPMENT

    @property
    def failed_keys_per_minute(self) -> int:
        """How many wrong keys one address may show in a minute."""
        return max(1, self.rate_limit_per_minute // FAILED_KEYS_SHARE)
