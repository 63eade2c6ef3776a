"""A real web process (gunicorn, gevent) for what only bytes on a socket show."""

from collections.abc import Iterator

import pytest

from tests.stack import Stack


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
