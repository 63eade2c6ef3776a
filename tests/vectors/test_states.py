"""The record of a vector's quantum state: its qubits, and until when it is coherent."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update

from app.database import Database
from app.models import VectorState
from tests.vectors.conftest import Writer, vector


def contexts(count: int) -> list[dict[str, Any]]:
    """Return so many contexts of equal weight."""
    return [{"name": str(n), "weight": 1} for n in range(count)]


@pytest.mark.parametrize(
    ("dimension", "context_count", "qubits"),
    [(1, 0, 1), (2, 1, 1), (3, 0, 2), (4, 2, 3), (5, 3, 5), (768, 4, 12), (768, 5, 13), (4096, 8, 15)],
)
def test_qubits_hold_the_amplitudes_and_the_contexts(
    writer: Writer, dimension: int, context_count: int, qubits: int
) -> None:
    writer.store(vector("a", *([1.0] * dimension), contexts=contexts(context_count)))
    assert writer.read("a")["quantum_state"] == {"num_qubits": qubits, "coherent": True, "expires_at": None}


def lifetime(document: dict[str, Any]) -> timedelta:
    """From the last write to the end of coherence."""
    ends = datetime.fromisoformat(document["quantum_state"]["expires_at"])
    return ends - datetime.fromisoformat(document["updated_at"])


def test_coherence_ends_a_time_after_the_last_write(writer: Writer) -> None:
    writer.store(vector("a", coherence_time_ms=90_000.5))
    first = writer.read("a")
    assert lifetime(first) == timedelta(milliseconds=90_000.5)
    writer.put("/a", json={"metadata": {"n": 1}})
    second = writer.read("a")
    assert lifetime(second) == timedelta(milliseconds=90_000.5)
    assert second["quantum_state"]["expires_at"] > first["quantum_state"]["expires_at"]


def test_null_removes_the_end_of_coherence(writer: Writer) -> None:
    writer.store(vector("a", coherence_time_ms=1))
    writer.put("/a", json={"coherence_time_ms": None})
    read = writer.read("a")
    assert (read["coherence_time_ms"], read["quantum_state"]["expires_at"]) == (None, None)


def test_changed_contexts_change_the_qubits(writer: Writer) -> None:
    writer.store(vector("a"))
    writer.put("/a", json={"contexts": contexts(8)})
    assert writer.read("a")["quantum_state"]["num_qubits"] == 2 + 3


def test_a_state_that_has_expired_is_not_coherent_until_the_next_write(
    writer: Writer, database: Database
) -> None:
    writer.store(vector("a", coherence_time_ms=60_000))
    with database.unit_of_work() as unit:
        unit.session.execute(update(VectorState).values(expires_at=func.now() - text("interval '1 s'")))
    assert writer.read("a")["quantum_state"]["coherent"] is False
    writer.post("?upsert=true", json=vector("a", coherence_time_ms=60_000))
    assert writer.read("a")["quantum_state"]["coherent"] is True


def test_a_state_that_was_cleaned_up_is_null_and_comes_back_with_a_write(
    writer: Writer, database: Database
) -> None:
    writer.store(vector("a"))
    with database.unit_of_work() as unit:
        unit.session.execute(delete(VectorState))
    assert writer.read("a")["quantum_state"] is None
    writer.put("/a", json={"vector": [3, 2, 1]})
    assert writer.read("a")["quantum_state"]["coherent"] is True


def test_a_deleted_vector_has_no_state(writer: Writer, database: Database) -> None:
    writer.store(vector("a"), vector("b"))
    writer.delete("/a")
    with database.reading() as session:
        assert session.scalars(select(VectorState.vector_id)).all() == ["b"]
