"""What the vector benchmarks send to Qloom."""

from collections.abc import Mapping, Sequence
from itertools import count

import msgspec

from benchmarks.clusters import CONTEXT, Numbers

QUERY = "/v2/query"
TOP_K = 10


def batch_body(ids: Sequence[str], vectors: Numbers, groups: Sequence[int]) -> bytes:
    """A batch as a client sends it; two of three vectors have contexts."""
    contexts = [{"name": CONTEXT, "weight": 0.7}, {"name": "b", "weight": 0.3}]
    return msgspec.json.encode(
        {
            "vectors": [
                {
                    "id": row_id,
                    "vector": vector.tolist(),
                    "metadata": {"group": group, "number": group},
                    "contexts": contexts if place % 3 else [],
                }
                for place, row_id, vector, group in zip(count(), ids, vectors, groups, strict=False)
            ]
        }
    )


def query_body(
    vector: Numbers,
    kept: Mapping[str, object] | None = None,
    context: str | None = None,
    mode: str = "balanced",
) -> bytes:
    """A query for the ten nearest, which no cache answers."""
    body: dict[str, object] = {"vector": vector.tolist(), "top_k": TOP_K, "use_cache": False, "mode": mode}
    if kept:
        body["filters"] = kept
    if context is not None:
        body["context"] = context
    return msgspec.json.encode(body)
