"""How large the body of a request may be, by what its route reads (``Blueprint.body_limit``).

Even a small body can be costly to decode, so each route allows what its contents need and no more.
"""

from enum import StrEnum

from app.settings import Settings
from app.settings.declaration import MIB

PLAIN_BYTES = MIB
"""Three times a vector of 4,096 numbers of 55 digits with its metadata."""

PROGRAM_BYTES_FACTOR = 8
"""JSON writes a byte of a program with up to six (``\\u0007``); this leaves room for the rest of the body."""

LIST_BYTES = 16 * MIB
"""100 queries by vectors of 4,096 numbers take 9 MB, 5,000 ids of 256 characters up to 15 MB."""

MAX_VALUES = 500_000
"""Values in one body of lists: 100 queries by vectors of 4,096 numbers have 410,000. Decoding so many values
of the most costly kind, empty objects, takes 0.1 s and 40 MB."""


class BodyLimit(StrEnum):
    """The kinds of bodies, by the names of their limits in ``GET /api/limits``."""

    PLAIN = "max_plain_body_bytes"
    PROGRAM = "max_program_body_bytes"
    LIST = "max_list_body_bytes"
    VECTORS = "max_body_bytes"


def limits_of(settings: Settings) -> dict[str, int]:
    """Return the bytes that each kind of body may have (MAX_BODY_BYTES at most), and the number of values."""
    program_bytes = PROGRAM_BYTES_FACTOR * settings.run_limits.max_program_bytes
    most = {
        BodyLimit.PLAIN: PLAIN_BYTES,
        BodyLimit.PROGRAM: max(PLAIN_BYTES, program_bytes),
        BodyLimit.LIST: LIST_BYTES,
        BodyLimit.VECTORS: settings.max_body_bytes,
    }
    limits: dict[str, int] = {str(kind): min(size, settings.max_body_bytes) for kind, size in most.items()}
    return {**limits, "max_list_body_values": MAX_VALUES}
