"""What the tests of API keys share."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.database import Database
from app.settings import Settings
from app.settings.security import Profile
from app.web import create_app


@pytest.fixture
def new_client(settings: Settings) -> Iterator[Callable[..., FlaskClient]]:
    """Make a client of a separate application with these settings; all of them use one Redis."""
    made = []

    def make(**changed: Any) -> FlaskClient:
        app = create_app(replace(settings, **changed))
        made.append(app)
        return app.test_client()

    yield make
    for app in made:
        app.extensions["qloom"].close()


@pytest.fixture
def production(new_client: Callable[..., FlaskClient], database: Database) -> FlaskClient:
    """Return a client of an application in the production profile."""
    return new_client(profile=Profile.PRODUCTION)
