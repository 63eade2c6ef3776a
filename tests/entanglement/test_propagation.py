"""The change of a vector moves its coherent partners; its deletion takes it out of its groups."""

import math
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from app.models import StoreVersion, Vector, VectorState
from tests.entanglement.conftest import GROUPS, Caller


def _approx(numbers: list[float]) -> Any:
    return pytest.approx(numbers, rel=1e-6)


def _expire(caller: Caller, vector_id: str) -> None:
    with caller.database.unit_of_work() as unit:
        unit.session.execute(
            update(VectorState)
            .where(VectorState.vector_id == vector_id)
            .values(expires_at=datetime.fromisoformat("2020-01-01T00:00:00Z"))
        )


def _version(caller: Caller) -> int:
    with caller.database.reading() as session:
        return sum(session.scalars(select(StoreVersion.version)))


def test_partners_move_by_strength_times_the_change(caller: Caller) -> None:
    caller.store({"a": [1.0, 2.0], "b": [10.0, 20.0], "c": [-3.0, 0.5], "d": [7.0, 7.0]})
    caller.entangle("g", "a", "b", "c", strength=0.5)
    response = caller.change("a", [3.0, -2.0])
    assert response == {
        "id": "a",
        "status": "updated",
        "entangled_partners_updated": 2,
        "quantum_propagation": True,
    }
    assert caller.numbers("a") == [3.0, -2.0]
    assert caller.numbers("b") == _approx([11.0, 18.0])
    assert caller.numbers("c") == _approx([-2.0, -1.5])
    assert caller.numbers("d") == [7.0, 7.0]


def test_a_partner_of_several_groups_moves_once_by_the_strongest(caller: Caller) -> None:
    caller.store({"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.0, 2.0]})
    caller.entangle("weak", "a", "b", "c", strength=0.25)
    caller.entangle("strong", "a", "b", strength=0.75)
    assert caller.change("a", [5.0, 0.0])["entangled_partners_updated"] == 2
    assert caller.numbers("b") == _approx([3.0, 1.0])
    assert caller.numbers("c") == _approx([1.0, 2.0])


def test_partners_of_partners_stay(caller: Caller) -> None:
    caller.store({"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.0, 2.0]})
    caller.entangle("ab", "a", "b", strength=1.0)
    caller.entangle("bc", "b", "c", strength=1.0)
    assert caller.change("a", [2.0, 0.0])["entangled_partners_updated"] == 1
    assert caller.numbers("c") == [0.0, 2.0]


def test_a_change_that_does_not_touch_the_numbers_moves_nobody(caller: Caller) -> None:
    caller.store({"a": [1.0, 0.0], "b": [0.0, 1.0]})
    caller.entangle("g", "a", "b")
    response = caller.send("PUT", "/v2/vectors/a", json={"metadata": {"x": 1}}).get_json()
    assert (response["entangled_partners_updated"], response["quantum_propagation"]) == (0, False)
    assert caller.change("a", [1.0, 0.0])["entangled_partners_updated"] == 0
    assert caller.change("a", [1.0, -0.0])["entangled_partners_updated"] == 0


def test_only_a_change_moves_partners_and_a_replacement_keeps_its_groups(caller: Caller) -> None:
    caller.store({"a": [1.0, 0.0], "b": [0.0, 1.0]})
    caller.entangle("g", "a", "b")
    replacement = {"id": "a", "vector": [5.0, 5.0]}
    assert caller.send("POST", "/v2/vectors?upsert=true", json=replacement).status_code == 200
    assert (caller.numbers("a"), caller.numbers("b")) == ([5.0, 5.0], [0.0, 1.0])
    assert caller.partners("a") == [("b", 0.85, "g")]


def test_decohered_partners_stay_where_they_are(caller: Caller) -> None:
    caller.store({"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.0, 2.0]}, coherence_time_ms=3_600_000)
    caller.entangle("g", "a", "b", "c", strength=1.0)
    _expire(caller, "b")
    assert caller.change("a", [2.0, 0.0])["entangled_partners_updated"] == 1
    assert caller.numbers("b") == [0.0, 1.0]
    assert caller.numbers("c") == [1.0, 2.0]


def test_the_coherence_of_moved_partners_begins_anew(caller: Caller) -> None:
    caller.store({"a": [1.0, 0.0], "b": [0.0, 1.0]}, coherence_time_ms=3_600_000)
    caller.entangle("g", "a", "b")
    before = caller.get("/v2/vectors/b")
    caller.change("a", [2.0, 0.0])
    after = caller.get("/v2/vectors/b")
    assert after["quantum_state"]["expires_at"] > before["quantum_state"]["expires_at"]
    assert after["updated_at"] > before["updated_at"]


def test_moved_partners_wait_for_the_index_and_the_version_rises(caller: Caller) -> None:
    caller.store({"a": [1.0, 0.0], "b": [0.0, 1.0]})
    caller.entangle("g", "a", "b")
    with caller.database.unit_of_work() as unit:
        unit.session.execute(update(Vector).values(indexed_in=1))
    before = _version(caller)
    caller.change("a", [2.0, 0.0])
    with caller.database.reading() as session:
        assert set(session.scalars(select(Vector.indexed_in))) == {None}
    assert _version(caller) == before + 1


@pytest.mark.parametrize(
    ("strength", "partner"),
    [
        (1.0, [1.0, 0.0]),
        (0.7, [0.1, 0.3]),  # zero but for rounding
    ],
)
def test_a_partner_that_would_become_zero_refuses_the_change(
    caller: Caller, strength: float, partner: list[float]
) -> None:
    caller.store({"a": [1.0, 1.0], "b": partner, "c": [9.0, 9.0]})
    caller.entangle("g", "a", "b", "c", strength=strength)
    zeroing = [1.0 - number / strength for number in partner]
    response = caller.send("PUT", "/v2/vectors/a", json={"vector": zeroing})
    assert (response.status_code, response.get_json()["code"]) == (409, "partner_refuses")
    assert "'b'" in response.get_json()["detail"]
    assert caller.numbers("a") == [1.0, 1.0]
    assert caller.numbers("b") == _approx(partner)
    assert caller.numbers("c") == [9.0, 9.0], "a partner moved all the same"
    beside = [number + 0.01 for number in zeroing]
    assert caller.change("a", beside)["entangled_partners_updated"] == 2


def test_a_partner_that_would_grow_too_large_refuses_the_change(caller: Caller) -> None:
    caller.store({"a": [1.0, 1.0], "b": [9e14, 1.0]})
    caller.entangle("g", "a", "b", strength=1.0)
    response = caller.send("PUT", "/v2/vectors/a", json={"vector": [9e14, 1.0]})
    assert response.status_code == 409
    assert "over 1e+15" in response.get_json()["detail"]


def test_steps_too_small_for_float32_are_no_error(caller: Caller) -> None:
    caller.store({"a": [1.0, 1e-40], "b": [1.0, 0.0]})
    caller.entangle("g", "a", "b", strength=1e-6)
    assert caller.change("a", [1.0, 3e-44])["entangled_partners_updated"] == 1
    assert caller.numbers("b") == [1.0, 0.0]
    assert caller.change("a", [1.0, 1e-60])["status"] == "updated"


def test_many_partners_of_many_numbers_move_exactly(caller: Caller) -> None:
    dimension, members = 300, 50
    vectors = {
        f"v{index:02}": [math.sin(index * 7 + k) + 2 for k in range(dimension)] for index in range(members)
    }
    caller.store(vectors)
    caller.entangle("g", *vectors, strength=0.85)
    target = [math.cos(k) + 2 for k in range(dimension)]
    assert caller.change("v07", target)["entangled_partners_updated"] == members - 1
    change = [new - old for new, old in zip(target, vectors["v07"], strict=True)]
    for vector_id, numbers in vectors.items():
        moved = [old + 0.85 * step for old, step in zip(numbers, change, strict=True)]
        expected = target if vector_id == "v07" else moved
        assert caller.numbers(vector_id) == pytest.approx(expected, abs=1e-5)


def test_a_deleted_vector_leaves_its_groups(caller: Caller) -> None:
    caller.store({each: [1.0, float(index)] for index, each in enumerate("abcd")})
    caller.entangle("three", "a", "b", "c")
    caller.entangle("two", "a", "d")
    caller.entangle("others", "c", "d")
    response = caller.send("DELETE", "/v2/vectors/a").get_json()
    assert response == {"id": "a", "status": "deleted", "entanglements_removed": 2}
    assert caller.get(f"{GROUPS}/three")["entity_ids"] == ["b", "c"]
    assert caller.send("GET", f"{GROUPS}/two").status_code == 404, "a group of one stayed"
    assert caller.partners("d") == [("c", 0.85, "others")]


def test_vectors_deleted_together_leave_their_groups(caller: Caller) -> None:
    caller.store({each: [1.0, float(index)] for index, each in enumerate("abcd")})
    caller.entangle("three", "a", "b", "c")
    caller.entangle("four", "a", "b", "c", "d")
    response = caller.send("POST", "/v2/vectors/delete", json={"ids": ["b", "a", "nobody"]}).get_json()
    assert response == {"deleted": 2, "missing": ["nobody"]}
    assert [each["group_id"] for each in caller.get(GROUPS)["results"]] == ["four"]
    assert caller.get(f"{GROUPS}/four")["entity_ids"] == ["c", "d"]
