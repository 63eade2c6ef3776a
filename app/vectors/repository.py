"""The SQL that writes vectors, their states, and what the store counts of its writes.

Rows are always written in the order of their ids, so that two writers of the same rows cannot deadlock.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import psycopg
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Table,
    any_,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from app.direct_sql import is_usable
from app.errors import database_error
from app.models import Store, StoreVersion, Vector
from app.pauses import Pauses
from app.vectors.reads import STATES, VECTORS, among
from app.vectors.stored_json import decoded
from app.vectors.vector_input import NewVector

VERSION_SLOTS = 16
"""Rows of the version's counters; two writers at once rarely draw the same one."""

VERSIONS = cast(Table, StoreVersion.__table__)

COLUMN_TYPES = {
    "id": "text",
    "embedding": "bytea",
    "context_names": "text[]",
    "context_weights": "float8[]",
    "sent_weights": "float8[]",
    "coherence_time_ms": "float8",
    "metadata": "bytea",
}
"""How psycopg encodes the values of each column for COPY. ``copy_rows`` makes the binary forms of ``vector``
and ``jsonb`` itself, since the numbers and the JSON text are there already."""

NAMES = ", ".join(COLUMN_TYPES)

STAGE = text(
    "CREATE TEMPORARY TABLE IF NOT EXISTS staged_vectors"
    " (LIKE vectors INCLUDING DEFAULTS INCLUDING STORAGE)"
    " WITH (toast_tuple_target = 8160) ON COMMIT DELETE ROWS"
)
MOVE_IN = f"INSERT INTO vectors ({NAMES}) SELECT {NAMES} FROM staged_vectors ORDER BY id"  # noqa: S608 constants
INSERT_NEW = text(f"{MOVE_IN} ON CONFLICT (id) DO NOTHING RETURNING id, TRUE AS is_new")
UPSERT = text(
    f"{MOVE_IN} ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMN_TYPES if name != "id")
    + ", indexed_in = NULL, updated_at = now() RETURNING id, xmax = 0 AS is_new"
)

MAKE_STORE = insert(Store).on_conflict_do_nothing()
DIMENSION = select(Store.dimension)
KEEP_DIMENSION = DIMENSION.where(Store.dimension == bindparam("wanted")).with_for_update(
    key_share=True, read=True
)
FIRST_VECTOR = select(VECTORS.c.id).order_by(VECTORS.c.id).limit(1)
"""In the order of the index, which remembers where deleted rows were."""

ENCODE = insert(STATES).from_select(
    ["vector_id", "num_qubits", "expires_at"],
    select(
        VECTORS.c.id,
        bindparam("amplitude_qubits", type_=Integer)
        # ceil(log2) of up to 8 contexts
        + sum(((func.cardinality(VECTORS.c.context_names) > many).cast(Integer) for many in (1, 2, 4)), 0),
        VECTORS.c.updated_at + VECTORS.c.coherence_time_ms * text("interval '1 ms'"),
    )
    .where(VECTORS.c.id == any_(bindparam("ids", type_=ARRAY(Text))))
    .order_by(VECTORS.c.id),
)
ENCODE = ENCODE.on_conflict_do_update(
    index_elements=[STATES.c.vector_id],
    set_={
        "num_qubits": ENCODE.excluded.num_qubits,
        "expires_at": ENCODE.excluded.expires_at,
        "encoded_at": func.now(),
    },
)

BUMP = insert(VERSIONS).values(slot=func.floor(func.random() * VERSION_SLOTS), version=1)
BUMP = BUMP.on_conflict_do_update(index_elements=[VERSIONS.c.slot], set_={"version": VERSIONS.c.version + 1})


def dimension(session: Session) -> int | None:
    """Return the dimension that the last vectors had; ``None`` before the first one."""
    return session.scalar(DIMENSION)


def dimension_in_use(session: Session) -> int | None:
    """Return the dimension of the stored vectors; ``None`` if there are none."""
    return session.scalar(DIMENSION.where(FIRST_VECTOR.scalar_subquery().is_not(None)))


def ordered_fields(session: Session) -> list[str]:
    """Return the members of the metadata that have an index for ranges."""
    return session.scalar(select(Store.ordered_fields)) or []


def renew_epoch(session: Session) -> bool:
    """Draw a new epoch of the store, so that nothing cached before is used; return False without a store."""
    renewed = update(Store).values(epoch=func.gen_random_uuid()).returning(Store.id)
    return session.execute(renewed).first() is not None


def keep_dimension(session: Session, wanted: int) -> bool:
    """Return whether the store has this dimension; then it stays so until the transaction ends."""
    return session.scalar(KEEP_DIMENSION, {"wanted": wanted}) is not None


def claim_dimension(session: Session, wanted: int) -> int:
    """Make ``wanted`` the dimension of a store without vectors; return the dimension that the store has.

    The row is locked until the transaction ends: other inserts wait here, and this waits for theirs.
    """
    session.execute(MAKE_STORE, {"dimension": wanted})
    present = session.scalars(DIMENSION.with_for_update()).one()
    if present == wanted or session.scalar(FIRST_VECTOR) is not None:
        return present
    session.execute(update(Store).values(dimension=wanted, index_generation=None, waiting_generation=None))
    return wanted


def store(session: Session, vectors: Sequence[NewVector], *, upsert: bool) -> dict[str, bool]:
    """Write vectors with distinct ids, at most once in a transaction; the caller encodes their states.

    COPY writes them into a temporary table, from which one statement moves them: it has no error where
    another transaction inserts the same ids. COPY into ``vectors`` would take 7 ms less for 1,000 × 768
    numbers, and a conflict would end the transaction.

    Returns:
        The ids that were written, and whether each is new; without ``upsert`` existing ones are left out.

    Raises:
        DatabaseUnavailableError: PostgreSQL is down.
    """
    connection = session.connection()
    session.execute(STAGE)
    pauses = Pauses()
    raw = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        with raw.cursor() as cursor, cursor.copy(f"COPY staged_vectors ({NAMES}) FROM STDIN BINARY") as copy:
            copy.set_types(list(COLUMN_TYPES.values()))
            for row in copy_rows(vectors):
                copy.write_row(row)
                pauses.give_way()
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if not is_usable(raw):
            connection.invalidate(error)
        raise database_error(error.sqlstate) from error
    except BaseException:  # such as the request's deadline: a connection that still copies must not be reused
        connection.invalidate()
        raise
    rows = session.execute(UPSERT if upsert else INSERT_NEW)
    return {row.id: row.is_new for row in rows}


def copy_rows(vectors: Sequence[NewVector]) -> Iterator[tuple[object, ...]]:
    """Give the values of vectors in the order of ``COLUMN_TYPES``.

    The forms of ``vector`` and ``jsonb`` are those that their ``recv`` functions read: dimension, 0 and the
    numbers; version 1 and the text. For 1,000 × 768 numbers, text COPY takes 400 ms and binary COPY 20 ms.
    """
    for vector in vectors:
        yield (
            vector.id,
            struct.pack(">hh", vector.dimension, 0) + vector.numbers,
            vector.context_names,
            vector.context_weights,
            vector.sent_weights,
            vector.coherence_time_ms,
            b"\x01" + vector.metadata,
        )


def encode_states(session: Session, ids: Sequence[str], amplitude_qubits: int) -> None:
    """Write the states of vectors as these are now; their coherence begins anew.

    The qubits of a state are ``amplitude_qubits``, which hold the numbers, and those of its contexts.
    """
    session.execute(ENCODE, {"ids": list(ids), "amplitude_qubits": amplitude_qubits})


def lock_metadata(session: Session, vector_id: str) -> dict[str, Any] | None:
    """Lock a vector until the transaction ends; return its metadata, or ``None`` if there is none.

    The lock is that of ``partners.lock``: a stronger one would wait for transactions that wait for this one.
    """
    chosen = select(Vector.meta.cast(Text)).where(Vector.id == vector_id)
    found = session.scalar(chosen.with_for_update(key_share=True))
    return None if found is None else decoded(found)


def change(session: Session, vector_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a vector."""
    statement = update(VECTORS).where(VECTORS.c.id == vector_id)
    session.execute(statement.values(dict(values) | {"updated_at": func.now()}))


def lock_ids(session: Session, ids: Sequence[str]) -> list[str]:
    """Lock vectors that are to be deleted; return the ids of those that exist."""
    return _lock(session, select(VECTORS.c.id).where(among(ids)))


def lock_matching(session: Session, condition: ColumnElement[bool], limit: int) -> list[str]:
    """Lock up to ``limit`` of the vectors that fit, to delete them; return their ids."""
    return _lock(session, select(VECTORS.c.id).where(condition).limit(limit))


def lock_after(session: Session, after: str, limit: int) -> list[str]:
    """Lock up to ``limit`` vectors whose ids come after one, to delete them; return their ids in order."""
    return _lock(session, select(VECTORS.c.id).where(VECTORS.c.id > after).limit(limit))


def delete_locked(session: Session, ids: Sequence[str]) -> None:
    """Delete locked vectors, which are in no group any more; their states go with them."""
    session.execute(delete(VECTORS).where(among(ids)))


def bump_version(session: Session) -> None:
    """Raise the store's version; it comes last, since it locks one of a few rows until the commit."""
    session.execute(BUMP)


def _lock(session: Session, chosen: Select[tuple[str]]) -> list[str]:
    return list(session.scalars(chosen.order_by(VECTORS.c.id).with_for_update()))
