"""The settings that say who may do how much, and what makes a secret of the server's one."""

from enum import StrEnum
from typing import Any

from environs import Env, EnvError, validate

from app.hosts import LOOPBACK_HOSTS, read_hosts
from app.key_format import is_well_formed

MIN_SECRET_CHARACTERS = 32
"""What ``openssl rand -hex 16`` prints: 128 bits."""

MIN_DIFFERENT_CHARACTERS = 8
"""Fewer are somebody's finger on a key; 32 random hexadecimal digits have 14."""

WELL_KNOWN_WORDS = (
    "changeme",
    "change-me",
    "change_me",
    "password",
    "example",
    "secret",
    "default",
    "pepper",
)
"""Words of placeholders; a random value of 32 characters does not hold one."""


def secret_problem(secret: str, *, may_be_known: bool) -> str | None:
    """What is wrong with a secret, to be said after its name; ``None`` if nothing is.

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


def security_settings(env: Env) -> dict[str, Any]:
    """Read these settings.

    Raises:
        EnvError: one is missing, unreadable or out of its range, or a secret is none.
    """
    profile = _profile(env.str("QLOOM_PROFILE", Profile.PRODUCTION))
    return {
        "profile": profile,
        "api_key_pepper": _pepper(env.str("API_KEY_PEPPER"), profile),
        "bootstrap_admin_key": _bootstrap_admin_key(env.str("BOOTSTRAP_ADMIN_KEY", "")),
        "allowed_hosts": _allowed_hosts(env.str("ALLOWED_HOSTS", ""), profile),
        "trusted_proxies": env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0)),
        "rate_limit_per_minute": _count(env, "RATE_LIMIT_PER_MINUTE", 1_000),
        "rate_limit_per_second": _count(env, "RATE_LIMIT_PER_SECOND", 100),
        "failed_keys_per_minute": _count(env, "FAILED_KEYS_PER_MINUTE", 20),
        "max_active_jobs_per_key": _count(env, "MAX_ACTIVE_JOBS_PER_KEY", 1_000),
        "max_simulator_seconds_per_hour": env.float(
            "MAX_SIMULATOR_SECONDS_PER_HOUR", 0.0, validate=validate.Range(min=0)
        ),
    }


def _count(env: Env, name: str, default: int) -> int:
    return env.int(name, default, validate=validate.Range(min=1))


def _profile(text: str) -> Profile:
    if text not in list(Profile):
        raise EnvError(f'Environment variable "QLOOM_PROFILE" invalid: must be {" or ".join(Profile)}')
    return Profile(text)


def _pepper(pepper: str, profile: Profile) -> str:
    if problem := secret_problem(pepper, may_be_known=profile is Profile.DEVELOPMENT):
        raise EnvError(f'Environment variable "API_KEY_PEPPER" invalid: {problem}')
    return pepper


def _allowed_hosts(text: str, profile: Profile) -> tuple[str, ...]:
    """The names that the web answers to; in development those of this machine, unless others are given."""
    try:
        hosts = read_hosts(text)
    except ValueError as error:
        raise EnvError(
            f'Environment variable "ALLOWED_HOSTS" invalid: {str(error)!r} is no host; '
            "write names or addresses, with a port or without, several with commas"
        ) from error
    if hosts:
        return hosts
    if profile is Profile.DEVELOPMENT:
        return LOOPBACK_HOSTS
    raise EnvError(
        'Environment variable "ALLOWED_HOSTS" not set: name the hosts that callers reach the web by, '
        "as qloom.example.com, several with commas; requests for others are refused"
    )


def _bootstrap_admin_key(key: str) -> str | None:
    """A key that ``migrate`` stores as an admin's; empty: none."""
    if key and not is_well_formed(key):
        raise EnvError(
            'Environment variable "BOOTSTRAP_ADMIN_KEY" invalid: it is no API key; '
            "draw one with python -m app.key_format"
        )
    return key or None
