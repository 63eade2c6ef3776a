"""The vectors that an answer shows, as JSON text."""

import struct
from collections.abc import Sequence

from app.direct_sql import Reader, run_plain
from app.search import statements
from app.search.candidates import Candidate

TEXTS = statements.TEXTS.encode()


def embedding_texts(reader: Reader | None, candidates: Sequence[Candidate]) -> dict[str, str]:
    """The vectors of candidates that were read with their bytes, as JSON text by id.

    Writing the numbers of a whole pool takes longer than finding it, so it is done for those answered. They
    are the snapshot's numbers: what was changed or deleted since is written from its bytes, and so is
    everything without a ``reader``.

    Raises:
        UnavailableError: PostgreSQL does not answer.
    """
    ids = [each.id for each in candidates]
    rows = [] if reader is None else run_plain(reader, TEXTS, {"ids": ids})
    stored = {(row[0], row[2]): row[1] for row in rows}
    return {
        each.id: stored.get((each.id, each.numbers)) or _text(each.numbers)
        for each in candidates
        if each.numbers is not None
    }


def _text(numbers: bytes | memoryview) -> str:
    """Nine digits name every float32."""
    return "[" + ",".join(f"{each:.9g}" for (each,) in struct.iter_unpack(">f", numbers)) + "]"
