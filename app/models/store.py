"""The vector store as a whole: the dimension of its vectors, and a version that each write raises."""

from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Store(Base):
    """The one row of settings. The first insert of vectors makes it; of two at the same time one fails.

    ``epoch`` is drawn anew after a restore, so that nothing cached before it is used. ``index_generation`` is
    that of the HNSW index in use, NULL before there is one, and ``index_form`` says what it holds.
    ``waiting_generation`` is that beside which the index of waiting rows stands, NULL without one.
    ``ordered_fields`` are the members of the metadata that have an index for ranges.
    """

    __tablename__ = "store"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("1"))
    dimension: Mapped[int]
    epoch: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    index_generation: Mapped[int | None]
    index_form: Mapped[str] = mapped_column(Text, server_default=text("'vector'"))
    waiting_generation: Mapped[int | None]
    ordered_fields: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))

    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("dimension BETWEEN 1 AND 4096", name="dimension_range"),
    )


class StoreVersion(Base):
    """One of a few counters whose sum is the store's version. A write raises one of them, chosen at random.

    There are several, so that writers do not wait for each other.
    """

    __tablename__ = "store_versions"

    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)
