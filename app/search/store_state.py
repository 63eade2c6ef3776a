"""What holds for all vectors together, which each query reads or knows from the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.direct_sql import Reader, run_plain

STORE = """
SELECT dimension, epoch, (SELECT coalesce(sum(version), 0)::bigint FROM store_versions), index_generation,
  index_form, waiting_generation, ordered_fields
FROM store"""


class StoreState(NamedTuple):
    """What holds for all vectors together."""

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
