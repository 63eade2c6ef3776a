"""``/v2/vectors``: store, read, change and delete, in the contract's shapes."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.vectors import service
from tests.keys import bearer
from tests.vectors.conftest import Writer, vector

CONTRACT = {
    "id": "doc_123",
    "vector": [0.1, 0.2, 0.3],
    "contexts": [{"name": "technical", "weight": 0.7}, {"name": "general", "weight": 0.3}],
    "coherence_time_ms": 1000,
    "metadata": {"source": "arxiv", "date": "2025-12-13"},
}


def test_the_contracts_example_is_stored_and_read_back(writer: Writer) -> None:
    response = writer.post(json=CONTRACT)
    document = response.get_json()
    assert datetime.fromisoformat(document.pop("timestamp")).tzinfo is not None
    assert (response.status_code, document) == (
        201,
        {"id": "doc_123", "status": "inserted", "quantum_encoded": True},
    )
    assert response.headers["Location"] == "/v2/vectors/doc_123"
    read = writer.get("/doc_123").get_json()
    assert {name: read[name] for name in CONTRACT} == CONTRACT
    assert read["quantum_state"]["num_qubits"] == 3


def test_an_id_that_is_taken_is_a_conflict_and_stays_as_it_is(writer: Writer) -> None:
    writer.store(vector("a", 1, 0, 0))
    response = writer.post(json=vector("a", 0, 1, 0))
    assert (response.status_code, response.get_json()["code"]) == (409, "vector_exists")
    assert writer.read("a")["vector"] == [1, 0, 0]


def test_upsert_replaces_all_of_a_vector_but_its_creation(writer: Writer) -> None:
    writer.post(json=CONTRACT)
    before = writer.read("doc_123")
    response = writer.post("?upsert=true", json=vector("doc_123", 0, 1, 0))
    assert (response.status_code, response.get_json()["status"]) == (200, "updated")
    after = writer.read("doc_123")
    assert (after["vector"], after["contexts"], after["metadata"]) == ([0, 1, 0], [], {})
    assert after["created_at"] == before["created_at"]
    assert after["updated_at"] > before["updated_at"]
    assert writer.post("?upsert=true", json=vector("new")).status_code == 201


def test_weights_and_coherence_times_are_read_as_they_were_sent(writer: Writer) -> None:
    contexts = [{"name": "a", "weight": 3}, {"name": "b", "weight": 0.1}]
    writer.store(vector("a", contexts=contexts, coherence_time_ms=60_000), vector("b", coherence_time_ms=0.5))
    assert writer.read("a")["contexts"] == contexts
    assert '"coherence_time_ms":60000,' in writer.get("/a").get_data(as_text=True)
    assert writer.read("b")["coherence_time_ms"] == 0.5
    writer.put("/a", json={"contexts": contexts[1:2]})
    assert writer.read("a")["contexts"] == contexts[1:2]
    writer.post("?upsert=true", json=vector("a", contexts=[{"name": "c", "weight": 7}]))
    assert writer.read("a")["contexts"] == [{"name": "c", "weight": 7}]


def test_rows_of_before_weights_were_kept_show_the_scaled_ones(writer: Writer) -> None:
    contexts = [{"name": "a", "weight": 3}, {"name": "b", "weight": 1}]
    writer.store(vector("old", contexts=contexts), vector("replaced", contexts=contexts))
    with writer.database.unit_of_work() as unit:
        unit.session.execute(text("UPDATE vectors SET sent_weights = NULL WHERE id = 'old'"))
        # as a web of a former version does, which knows no ``sent_weights``
        replace = "UPDATE vectors SET context_names = '{a}', context_weights = '{1}' WHERE id = 'replaced'"
        unit.session.execute(text(replace))
    assert [each["weight"] for each in writer.read("old")["contexts"]] == [0.75, 0.25]
    assert [each["weight"] for each in writer.read("replaced")["contexts"]] == [1]


def test_many_are_read_by_id_and_the_missing_named(writer: Writer) -> None:
    writer.store(vector("a"), vector("b"), vector("c,d"))
    document = writer.get("?ids=b,x,a&include_vector=false").get_json()
    assert [each["id"] for each in document["results"]] == ["b", "a"]
    assert document["missing"] == ["x"]
    assert all("vector" not in each for each in document["results"])
    assert writer.get("?id=c%2Cd&id=a").get_json()["missing"] == []


@pytest.mark.parametrize("vector_id", ["x", "%00", "a%0ab", "x" * 300])
def test_what_is_not_there_is_not_found(writer: Writer, vector_id: str) -> None:
    writer.store(vector("a"))
    assert writer.get(f"/{vector_id}").status_code == 404
    assert writer.put(f"/{vector_id}", json={"metadata": {}}).status_code == 404
    assert writer.delete(f"/{vector_id}").status_code == 404


def test_a_change_touches_what_it_names_and_merges_metadata(writer: Writer) -> None:
    writer.post(json=CONTRACT)
    response = writer.put("/doc_123", json={"vector": [0.2, 0.3, 0.4], "metadata": {"date": None, "n": 1}})
    assert response.get_json() == {
        "id": "doc_123",
        "status": "updated",
        "entangled_partners_updated": 0,
        "quantum_propagation": False,
    }
    read = writer.read("doc_123")
    assert read["vector"] == [0.2, 0.3, 0.4]
    assert read["contexts"] == CONTRACT["contexts"]
    assert read["metadata"] == {"source": "arxiv", "date": None, "n": 1}


def test_metadata_can_be_replaced(writer: Writer) -> None:
    writer.post(json=CONTRACT)
    writer.put("/doc_123?metadata=replace", json={"metadata": {"n": 1}})
    assert writer.read("doc_123")["metadata"] == {"n": 1}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({}, "nothing to change"),
        ({"vector": [1, 2]}, "vector has 2 numbers; this store's vectors have 3"),
        ({"contexts": [{"name": "a", "weight": 0}]}, "contexts[0].weight"),
        ({"coherence_time_ms": 0}, "coherence_time_ms"),
        ({"metadata": {"text": "x" * 16_384}}, "metadata must be at most 16384 bytes"),
        ({"id": "b"}, "unknown field `id`"),
    ],
)
def test_a_bad_change_is_refused_and_changes_nothing(
    writer: Writer, change: dict[str, Any], place: str
) -> None:
    writer.post(json={**CONTRACT, "coherence_time_ms": 3_600_000})  # a busy machine outlives the example's
    before, version = writer.read("doc_123"), writer.version()
    response = writer.put("/doc_123", json=change)
    assert (response.status_code, place in response.get_json()["detail"]) == (400, True), response.text
    assert (writer.read("doc_123"), writer.version()) == (before, version)


def test_merged_metadata_keep_to_the_limit_together(writer: Writer) -> None:
    writer.post(json=vector("a", metadata={"a": "x" * 10_000}))
    response = writer.put("/a", json={"metadata": {"b": "x" * 10_000}})
    assert response.status_code == 400
    assert "b" not in writer.read("a")["metadata"]


def test_a_vector_is_deleted_once(writer: Writer) -> None:
    writer.store(vector("a"))
    assert writer.delete("/a").get_json() == {"id": "a", "status": "deleted", "entanglements_removed": 0}
    assert writer.delete("/a").status_code == 404
    assert writer.ids() == []


def test_many_are_deleted_by_id(writer: Writer) -> None:
    writer.store(*(vector(name) for name in "abcd"))
    response = writer.post("/delete", json={"ids": ["a", "c", "x", "a"]})
    assert response.get_json() == {"deleted": 2, "missing": ["x"]}
    assert writer.ids() == ["b", "d"]


def test_ids_that_are_named_twice_count_twice_against_the_limit(writer: Writer) -> None:
    assert writer.post("/delete", json={"ids": ["a"] * 5_001}).status_code == 400


def test_many_are_deleted_by_filter(writer: Writer) -> None:
    writer.store(*(vector(f"v{n}", metadata={"n": n}) for n in range(5)))
    response = writer.post("/delete", json={"filter": {"metadata.n": {"$gte": 2}}})
    assert response.get_json() == {"deleted": 3, "more": False}
    assert writer.ids() == ["v0", "v1"]


def test_a_delete_by_filter_says_whether_more_are_left(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_BATCH_VECTORS", 2)
    writer.store(*(vector(f"v{n}", metadata={"n": n}) for n in range(5)))
    body = {"filter": {"metadata.n": {"$gte": 1}}}
    assert writer.post("/delete", json=body).get_json() == {"deleted": 2, "more": True}
    assert writer.post("/delete", json=body).get_json() == {"deleted": 2, "more": False}
    assert writer.ids() == ["v0"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": []},
        {"ids": ["a"], "filter": {"metadata.n": 1}},
        {"ids": ["a/b"]},
        {"filter": {}},
        {"filter": {"$and": [{}]}},
        {"filter": {"$or": [{"metadata.n": 1}, {}]}},
        {"filter": {"$not": {"$not": {}}}},
    ],
)
def test_a_delete_that_does_not_say_what_is_refused(writer: Writer, body: dict[str, Any]) -> None:
    writer.store(vector("a"))
    assert writer.post("/delete", json=body).status_code == 400
    assert writer.ids() == ["a"]


def test_every_write_raises_the_version(writer: Writer) -> None:
    versions = [writer.version()]
    writer.post(json=vector("a"))
    versions.append(writer.version())
    writer.store(vector("b"), vector("c"))
    versions.append(writer.version())
    writer.put("/a", json={"metadata": {"n": 1}})
    versions.append(writer.version())
    writer.delete("/a")
    versions.append(writer.version())
    writer.post("/delete", json={"ids": ["b"]})
    versions.append(writer.version())
    assert versions == sorted(set(versions))
    writer.get()
    writer.post("/delete", json={"ids": ["b"]})
    assert writer.version() == versions[-1], "nothing was written"


def test_a_repeat_with_the_same_key_inserts_once(writer: Writer) -> None:
    key = {"Idempotency-Key": "once"}
    first = writer.post(json=vector("a"), headers=key)
    again = writer.post(json=vector("a"), headers=key)
    assert (first.status_code, again.status_code, again.get_data()) == (201, 201, first.get_data())
    assert again.headers["Idempotency-Replayed"] == "true"


def test_readers_read_and_do_not_write(writer: Writer, client: FlaskClient, reader_key: str) -> None:
    writer.store(vector("a"))
    reader = bearer(reader_key)
    assert client.get("/v2/vectors/a", headers=reader).status_code == 200
    assert client.get("/v2/vectors/a").status_code == 401
    for form in ("read", "export"):
        assert client.post(f"/v2/vectors/{form}", json={}, headers=reader).status_code == 200
        assert client.post(f"/v2/vectors/{form}", json={}).status_code == 401
    assert client.post("/v2/vectors", json=vector("b"), headers=reader).status_code == 403
    assert client.put("/v2/vectors/a", json={"metadata": {}}, headers=reader).status_code == 403
    assert client.delete("/v2/vectors/a", headers=reader).status_code == 403
    assert client.post("/v2/vectors/delete", json={"ids": ["a"]}, headers=reader).status_code == 403
    assert client.post("/v2/vectors/batch", json={"vectors": []}, headers=reader).status_code == 403
