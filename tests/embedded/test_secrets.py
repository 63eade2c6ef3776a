"""Secrets of a start: drawn once, kept privately, refused where they are missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery.app.defaults import NAMESPACES, flatten

from app.key_format import is_well_formed, new_key
from app.settings import Settings
from embedded.api_secrets import ADMIN_KEY_FILE, FLOWER_PASSWORD_FILE, PEPPER_FILE, keep_api_secrets
from tests.embedded.processes import PROJECT

FAKE_PYTHON = '#!/bin/sh\necho "$@"\necho "basic auth: ${FLOWER_BASIC_AUTH:-none}"\n'


def test_the_secrets_of_development_are_drawn_once_and_kept_privately(tmp_path: Path) -> None:
    first = keep_api_secrets(tmp_path, {})
    again = keep_api_secrets(tmp_path, {})
    assert first == again
    files = {
        "API_KEY_PEPPER": PEPPER_FILE,
        "BOOTSTRAP_ADMIN_KEY": ADMIN_KEY_FILE,
        "FLOWER_PASSWORD": FLOWER_PASSWORD_FILE,
    }
    kept = {name: (tmp_path / file).read_text().strip() for name, file in files.items()}
    assert first.environment == {"QLOOM_PROFILE": "development", **kept}
    assert len(set(kept.values())) == 3
    assert len(kept["API_KEY_PEPPER"]) == 64
    assert is_well_formed(kept["BOOTSTRAP_ADMIN_KEY"])
    assert first.drawn == {
        name: (kept[name], tmp_path / files[name]) for name in ("BOOTSTRAP_ADMIN_KEY", "FLOWER_PASSWORD")
    }
    for file in files.values():
        assert (tmp_path / file).stat().st_mode & 0o777 == 0o600
    assert not any(secret in repr(first) for secret in kept.values())


def test_what_is_given_is_used_as_it_is_and_nothing_is_drawn(tmp_path: Path) -> None:
    given = {
        "API_KEY_PEPPER": "mine " * 10,
        "BOOTSTRAP_ADMIN_KEY": new_key(),
        "FLOWER_PASSWORD": "also mine",
        "QLOOM_PROFILE": "",
    }
    kept = keep_api_secrets(tmp_path, given)
    assert kept.environment == {"QLOOM_PROFILE": "development", "API_KEY_PEPPER": "mine " * 10}
    assert kept.drawn == {}
    assert list(tmp_path.iterdir()) == []


def test_in_production_only_the_pepper_is_drawn(tmp_path: Path) -> None:
    kept = keep_api_secrets(tmp_path, {"QLOOM_PROFILE": "production"})
    assert kept.drawn == {}
    assert set(kept.environment) == {"QLOOM_PROFILE", "API_KEY_PEPPER"}


@pytest.fixture
def fake_python(tmp_path: Path) -> dict[str, str]:
    """An environment whose Python only says how it was called."""
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    return {"PATH": f"{tmp_path}{os.pathsep}{os.defpath}"}


def flower(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Start Flower as the Procfile does."""
    return subprocess.run(
        ["sh", "deploy/flower.sh"], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )


def test_flower_gets_its_password_by_the_environment_and_not_on_its_command_line(
    fake_python: dict[str, str],
) -> None:
    started = flower({**fake_python, "FLOWER_PASSWORD": "0123456789abcdef", "FLOWER_PORT": "5556"})
    assert started.returncode == 0, started.stderr
    command, auth = started.stdout.splitlines()
    assert "--port=5556" in command
    assert "0123456789abcdef" not in command
    assert auth == "basic auth: qloom:0123456789abcdef"


@pytest.mark.parametrize("profile", ["development", "production"])
def test_flower_does_not_start_without_a_password(fake_python: dict[str, str], profile: str) -> None:
    refused = flower({**fake_python, "QLOOM_PROFILE": profile})
    assert refused.returncode == 1
    assert "FLOWER_PASSWORD is not set" in refused.stderr


@pytest.mark.parametrize("password", ["short", "changeme-changeme", "with,comma-inside", "flower123456789"])
def test_flower_refuses_a_password_that_is_none(fake_python: dict[str, str], password: str) -> None:
    refused = flower({**fake_python, "QLOOM_PROFILE": "development", "FLOWER_PASSWORD": password})
    assert refused.returncode == 1
    assert "openssl rand" in refused.stderr


def test_settings_show_no_secret_when_they_are_printed() -> None:
    secrets = {
        "API_KEY_PEPPER": "0123456789abcdefghijklmnopqrstuv",
        "BOOTSTRAP_ADMIN_KEY": new_key(),
        "ENCRYPTION_KEYS": "a25vd24gdG8gYWxsIHdobyByZWFkIHRoZSB0ZXN0cyE=",
        "METRICS_TOKEN": "vutsrqponmlkjihgfedcba9876543210",
        "NEO4J_PASSWORD": "a-graphs-password",
        "DATABASE_URL": "postgresql://qloom:a-databases-password@host/qloom",
        "REDIS_URL": "redis://:a-brokers-password@host/0",
        "NEO4J_URL": "bolt://neo4j:in-a-url@host",
    }
    shown = repr(Settings.from_env({**secrets, "QLOOM_PROFILE": "development"}))
    hidden = [*secrets.values(), "a-databases-password", "a-brokers-password", "in-a-url"]
    assert not [secret for secret in hidden if secret in shown]
    assert "max_job_seconds" in shown


def test_only_celerys_own_settings_are_public_in_its_configuration() -> None:
    script = "import celeryconfig; print(*[name for name in vars(celeryconfig) if name[0] != '_'], sep='\\n')"
    environment = {
        "PATH": os.defpath,
        "API_KEY_PEPPER": "x" * 32,
        "DATABASE_URL": "postgresql://h/d",
        "REDIS_URL": "redis://h/0",
        "QLOOM_PROFILE": "development",
    }
    public = subprocess.check_output([sys.executable, "-c", script], cwd=PROJECT, env=environment, text=True)
    assert set(public.split()) <= {name for name, _ in flatten(NAMESPACES)}
    assert "broker_url" in public
