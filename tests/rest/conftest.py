"""A real web process (gunicorn, gevent) for what only bytes on a socket show."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.settings import Settings
from app.web import create_app

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


@pytest.fixture
def authorization(writer_key: str) -> str:
    """The header line that shows a writer's key."""
    return f"Authorization: Bearer {writer_key}"


@pytest.fixture
def admin_authorization(admin_key: str) -> str:
    """The header line that shows an admin's key."""
    return f"Authorization: Bearer {admin_key}"
