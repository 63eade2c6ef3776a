"""The sweep: what the job of one has beside its row, and the results of its shards."""

from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.text_types import RawJson


class Sweep(Base):
    """The large values of a sweep, whose id is that of its job.

    ``program`` is NULL for a circuit of the library. ``observables`` is a JSON array of objects of
    coefficients by Pauli strings. ``bindings`` has eight bytes for each number (float64, little-endian): for
    each binding one number for each input, in the order of the job's spec. ``events`` are those of the
    circuit that all bindings share, as JSON; NULL until it is parsed, and if there is none.
    """

    __tablename__ = "sweeps"

    id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    program: Mapped[str | None] = mapped_column(Text)
    observables: Mapped[str] = mapped_column(RawJson)
    bindings: Mapped[bytes] = mapped_column(LargeBinary)
    events: Mapped[str | None] = mapped_column(RawJson)


class SweepResult(Base):
    """The results of one shard: of some bindings, or of some shots of one binding.

    ``lines`` is compressed by zlib: one JSON value for each binding, with a line feed after it. It is an
    object of counts, or ``[values, standard errors]`` of the observables.
    """

    __tablename__ = "sweep_results"

    sweep_id: Mapped[UUID] = mapped_column(ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True)
    shard: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[int]
    bindings: Mapped[int]
    shots: Mapped[int]
    lines: Mapped[bytes] = mapped_column(LargeBinary)
