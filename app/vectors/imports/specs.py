"""The spec of an import's job, and its tally: what it has done so far, which is the job's result."""

from typing import Literal
from uuid import UUID

import msgspec

from app.jobs.kinds import KindDeclaration, declare

KIND = declare(KindDeclaration("import"))

MAX_REPORTED_ERRORS = 100
"""The result describes so many bad lines, and counts all."""

VECTORS = "vectors"
METADATA = "metadata"
"""The parts of an upload."""


class ArraySpec(msgspec.Struct, frozen=True):
    """The rows of a .npy file: numpy's name of their type (such as ``<f4``), and the numbers in a row."""

    dtype: str
    columns: int


class ImportSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The spec of an import.

    Attributes:
        upload: names the chunks of the upload in ``import_chunks``.
        chunks: how many chunks of vectors the upload had.
        on_error: whether a bad line ends the import or is left out.
        array: describes the rows of a .npy file; without it the chunks are lines of JSON.
        id_prefix: begins the ids of a .npy file's rows; their numbers from 0 follow.
        has_metadata: whether each row has a line of JSON, which also gives its id.
    """

    upload: UUID
    chunks: int
    on_error: Literal["stop", "skip"]
    upsert: bool
    array: ArraySpec | None = None
    id_prefix: str = ""
    has_metadata: bool = False


class LineError(msgspec.Struct, frozen=True):
    """Why a line, or a row of an array (from 1), was not stored."""

    line: int
    reason: str


class Tally(msgspec.Struct):
    """The counts of an import so far: the job's ``result``."""

    inserted: int = 0
    updated: int = 0
    failed: int = 0
    errors: list[LineError] = []

    def fail(self, line: int, reason: str) -> None:
        """Count a bad line, and describe it if it is among the first ones."""
        self.failed += 1
        if len(self.errors) < MAX_REPORTED_ERRORS:
            self.errors = [*self.errors, LineError(line, reason)]
