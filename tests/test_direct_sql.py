"""What an error leaves behind: a connection that PostgreSQL still serves stays in the pool."""

import pytest

from app.database import Database
from app.direct_sql import run_plain
from app.errors import UnavailableError

SORT_ON_DISK = b"SELECT count(*) FROM (SELECT random() AS r FROM generate_series(1, 100000) ORDER BY r) AS s"


def backend(database: Database) -> int:
    """Return the process that serves the next connection of the pool."""
    with database.looking_up() as reader:
        [(pid,)] = run_plain(reader, b"SELECT pg_backend_pid()")
    return int(pid)


def test_an_error_for_want_of_room_costs_no_connection(database: Database) -> None:
    before = backend(database)
    with database.looking_up() as reader:
        run_plain(reader, b"SELECT set_config('temp_file_limit', '0', false)")
        run_plain(reader, b"SELECT set_config('work_mem', '64kB', false)")
        with pytest.raises(UnavailableError):
            run_plain(reader, SORT_ON_DISK)
    assert backend(database) == before


def test_a_connection_that_postgresql_ended_is_replaced(database: Database) -> None:
    before = backend(database)
    with database.looking_up() as reader, pytest.raises(UnavailableError):
        run_plain(reader, b"SELECT pg_terminate_backend(pg_backend_pid())")
    assert backend(database) != before
