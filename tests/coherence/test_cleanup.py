"""Decoherence: states that have ended are removed, with true figures; vectors stay."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.coherence import service
from app.database import Database
from app.models import AuditEntry, StoreVersion, Vector, VectorState
from tests.keys import bearer

PATH = "/v2/maintenance/decoherence"


def _store(database: Database, expired: int, coherent: int = 0, endless: int = 0) -> None:
    now = datetime.now(UTC)
    ends = [
        *[now - timedelta(seconds=1)] * expired,
        *[now + timedelta(hours=1)] * coherent,
        *[None] * endless,
    ]
    with database.unit_of_work() as unit:
        unit.session.add_all(Vector(id=f"v{index:05}", embedding="[1,2]") for index in range(len(ends)))
        unit.session.flush()
        unit.session.add_all(
            VectorState(vector_id=f"v{index:05}", num_qubits=1, expires_at=end)
            for index, end in enumerate(ends)
        )


def _count(database: Database, model: type[Vector] | type[VectorState]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_ended_states_go_and_everything_else_stays(app: Flask, database: Database, admin_key: str) -> None:
    _store(database, expired=3, coherent=2, endless=1)
    with database.reading() as session:
        size = session.scalar(
            text("SELECT sum(pg_column_size(s)) FROM vector_states AS s WHERE expires_at < now()")
        )
    answer = app.test_client().post(PATH, headers=bearer(admin_key))
    document = answer.get_json()
    assert answer.status_code == 200
    assert document.pop("execution_time_ms") > 0
    # PostgreSQL pads a row that it hands on by a byte
    assert document.pop("memory_freed_mb") == pytest.approx(size / 1e6, rel=0.03)
    assert document == {"states_cleaned": 3, "complete": True}
    assert (_count(database, VectorState), _count(database, Vector)) == (3, 6)


def test_a_second_cleanup_finds_nothing(app: Flask, database: Database, admin_key: str) -> None:
    _store(database, expired=2)
    client, headers = app.test_client(), bearer(admin_key)
    assert client.post(PATH, headers=headers).get_json()["states_cleaned"] == 2
    assert client.post(PATH, headers=headers).get_json() | {"execution_time_ms": 0} == {
        "states_cleaned": 0,
        "memory_freed_mb": 0.0,
        "execution_time_ms": 0,
        "complete": True,
    }


@pytest.mark.parametrize("role", ["reader", "writer"])
def test_only_administrators_may(app: Flask, request: pytest.FixtureRequest, role: str) -> None:
    key = request.getfixturevalue(f"{role}_key")
    assert app.test_client().post(PATH, headers=bearer(key)).status_code == 403
    assert app.test_client().post(PATH).status_code == 401


def test_several_at_once_remove_each_state_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 20)
    _store(database, expired=300, coherent=7)
    start = Barrier(4)

    def clean_up() -> int:
        start.wait(30)
        return service.clean_up(database).states_cleaned

    with ThreadPoolExecutor(4) as pool:
        removed = [done.result() for done in [pool.submit(clean_up) for _ in range(4)]]
    # one that meets rows of another's may stop early; nothing is counted twice, and the rest is for the next
    removed.append(service.clean_up(database).states_cleaned)
    assert sum(removed) == 300
    assert _count(database, VectorState) == 7


def test_a_state_that_is_made_coherent_meanwhile_is_left(database: Database) -> None:
    _store(database, expired=2)
    with database.unit_of_work() as unit:
        unit.session.execute(text("UPDATE vector_states SET expires_at = NULL WHERE vector_id = 'v00000'"))
        assert service.clean_up(database).states_cleaned == 1
    assert service.clean_up(database).states_cleaned == 0
    assert _count(database, VectorState) == 1


def test_batches_are_bounded_and_time_is_too(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    _store(database, expired=5)
    assert service.clean_up(database, max_seconds=0.0).complete is False
    assert service.clean_up(database).states_cleaned == 5
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.at)).all()
    assert [(each.action, each.kind, each.actor, each.details) for each in entries] == [
        ("cleaned", "quantum_state", "system", {"count": 2}),
        ("cleaned", "quantum_state", "system", {"count": 2}),
        ("cleaned", "quantum_state", "system", {"count": 1}),
    ]


def test_the_version_of_the_store_stays(database: Database) -> None:
    _store(database, expired=1)
    service.clean_up(database)
    with database.reading() as session:
        assert not session.scalar(select(func.sum(StoreVersion.version)))
