"""API keys for tests."""

from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import update

from app.api_keys import service
from app.database import Database
from app.models import ApiKey, Role
from tests.environment import ENVIRONMENT


def make_key(
    database: Database,
    role: Role,
    *,
    expires_at: datetime | None = None,
    pepper: str = ENVIRONMENT["API_KEY_PEPPER"],
    **columns: Any,
) -> str:
    """Store a key of this role with these columns; return the key itself."""
    with database.unit_of_work() as unit:
        stored, key = service.create(unit.session, pepper, f"the test's {role}", role, expires_at)
        if columns:
            unit.session.execute(update(ApiKey).where(ApiKey.id == stored.id).values(columns))
    return key


def bearer(key: str) -> dict[str, str]:
    """Return the header with a key."""
    return {"Authorization": f"Bearer {key}"}


def v2(client: FlaskClient, key: str) -> FlaskClient:
    """Return a client of the same application that sends this key with each request."""
    keyed = client.application.test_client()
    keyed.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return keyed
