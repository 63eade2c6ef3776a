"""Vectors as answers show them."""

from uuid import uuid4

import msgspec

from app.timestamps import iso8601
from app.vectors.reads import StoredVector
from app.vectors.service import ItemResult


def vector_document(vector: StoredVector) -> dict[str, object]:
    """One vector; its numbers only where they were read.

    ``quantum_state`` is ``None`` once decoherence cleanup has removed it.
    """
    state = None
    if vector.num_qubits is not None:
        state = {
            "num_qubits": vector.num_qubits,
            "coherent": vector.is_coherent,
            "expires_at": vector.expires_at and iso8601(vector.expires_at),
        }
    return {
        **_content(vector),
        "quantum_state": state,
        "created_at": iso8601(vector.created_at),
        "updated_at": iso8601(vector.updated_at),
    }


def export_line(vector: StoredVector) -> bytes:
    """One line of an export: what an import takes."""
    return msgspec.json.encode(_content(vector)) + b"\n"


def batch_document(results: list[ItemResult], *, with_results: bool) -> dict[str, object]:
    """The contract's answer to a batch; each item's result where some were not stored."""
    failed = sum(result.error is not None for result in results)
    document: dict[str, object] = {
        "inserted": len(results) - failed,
        "failed": failed,
        "transaction_id": f"tx_{uuid4().hex}",
        "quantum_batch": failed < len(results),
    }
    if with_results:
        document["results"] = [_item(result) for result in results]
    return document


def _item(result: ItemResult) -> dict[str, object]:
    document: dict[str, object] = {"index": result.index, "id": result.id, "status": result.status}
    if result.error is not None:
        document["error"] = {"code": result.error.code, "detail": result.error.message}
    return document


def _content(vector: StoredVector) -> dict[str, object]:
    pairs = zip(vector.context_names, vector.context_weights, strict=True)
    numbers = {} if vector.embedding is None else {"vector": msgspec.Raw(vector.embedding.encode())}
    return {
        "id": vector.id,
        **numbers,
        "contexts": [{"name": name, "weight": weight} for name, weight in pairs],
        "coherence_time_ms": vector.coherence_time_ms,
        "metadata": msgspec.Raw(vector.metadata.encode()),
    }
