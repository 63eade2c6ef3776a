"""Statements sent by the driver itself, where SQLAlchemy would take as long as PostgreSQL.

A statement goes in one round trip, with its settings if they are other ones than the connection has.
SQLAlchemy would need three more (BEGIN, SET LOCAL, COMMIT), half of the time of a classical query.
"""

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format, TransactionStatus
from psycopg.rows import tuple_row
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.orm import Session

from app.errors import UnavailableError, database_error

Parameters: TypeAlias = Mapping[str, object]

Reader: TypeAlias = Session | PoolProxiedConnection
"""What ``Database.reading()`` gives, and ``Database.looking_up()``, which takes less time."""


KEPT_SETTINGS = "kept settings"
"""Where a connection's ``info`` has the settings that were sent to it."""


class OutOfTimeError(UnavailableError):
    """A statement took longer than its ``statement_timeout``, and PostgreSQL ended it."""

    code = "out_of_time"
    title = "Out of time"


class PackedVector(bytes):
    """Big-endian float32 numbers, sent as a ``vector``: PostgreSQL reads bytes 20 times as fast as text."""


class _PackedVectorDumper(Dumper):
    """Writes what ``vector_recv`` reads; it has no oid, since that of an extension's type varies."""

    format = Format.BINARY

    def dump(self, obj: bytes) -> bytes:
        """Return two 16-bit integers (dimension, 0) and the numbers."""
        return struct.pack(">HH", len(obj) // 4, 0) + obj


def run(
    reader: PoolProxiedConnection, settings: Mapping[str, str], sql: str, parameters: Parameters
) -> list[tuple[Any, ...]]:
    """Return the rows of one statement under settings, which the connection keeps.

    ``reader`` is of ``Database.searching()``. Statements of one kind have the same settings, so that mostly
    none has to be sent. One that is sent and others that were not given stay as they are.

    Raises:
        OutOfTimeError: the statement took longer than the ``statement_timeout`` among the settings.
        DatabaseUnavailableError: PostgreSQL does not answer.
    """
    connection = _driver_connection(reader)
    kept: Mapping[str, str] | None = reader.info.get(KEPT_SETTINGS)
    if kept is None:
        connection.adapters.register_dumper(PackedVector, _PackedVectorDumper)
        kept = {}
    reader.info[KEPT_SETTINGS] = {}  # an error takes back what was sent with the statement
    changed = [each for pair in settings.items() if kept.get(pair[0]) != pair[1] for each in pair]
    with _errors_translated(reader), connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        if changed:
            with connection.pipeline():
                cursor.execute(_set_config(len(changed) // 2), changed)
                cursor.execute(sql.encode(), parameters)
            while cursor.nextset():  # past the settings
                pass
        else:
            cursor.execute(sql.encode(), parameters)
        rows = cursor.fetchall()
    reader.info[KEPT_SETTINGS] = {**kept, **settings}
    return rows


def run_plain(reader: Reader, sql: bytes, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of one statement; none if it returns none.

    Raises:
        DatabaseUnavailableError: PostgreSQL does not answer.
    """
    connection = _driver_connection(reader)
    with _errors_translated(reader), connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def run_first(session: Session, sql: bytes, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Return the rows of the first statement of a transaction, as ``run_plain`` does.

    BEGIN goes with the statement in one round trip.
    """
    connection = _driver_connection(session)
    with _errors_translated(session), connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        with connection.pipeline():
            cursor.execute(sql, parameters)
        return cursor.fetchall()


def is_usable(connection: psycopg.Connection[Any]) -> bool:
    """Return whether a connection can be used after an error, which PostgreSQL reported through it.

    While its disk is full, PostgreSQL may accept no new connections: those that there are serve the reads.
    """
    return connection.info.transaction_status in (TransactionStatus.IDLE, TransactionStatus.INERROR)


def _driver_connection(reader: Reader) -> psycopg.Connection[Any]:
    pooled = reader.connection().connection if isinstance(reader, Session) else reader
    return cast(psycopg.Connection[Any], pooled.driver_connection)


def _set_config(number: int) -> bytes:
    return b"SELECT " + b", ".join([b"set_config(%s, %s, false)"] * number)


@contextmanager
def _errors_translated(reader: Reader) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.QueryCanceled as error:
        raise OutOfTimeError("The database did not answer in time.") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if not is_usable(_driver_connection(reader)):
            reader.invalidate()  # so that the pool does not give the connection out again
        raise database_error(error.sqlstate) from error
    except psycopg.Error:
        raise
    except BaseException:
        reader.invalidate()  # the deadline interrupted it: the next caller would read its rows
        raise
