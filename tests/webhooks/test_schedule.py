"""When a failed delivery is tried again, and the settings of webhooks."""

from datetime import UTC, datetime

import pytest

from app.settings import Settings, SettingsError
from app.webhooks.schedule import (
    JITTER,
    MAX_ATTEMPTS,
    MAX_RETRY_AFTER_SECONDS,
    PAUSES_SECONDS,
    parse_retry_after,
    pause_after,
)
from tests.environment import ENVIRONMENT

NOW = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)
SERVERS = {**ENVIRONMENT, "DATABASE_URL": "postgresql://x/y", "REDIS_URL": "redis://x"}


def test_pauses_follow_the_schedule_with_jitter_and_end() -> None:
    for attempt, pause in enumerate(PAUSES_SECONDS, start=1):
        drawn = {pause_after(attempt, None) for _ in range(20)}
        assert len(drawn) > 1, "no jitter"
        assert all(each is not None and abs(each / pause - 1) <= JITTER + 1e-9 for each in drawn)
    assert pause_after(MAX_ATTEMPTS, None) is None
    assert pause_after(MAX_ATTEMPTS + 5, 10.0) is None


def test_retry_after_lengthens_a_pause_up_to_a_day_and_never_shortens_it() -> None:
    assert pause_after(1, 3_600.0) == 3_600.0
    assert pause_after(1, 1e9) == MAX_RETRY_AFTER_SECONDS
    shortened = pause_after(9, 1.0)
    assert shortened is not None
    assert shortened > 3_600


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("9" * 100, MAX_RETRY_AFTER_SECONDS),
        ("Sun, 01 Feb 2026 12:01:00 GMT", 60.0),
        ("Sun, 01 Feb 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Feb 2026 12:01:00 -0000", 60.0),
        ("-5", None),
        ("soon", None),
        ("²", None),
        ("Sun, 99 Feb 2026 12:01:00 GMT", None),
        (f"Sun, 01 Feb 2026 12:01:00 +{'9' * 25}", None),
        ("Sun, 01 Feb 2026 12:01:00 +99999999999", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds


DRAWN = "mJ3v0yQ1ZrT8xWc5nKf7hLs2bPd9uGe4aVt6oYi1RkE="


@pytest.mark.parametrize(
    "setting",
    [
        {"ENCRYPTION_KEYS": "short"},
        {"ENCRYPTION_KEYS": ENVIRONMENT["ENCRYPTION_KEYS"] + ",!"},
        {"WEBHOOK_PORTS": "443,x"},
        {"WEBHOOK_PORTS": "0"},
        {"WEBHOOK_RETENTION_DAYS": "1"},
        {"WEBHOOK_ALLOW_PRIVATE": "perhaps"},
        {"QLOOM_PROFILE": "production", "ENCRYPTION_KEYS": ""},
        {"QLOOM_PROFILE": "production", "ENCRYPTION_KEYS": "A" * 43 + "="},
        {"QLOOM_PROFILE": "production", "ENCRYPTION_KEYS": DRAWN, "WEBHOOK_ALLOW_PRIVATE": "true"},
        {"QLOOM_PROFILE": "production", "ENCRYPTION_KEYS": DRAWN, "NEO4J_PASSWORD": "neo4j"},
    ],
)
def test_a_wrong_setting_stops_the_start(setting: dict[str, str]) -> None:
    pepper = {"API_KEY_PEPPER": "Zq8vN1xR5tYb3mKc7wPd9sLf2hGj4aUe", "FLOWER_PASSWORD": "vN1xR5tYb3mKc7wPd9"}
    with pytest.raises(SettingsError, match=list(setting)[-1]):
        Settings.from_env({**SERVERS, **pepper, **setting})


def test_development_runs_without_an_encryption_key() -> None:
    assert Settings.from_env({**SERVERS, "ENCRYPTION_KEYS": ""}).encryption_keys == ()
