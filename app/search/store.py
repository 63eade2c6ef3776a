"""What queries know of all vectors together: the state of the store, and its contexts.

A query reads the state itself, or knows it from the one before. PostgreSQL's statistics say how many vectors
carry a context. Only where no candidate carries it are the contexts themselves looked for.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from app.database import Database
from app.direct_sql import Reader, run_plain

STORE = """
SELECT dimension, epoch, (SELECT coalesce(sum(version), 0)::bigint FROM store_versions), index_generation,
  index_form, waiting_generation, ordered_fields
FROM store"""

MAX_NAMES = 20
"""The most that a warning names."""

MAX_SAMPLED_VECTORS = 10_000
"""The vectors in which names are looked for: all of a small store (10 ms), random blocks of a large one."""

IS_CARRIED = b"""
SELECT EXISTS (SELECT FROM vectors WHERE context_names @> ARRAY[%(context)s::text])"""

NAMES = b"""
WITH looked_at AS MATERIALIZED (
  SELECT context_names FROM vectors TABLESAMPLE SYSTEM (
    (SELECT 100.0 * least(1.0, %(vectors)s / greatest(reltuples, 1)) FROM pg_class
     WHERE oid = 'vectors'::regclass)::real
  ) LIMIT %(vectors)s::int
)
SELECT
  ARRAY(
    SELECT DISTINCT name FROM looked_at, unnest(context_names) AS name ORDER BY name LIMIT %(names)s::int
  ),
  (SELECT count(*) FROM looked_at) < %(vectors)s
    AND (SELECT reltuples FROM pg_class WHERE oid = 'vectors'::regclass) <= %(vectors)s"""

SHARE = b"""
SELECT share FROM pg_stats,
  unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (name, share)
WHERE tablename = 'vectors' AND attname = 'context_names' AND name = %(context)s"""

SHARE_SECONDS = 60.0
"""How long a share is remembered. PostgreSQL counts anew after a build of the index, and many writes."""

MAX_SHARES = 1_000
"""Contexts whose shares a process remembers."""


class StoreState(NamedTuple):
    """The properties of all vectors together."""

    dimension: int
    epoch: UUID  # another one after a restore
    version: int  # raised by every write
    index_generation: int | None
    index_form: str
    waiting_generation: int | None
    ordered_fields: Sequence[str]  # members of the metadata that have an index for ranges


@dataclass
class LatestStore:
    """The store as the latest query of this process has seen it; ``None`` before the first one."""

    state: StoreState | None = None


STORE_COLUMNS = len(StoreState._fields)
"""Every row of a pool begins with these."""


def read_store(reader: Reader) -> StoreState | None:
    """Return the state of the store; ``None`` before the first insert."""
    rows = run_plain(reader, STORE.encode())
    return StoreState(*rows[0]) if rows else None


@dataclass(frozen=True)
class ContextShares:
    """The shares of the vectors that carry a context, as PostgreSQL's statistics have them."""

    database: Database
    _known: dict[str, tuple[float | None, float]] = field(default_factory=dict)

    def of(self, context: str | None) -> float | None:
        """Return the share of a context, ``None`` where it is unknown: it is rare, or nothing was counted."""
        if context is None:
            return None
        share, until = self._known.get(context, (None, 0.0))
        if until < (now := time.monotonic()):
            with self.database.looking_up() as reader:
                share = next((row[0] for row in run_plain(reader, SHARE, {"context": context})), None)
            if len(self._known) >= MAX_SHARES:
                self._known.clear()
            self._known[context] = (share, now + SHARE_SECONDS)
        return share


@dataclass(frozen=True)
class StoredContexts:
    """The contexts of the store.

    Attributes:
        is_carried: whether a vector carries the asked context.
        names: at most ``MAX_NAMES`` that were found, in order; none where the context is carried.
        are_all: whether all that were found are named.
        looked_at_all: whether every vector was looked at for names.
    """

    is_carried: bool
    names: tuple[str, ...] = ()
    are_all: bool = True
    looked_at_all: bool = True


def find_contexts(reader: Reader, context: str) -> StoredContexts:
    """Find out whether a vector carries the context, and if none does, which contexts there are."""
    if run_plain(reader, IS_CARRIED, {"context": context})[0][0]:
        return StoredContexts(is_carried=True)
    [(names, looked_at_all)] = run_plain(
        reader, NAMES, {"vectors": MAX_SAMPLED_VECTORS, "names": MAX_NAMES + 1}
    )
    return StoredContexts(False, tuple(names[:MAX_NAMES]), len(names) <= MAX_NAMES, looked_at_all)
