"""The indexes for ranges of metadata: for each declared member one of its numbers and one of its texts.

``store.ordered_fields`` names the members whose indexes are whole, and filters use no others. An entry is the
number as a double, or the first 64 characters of the text, since entries of an index are bounded. So a filter
compares again in the rows that the index finds.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.models import Store
from app.vectors import catalogue, repository
from app.vectors.filter_fields import order_keys

PREFIX = "ix_vectors_field_"
NAME_CHARACTERS = 16
"""The length of a member's digest in the name of an index, which may have 63 bytes."""


def keep(session: Session, fields: Sequence[str]) -> bool:
    """Drop the indexes of other members, and build one that is missing; return whether none is missing then.

    This runs beside reads and writes, in a session of ``Database.reading()``, since it cannot be done in a
    transaction. It may be cut short at any time: every filter stays right, and the next call goes on.
    """
    wanted = {name: key for field in fields for name, key in _indexes(field).items()}
    found = catalogue.indexes(session, PREFIX)
    whole = {name for name, is_valid in found.items() if is_valid}
    missing = [name for name in wanted if name not in whole]
    served = repository.ordered_fields(session)
    _serve(session, [field for field in served if field in fields and whole.issuperset(_indexes(field))])
    for name in found:
        if name not in wanted or name not in whole:
            catalogue.drop(session, name)
    if missing:
        name, key = missing[0], wanted[missing[0]]
        create = f"CREATE INDEX CONCURRENTLY {name} ON vectors (({key})) WHERE ({key}) IS NOT NULL"
        session.execute(text(create))
        return False
    if not set(served).issuperset(fields):
        session.execute(text("ANALYZE vectors"))  # queries are planned by this, so it comes first
    _serve(session, fields)
    return True


def _indexes(field: str) -> dict[str, str]:
    """Return the names of a member's indexes, and the SQL of what each holds."""
    digest = sha256(field.encode()).hexdigest()[:NAME_CHARACTERS]
    numbers, texts = order_keys(field)
    return {f"{PREFIX}{digest}_numbers": _sql(numbers), f"{PREFIX}{digest}_texts": _sql(texts)}


def _sql(key: ColumnElement[Any]) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(key.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _serve(session: Session, fields: Sequence[str]) -> None:
    session.execute(update(Store).values(ordered_fields=list(fields)))
