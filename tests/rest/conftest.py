"""A real web process (gunicorn, gevent) for what only bytes on a socket show."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.settings import Settings
from app.web import create_app
from tests.stack import Stack

ClientWith = Callable[..., FlaskClient]


@pytest.fixture
def client_with(settings: Settings) -> Iterator[ClientWith]:
    """Makes clients of applications with some settings changed."""
    apps = []

    def make(**changes: Any) -> FlaskClient:
        apps.append(create_app(replace(settings, **changes)))
        return apps[-1].test_client()

    yield make
    for app in apps:
        app.extensions["qloom"].close()


@pytest.fixture(scope="module")
def raw_web(tmp_path_factory: pytest.TempPathFactory, database_url: str, redis_url: str) -> Iterator[Stack]:
    """The web alone; no worker takes what it queues."""
    stack = Stack(tmp_path_factory.mktemp("web"), {"DATABASE_URL": database_url, "REDIS_URL": redis_url})
    stack.start_web()
    yield stack
    stack.stop()


@pytest.fixture
def authorization(writer_key: str) -> str:
    """The header line that shows a writer's key."""
    return f"Authorization: Bearer {writer_key}"


@pytest.fixture
def admin_authorization(admin_key: str) -> str:
    """The header line that shows an admin's key."""
    return f"Authorization: Bearer {admin_key}"
