"""The published limits of vectors (``GET /api/limits``)."""

from app.settings.limits import MAX_DIMENSION

MAX_ID_CHARACTERS = 256

ROUTE_NAMES = ("batch", "delete", "export", "import", "read")
"""The routes below ``/v2/vectors``: no vector gets such an id, since the route would hide it."""

DOT_SEGMENTS = (".", "..")
"""Clients resolve these parts of a path before they send it (RFC 3986, 5.2.4), however encoded."""

MAX_CONTEXTS = 8
MAX_CONTEXT_CHARACTERS = 128

MAX_COHERENCE_TIME_MS = 3_155_760_000_000
"""A hundred years; much longer times would end after the last date that can be written."""

MAX_METADATA_BYTES = 16 * 1024
"""The metadata of one vector, as compact JSON."""

MAX_METADATA_DEPTH = 16
"""Objects and lists inside each other."""

MAX_ITEM_BYTES = 1024 * 1024
"""One vector as JSON: five times what 4,096 numbers take with all that may stand beside them."""

MAX_BATCH_VECTORS = 5_000
"""Vectors of one request: inserted, deleted by id, or deleted by one filter."""

MAX_READ_VECTORS = 1_000
"""Vectors read by id with one request."""

MAX_PAGE_VECTORS = 200
DEFAULT_PAGE_VECTORS = 50

SMALLEST_COMPONENT = 1e-15
LARGEST_COMPONENT = 1e15
"""Bounds of a vector's largest magnitude: pgvector sums the squares of up to 4,096 numbers in float32, whose
range is 1e-38 to 3e38."""

LIMITS: dict[str, object] = {
    "max_dimension": MAX_DIMENSION,
    "max_vector_id_characters": MAX_ID_CHARACTERS,
    "max_contexts": MAX_CONTEXTS,
    "max_context_characters": MAX_CONTEXT_CHARACTERS,
    "max_coherence_time_ms": MAX_COHERENCE_TIME_MS,
    "max_vector_bytes": MAX_ITEM_BYTES,
    "max_metadata_bytes": MAX_METADATA_BYTES,
    "max_metadata_depth": MAX_METADATA_DEPTH,
    "max_batch_vectors": MAX_BATCH_VECTORS,
    "max_read_vectors": MAX_READ_VECTORS,
    "max_page_vectors": MAX_PAGE_VECTORS,
}
"""The limits by the names that errors give them."""
