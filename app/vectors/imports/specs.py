"""What an import is to do: the job's spec, and the tally that is its result."""

from typing import Literal
from uuid import UUID

import msgspec

from app.jobs.kinds import KindDeclaration, declare

KIND = declare(KindDeclaration("import"))

MAX_REPORTED_ERRORS = 100
"""Bad lines that the result describes; all are counted."""

VECTORS = "vectors"
METADATA = "metadata"
"""The parts of an upload."""


class ArraySpec(msgspec.Struct, frozen=True):
    """The rows of a .npy file.

    Attributes:
        dtype: numpy's name of the numbers' type: ``<f4``, for example.
        columns: numbers in a row.
    """

    dtype: str
    columns: int


class ImportSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be imported.

    Attributes:
        upload: the upload's chunks in ``import_chunks``.
        chunks: how many it had.
        on_error: whether a bad line ends the import or is left out.
        array: of a .npy file; without it the chunks are lines of JSON.
        id_prefix: of the ids of a .npy file's rows, which are numbered from 0.
        has_metadata: whether each row has a line of JSON, which then names its id too.
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
    """What an import has come to; the job's ``result``."""

    inserted: int = 0
    updated: int = 0
    failed: int = 0
    errors: list[LineError] = []

    def fail(self, line: int, reason: str) -> None:
        """Count a bad line, and describe it unless many have been."""
        self.failed += 1
        if len(self.errors) < MAX_REPORTED_ERRORS:
            self.errors = [*self.errors, LineError(line, reason)]
