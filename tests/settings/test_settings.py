"""How settings are read, and what is derived from them."""

import logging
from pathlib import Path

import pytest

from app.settings import Settings, SettingsError
from app.settings.removed import REMOVED, warn_of_removed
from app.settings.servers import AddressSettings
from tests.environment import ENVIRONMENT

SERVERS = {"DATABASE_URL": "postgresql://user:hidden@host/name", "REDIS_URL": "redis://:hidden@host"}
DEVELOPMENT = {**ENVIRONMENT, **SERVERS}


def test_a_setting_that_is_missing_is_named() -> None:
    with pytest.raises(SettingsError, match=r'^Environment variable "REDIS_URL" not set$'):
        Settings.from_env({**ENVIRONMENT, "DATABASE_URL": "postgresql://unused"})


@pytest.mark.parametrize(
    ("name", "text", "bounds"),
    [
        ("MAX_QUEUED_JOBS", "0", "a number of at least 1"),
        ("MAX_QUEUED_JOBS", "many", "a number of at least 1"),
        ("MAX_QUEUED_JOBS", "1.5", "a number of at least 1"),
        ("LEASE_SECONDS", "0", "a number of seconds above 0"),
        ("LEASE_SECONDS", "nan", "a number of seconds above 0"),
        ("LEASE_SECONDS", "inf", "a number of seconds above 0"),
        ("MAX_SIMULATOR_SECONDS_PER_HOUR", "-1", "a number of seconds, at least 0"),
        ("PORT", "0", "a number from 1 to 65535"),
        ("FLOWER_PORT", "65536", "a number from 1 to 65535"),
        ("BOLT_PORT", "-1", "a number from 0 to 65535"),
        ("WORKER_GRACE_SECONDS", "soon", "a number of seconds above 0"),
        ("WEBHOOK_ALLOW_PRIVATE", "perhaps", "true or false"),
        ("LOG_LEVEL", "loud", "DEBUG or INFO or WARNING or ERROR or CRITICAL"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(name: str, text: str, bounds: str) -> None:
    with pytest.raises(
        SettingsError, match=f"^Environment variable \"{name}\" invalid: must be {bounds}, not '{text}'$"
    ):
        Settings.from_env({**DEVELOPMENT, name: text})


@pytest.mark.parametrize(
    ("name", "text", "example"),
    [
        ("DATABASE_URL", "", "postgresql://user:password@host:5432/qloom"),
        ("DATABASE_URL", "mysql://hidden@host/name", "postgresql://user:password@host:5432/qloom"),
        (
            "DATABASE_URL",
            "postgresql://user:hidden@host:port/name",
            "postgresql://user:password@host:5432/qloom",
        ),
        ("REDIS_URL", "", "redis://:password@host:6379/0"),
        ("REDIS_URL", "redis://:hidden@host:port", "redis://:password@host:6379/0"),
        ("NEO4J_URL", "http://hidden:7474", "bolt://host:7687"),
    ],
)
def test_a_wrong_url_is_named_without_its_text_which_may_hold_a_password(
    name: str, text: str, example: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({**DEVELOPMENT, name: text})
    assert str(raised.value) == f'Environment variable "{name}" invalid: must be a URL like {example}'


def test_urls_of_every_usual_kind_are_taken() -> None:
    for name, text in (
        ("DATABASE_URL", "postgres://u:p/w#?@host/name?sslmode=require"),
        ("DATABASE_URL", "postgresql+psycopg:///qloom?host=/run/postgresql"),
        ("REDIS_URL", "rediss://:p@host:6380/2?ssl_cert_reqs=none"),
        ("REDIS_URL", "unix:///run/valkey.sock?db=1"),
        ("NEO4J_URL", "neo4j+s://abc.databases.neo4j.io"),
        ("NEO4J_URL", ""),
    ):
        Settings.from_env({**DEVELOPMENT, name: text})


def test_addresses_have_defaults_and_empty_ones_count_as_not_set() -> None:
    settings = AddressSettings.from_env({"PORT": "", "HOST": "", "QLOOM_DATA_DIR": ""})
    assert (settings.host, settings.web_port, settings.flower_port) == ("127.0.0.1", 8000, 5555)
    assert settings.data_dir == Path("var").absolute()


def test_empty_numbers_count_as_not_set() -> None:
    settings = Settings.from_env({**DEVELOPMENT, "LEASE_SECONDS": "", "MAX_SIMULATOR_SECONDS_PER_HOUR": ""})
    assert (settings.lease_seconds, settings.max_simulator_seconds_per_hour) == (4, 0)


def test_what_is_derived_has_the_values_that_were_settings_before() -> None:
    servers = {**DEVELOPMENT, "RATE_LIMIT_PER_MINUTE": "1000"}
    settings = Settings.from_env(servers)
    assert settings.failed_keys_per_minute == 20
    assert settings.lease_tick_seconds == 0.5
    assert (settings.max_streams, settings.max_waiting_requests_per_key) == (250, 250)
    assert settings.max_waiting_queries == 200
    assert settings.max_import_bytes == 2**30
    assert settings.run_limits.max_qubits_density_matrix == 14


def test_no_password_is_shown() -> None:
    settings = Settings.from_env({**DEVELOPMENT, "NEO4J_PASSWORD": "hidden", "FLOWER_PASSWORD": "hidden"})
    assert "hidden" not in repr(settings)
    assert ENVIRONMENT["API_KEY_PEPPER"] not in repr(settings)


def test_a_removed_setting_that_is_still_set_is_named_once_with_what_holds_now(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        warn_of_removed({**DEVELOPMENT, "RING_AGAIN_SECONDS": "5", "MAX_SHOTS": ""})
    [line] = caplog.messages
    assert line == f"RING_AGAIN_SECONDS is no setting any more: {REMOVED['RING_AGAIN_SECONDS']}"
