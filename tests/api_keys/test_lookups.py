"""Requests of one key that wait for a connection of the pool at the same time share one lookup."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlalchemy.pool import PoolProxiedConnection

from app import key_format as keys
from app.api_keys.lookups import SharedLookups
from app.database import Database
from app.errors import UnavailableError
from app.models import ApiKey
from app.settings import Settings
from tests.environment import ENVIRONMENT
from tests.stack import wait_until

REQUESTS = 30


class CountingDatabase(Database):
    """Counts the requests for a connection."""

    asked = 0

    @contextmanager
    def looking_up(self) -> Iterator[PoolProxiedConnection]:
        """Count the request."""
        self.asked += 1
        with super().looking_up() as connection:
            yield connection


@pytest.fixture
def narrow(settings: Settings) -> Iterator[CountingDatabase]:
    """Return a database with two connections, for which requests wait long."""
    opened = CountingDatabase(settings.database_url, pool_size=1, checkout_timeout_seconds=60)
    yield opened
    opened.close()


def digest_of(key: str) -> bytes:
    return keys.digest(ENVIRONMENT["API_KEY_PEPPER"], key)


def test_who_waits_for_one_key_has_one_lookup_and_another_key_its_own(
    narrow: CountingDatabase, reader_key: str, writer_key: str
) -> None:
    lookups, reader, writer = SharedLookups(), digest_of(reader_key), digest_of(writer_key)
    with ThreadPoolExecutor(REQUESTS + 1) as pool:
        with ExitStack() as taken:
            for _ in range(2):
                taken.enter_context(narrow.looking_up())
            readers = [pool.submit(lookups.find, narrow, reader) for _ in range(REQUESTS)]
            wait_until(lambda: pool._work_queue.empty() and narrow.asked == 3, what="a lookup waiting")
            writing = pool.submit(lookups.find, narrow, writer)
            wait_until(lambda: narrow.asked == 4, what="the other key's lookup waiting")
        found = {each.result(60) for each in readers}
    assert len(found) == 1
    assert (found.pop().role, writing.result().role) == ("reader", "writer")  # type: ignore[union-attr]
    assert narrow.asked <= 4 + REQUESTS // 2  # some may have come when the first had been answered


def test_a_key_that_was_revoked_is_seen_so_by_the_next_call(database: Database, reader_key: str) -> None:
    lookups, digest = SharedLookups(), digest_of(reader_key)
    found = lookups.find(database, digest)
    assert found is not None
    assert found.revoked_at is None
    with database.unit_of_work() as unit:
        unit.session.execute(update(ApiKey).where(ApiKey.id == found.id).values(revoked_at=datetime.now(UTC)))
    again = lookups.find(database, digest)
    assert again is not None
    assert again.revoked_at is not None
    assert lookups.find(database, b"no key") is None


def test_all_who_wait_hear_that_the_database_is_busy_and_later_ones_ask_again(
    settings: Settings, reader_key: str
) -> None:
    busy = Database(settings.database_url, pool_size=1, checkout_timeout_seconds=0.2)
    lookups, digest = SharedLookups(), digest_of(reader_key)
    with ThreadPoolExecutor(REQUESTS) as pool, ExitStack() as taken:
        for _ in range(2):
            taken.enter_context(busy.looking_up())
        asked = [pool.submit(lookups.find, busy, digest) for _ in range(REQUESTS)]
        for each in asked:
            with pytest.raises(UnavailableError):
                each.result(60)
    assert lookups.find(busy, digest) is not None
    busy.close()
