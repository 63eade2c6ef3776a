"""``/v2/entanglement``: groups and partners in the contract's shapes."""

from typing import Any

import pytest

from app.entanglement.limits import MAX_GROUPS_OF_A_VECTOR
from app.errors import UnavailableError
from tests.entanglement.conftest import GROUPS, Caller, InProcessEntangler, group

CONTRACT = group("related_docs", "doc_1", "doc_2", "doc_3", strength=0.85)


@pytest.fixture(autouse=True)
def documents(caller: Caller) -> None:
    """The vectors of the contract's example."""
    caller.store({"doc_1": [1.0, 0.0], "doc_2": [0.0, 1.0], "doc_3": [1.0, 1.0]})


def test_the_contracts_example_is_made_and_read_back(caller: Caller, entangler: InProcessEntangler) -> None:
    response = caller.send("POST", GROUPS, json=CONTRACT)
    document = response.get_json()
    assert response.status_code == 201
    assert document.items() >= {
        ("group_id", "related_docs"),
        ("entities", 3),
        ("correlation_strength", 0.85),
        ("quantum_state_created", True),
        ("graph_status", "pending"),
    }
    assert document["measured_correlation"] == pytest.approx(0.85, abs=0.1)
    [problem] = entangler.asked
    assert (problem.num_qubits, problem.shots, problem.seed) == (3, document["shots"], document["seed"])
    assert response.headers["Location"] == f"{GROUPS}/related_docs"
    assert caller.get(f"{GROUPS}/related_docs") == document
    assert document["entity_ids"] == ["doc_1", "doc_2", "doc_3"]


def test_partners_come_in_the_contracts_shape(caller: Caller) -> None:
    caller.send("POST", GROUPS, json=CONTRACT)
    assert caller.get("/v2/entanglement/partners/doc_1") == {
        "entity_id": "doc_1",
        "partners": [
            {"id": "doc_2", "correlation": 0.85, "group_id": "related_docs"},
            {"id": "doc_3", "correlation": 0.85, "group_id": "related_docs"},
        ],
    }


def test_partners_of_several_groups_come_strongest_first(caller: Caller) -> None:
    caller.entangle("weak", "doc_1", "doc_2", strength=0.2)
    caller.entangle("strong", "doc_1", "doc_2", "doc_3", strength=0.9)
    assert caller.partners("doc_1") == [
        ("doc_2", 0.9, "strong"),
        ("doc_3", 0.9, "strong"),
        ("doc_2", 0.2, "weak"),
    ]


def test_a_vector_without_groups_has_no_partners_and_an_unknown_one_is_not_found(caller: Caller) -> None:
    assert caller.partners("doc_1") == []
    assert caller.send("GET", "/v2/entanglement/partners/nobody").status_code == 404


def test_a_taken_group_id_is_a_conflict_and_runs_no_circuit(
    caller: Caller, entangler: InProcessEntangler
) -> None:
    caller.entangle("g", "doc_1", "doc_2")
    response = caller.send("POST", GROUPS, json=group("g", "doc_2", "doc_3"))
    assert (response.status_code, response.get_json()["code"]) == (409, "group_exists")
    assert len(entangler.asked) == 1
    assert caller.get(f"{GROUPS}/g")["entity_ids"] == ["doc_1", "doc_2"]


def test_missing_vectors_are_named(caller: Caller, entangler: InProcessEntangler) -> None:
    response = caller.send("POST", GROUPS, json=group("g", "doc_1", "ghost", "spirit"))
    document = response.get_json()
    assert (response.status_code, document["missing"]) == (404, ["ghost", "spirit"])
    assert "'ghost', 'spirit'" in document["detail"]
    assert not entangler.asked
    assert caller.send("GET", f"{GROUPS}/g").status_code == 404


def test_without_a_worker_nothing_is_stored(caller: Caller, entangler: InProcessEntangler) -> None:
    entangler.failure = UnavailableError("no worker", code="no_worker")
    response = caller.send("POST", GROUPS, json=CONTRACT)
    assert (response.status_code, response.get_json()["code"]) == (503, "no_worker")
    assert "Retry-After" in response.headers
    assert caller.get(GROUPS)["pagination"]["total"] == 0


@pytest.mark.parametrize(
    ("body", "loc", "says"),
    [
        (group("g", "doc_1"), ["body", "entity_ids"], "at least 2"),
        (group("g", "doc_1", "doc_1"), ["body", "entity_ids", 1], "again"),
        (group("g", *(str(n) for n in range(257))), ["body", "entity_ids"], "at most 256"),
        (group("", "doc_1", "doc_2"), ["body", "group_id"], "1 to 256"),
        (group("a/b", "doc_1", "doc_2"), ["body", "group_id"], "no /"),
        (group("g", "doc_1", "a/b"), ["body", "entity_ids", 1], "no /"),
        (group("g" * 257, "doc_1", "doc_2"), ["body", "group_id"], "1 to 256"),
        (group("g", "doc_1", "doc_2", strength=0.0), ["body", "correlation_strength"], "> 0.0"),
        (group("g", "doc_1", "doc_2", strength=-1.0), ["body", "correlation_strength"], "> 0.0"),
        (group("g", "doc_1", "doc_2", strength=1.5), ["body", "correlation_strength"], "<= 1.0"),
        (
            {**CONTRACT, "correlation_strength": "0.5"},
            ["body", "correlation_strength"],
            "expected `float`",
        ),
        ({**CONTRACT, "entity_ids": "doc_1"}, ["body", "entity_ids"], "expected `array`"),
        ({**CONTRACT, "colour": 1}, ["body"], "unknown field `colour`"),
        ({"group_id": "g"}, ["body"], "missing required field"),
    ],
)
def test_bad_groups_are_refused_with_their_place(
    caller: Caller, body: dict[str, Any], loc: list[str | int], says: str
) -> None:
    response = caller.send("POST", GROUPS, json=body)
    assert response.status_code == 400, response.text
    [error] = response.get_json()["errors"]
    assert error["loc"] == loc
    assert says in error["msg"]


def test_a_vector_belongs_to_a_bounded_number_of_groups(caller: Caller) -> None:
    for number in range(MAX_GROUPS_OF_A_VECTOR):
        caller.entangle(f"g{number}", "doc_1", "doc_2", strength=1.0)
    response = caller.send("POST", GROUPS, json=group("one more", "doc_1", "doc_3"))
    assert (response.status_code, response.get_json()["limit"]) == (400, "max_groups_of_a_vector")


def test_groups_are_listed_in_pages_newest_first(caller: Caller) -> None:
    for number in range(3):
        caller.entangle(f"g{number}", "doc_1", "doc_2")
    page = caller.get(f"{GROUPS}?page=2&size=2")
    assert [each["group_id"] for each in page["results"]] == ["g0"]
    assert page["pagination"] == {
        "page": 2,
        "size": 2,
        "total": 3,
        "pages": 2,
        "total_is_estimate": False,
    }
    assert page["results"][0]["entities"] == 2
    assert [each["group_id"] for each in caller.get(f"{GROUPS}?size=2")["results"]] == ["g2", "g1"]


def test_a_deleted_group_is_gone_and_its_id_is_free_again(caller: Caller) -> None:
    caller.entangle("g", "doc_1", "doc_2")
    response = caller.send("DELETE", f"{GROUPS}/g")
    assert (response.status_code, response.get_json()) == (200, {"group_id": "g", "status": "deleted"})
    assert caller.send("GET", f"{GROUPS}/g").status_code == 404
    assert caller.send("DELETE", f"{GROUPS}/g").status_code == 404
    assert caller.partners("doc_1") == []
    assert caller.change("doc_1", [5.0, 5.0])["entangled_partners_updated"] == 0
    caller.entangle("g", "doc_2", "doc_3", strength=0.5)
    assert caller.get(f"{GROUPS}/g")["entity_ids"] == ["doc_2", "doc_3"]


def test_a_repeat_with_the_same_key_makes_one_group(caller: Caller) -> None:
    first, repeat = (
        caller.send("POST", GROUPS, json=CONTRACT, headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert (first.status_code, repeat.status_code) == (201, 201)
    assert repeat.headers["Idempotency-Replayed"] == "true"
    assert repeat.get_data() == first.get_data()


@pytest.mark.parametrize("group_id", ["ü ?#%", "'; DROP TABLE vectors", "🪢", "x" * 256])
def test_odd_group_ids_are_kept(caller: Caller, group_id: str) -> None:
    caller.entangle(group_id, "doc_1", "doc_2")
    assert caller.partners("doc_1") == [("doc_2", 0.85, group_id)]
    [listed] = caller.get(GROUPS)["results"]
    assert listed["group_id"] == group_id


def test_readers_look_and_do_not_make(caller: Caller, reader_key: str) -> None:
    headers = {"Authorization": f"Bearer {reader_key}"}
    assert caller.client.get(GROUPS, headers=headers).status_code == 200
    assert caller.client.post(GROUPS, headers=headers, json=CONTRACT).status_code == 403
    assert caller.client.get(GROUPS).status_code == 401


def test_the_neighborhood_needs_the_graph_server(caller: Caller) -> None:
    response = caller.send("GET", "/v2/entanglement/neighborhood/doc_1")
    assert response.status_code == 503
    assert caller.send("GET", "/v2/entanglement/neighborhood/nobody").status_code == 404
    assert caller.send("GET", "/v2/entanglement/neighborhood/doc_1?hops=4").status_code == 400
