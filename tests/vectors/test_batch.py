"""``POST /v2/vectors/batch``: all or nothing, or what is good; also side by side."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from app.vectors import repository
from app.vectors.limits import MAX_BATCH_VECTORS
from app.vectors.vector_input import NewVector
from tests.vectors.conftest import VECTORS, Writer, vector

BAD = vector("bad", 1, 2)


def test_a_good_batch_is_stored_whole(writer: Writer) -> None:
    response = writer.post("/batch", json={"vectors": [vector("b"), vector("a")], "transaction": True})
    document = response.get_json()
    assert document.pop("transaction_id").startswith("tx_")
    assert (response.status_code, document) == (201, {"inserted": 2, "failed": 0, "quantum_batch": True})
    assert writer.ids() == ["a", "b"]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (BAD, "vectors[1].vector has 2 numbers; this store's vectors have 3"),
        (vector("a"), "vectors[1].id is that of an earlier vector too"),
        ({"id": "b"}, "vectors[1]: object missing required field `vector`"),
        ({**vector("b"), "vector": [1, "2", 3]}, "vectors[1].vector[1]: expected `float`, got `str`"),
        (["b"], "vectors[1]: expected `object`, got `array`"),
    ],
)
def test_the_first_bad_item_is_named_and_nothing_stored(writer: Writer, bad: Any, said: str) -> None:
    response = writer.post("/batch", json={"vectors": [vector("a"), bad, BAD]})
    problem = response.get_json()
    assert (response.status_code, said in problem["detail"]) == (400, True), problem
    assert problem["errors"][0]["loc"][:3] == ["body", "vectors", 1]
    assert (writer.ids(), writer.version()) == ([], 0)
    assert writer.client.get("/api/limits").get_json()["vector_dimension"] is None


def test_an_id_that_is_taken_refuses_the_whole_batch(writer: Writer) -> None:
    writer.store(vector("taken"))
    response = writer.post("/batch", json={"vectors": [vector("a"), vector("taken")]})
    assert (response.status_code, response.get_json()["code"]) == (409, "vector_exists")
    assert response.get_json()["detail"].startswith("vectors[1]: ")
    assert writer.ids() == ["taken"]


def test_what_is_good_is_stored_and_each_result_told(writer: Writer) -> None:
    writer.store(vector("taken"))
    items = [vector("a"), BAD, vector("taken"), {"id": 5}, vector("a"), vector("b")]
    response = writer.post("/batch", json={"vectors": items, "transaction": False})
    document = response.get_json()
    assert (response.status_code, document["inserted"], document["failed"]) == (207, 2, 4)
    results = document["results"]
    assert [(each["index"], each["id"], each["status"]) for each in results] == [
        (0, "a", "inserted"),
        (1, "bad", "failed"),
        (2, "taken", "failed"),
        (3, None, "failed"),
        (4, "a", "failed"),
        (5, "b", "inserted"),
    ]
    assert results[2]["error"]["code"] == "vector_exists"
    assert "vectors[1].vector has 2 numbers" in results[1]["error"]["detail"]
    assert writer.ids() == ["a", "b", "taken"]


def test_what_is_good_altogether_is_created(writer: Writer) -> None:
    response = writer.post("/batch", json={"vectors": [vector("a")], "transaction": False})
    assert (response.status_code, "results" in response.get_json()) == (201, False)


def test_nothing_good_stores_nothing(writer: Writer) -> None:
    response = writer.post("/batch", json={"vectors": [vector("z", 0, 0)], "transaction": False})
    document = response.get_json()
    assert (response.status_code, document["inserted"], document["quantum_batch"]) == (207, 0, False)
    assert writer.client.get("/api/limits").get_json()["vector_dimension"] is None


def test_upsert_replaces_what_is_there(writer: Writer) -> None:
    writer.store(vector("a", 1, 0, 0))
    items = [vector("a", 0, 1, 0), vector("b"), BAD]
    response = writer.post("/batch?upsert=true", json={"vectors": items, "transaction": False})
    assert [each["status"] for each in response.get_json()["results"]] == ["updated", "inserted", "failed"]
    assert writer.read("a")["vector"] == [0, 1, 0]


@pytest.mark.parametrize("count", [0, MAX_BATCH_VECTORS + 1])
def test_the_cap_is_named(writer: Writer, count: int) -> None:
    response = writer.post("/batch", json={"vectors": [{}] * count})
    assert response.status_code == 400
    assert f"1 to {MAX_BATCH_VECTORS} items" in response.get_json()["detail"]


@pytest.mark.parametrize(
    ("broken", "status"), [(psycopg.OperationalError("the server went away"), 503), (OSError("broken"), 500)]
)
def test_a_copy_that_breaks_off_leaves_nothing_behind(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, broken: Exception, status: int
) -> None:
    copy_rows = repository.copy_rows

    def break_off(vectors: Sequence[NewVector]) -> Iterator[tuple[object, ...]]:
        yield from copy_rows(vectors)
        raise broken

    with monkeypatch.context() as patch:
        patch.setattr(repository, "copy_rows", break_off)
        assert writer.post("/batch", json={"vectors": [vector("a")]}).status_code == status
    assert writer.ids() == []
    writer.store(vector("a"))


def test_a_body_over_the_limit_is_refused(writer: Writer) -> None:
    body = b'{"vectors": [' + b" " * 1_100_000 + b"]}"
    response = writer.post("/batch", data=body, content_type="application/json")
    assert response.status_code == 413


def test_a_repeat_of_a_batch_is_answered_as_the_first_and_stores_nothing(writer: Writer) -> None:
    def send(*items: dict[str, Any]) -> Any:
        return writer.post("/batch", json={"vectors": items}, headers={"Idempotency-Key": "once"})

    first, again, other = send(vector("a")), send(vector("a")), send(vector("b"))
    assert (first.status_code, again.get_data()) == (201, first.get_data())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, "another request" in other.get_json()["detail"]) == (400, True)
    assert writer.ids() == ["a"]


def test_a_batch_is_json_by_its_content_type(writer: Writer) -> None:
    for media_type in ("text/plain", "application/x-ndjson", None):
        response = writer.post("/batch", data=b'{"vectors": []}', content_type=media_type)
        assert response.status_code == 415
    assert writer.post("/batch").status_code == 400


def test_one_of_two_first_inserts_sets_the_dimension(writer: Writer) -> None:
    def insert(size: int) -> int:
        client: FlaskClient = writer.client.application.test_client()
        batch = {"vectors": [vector(f"{size}-{n}", *([1.0] * size)) for n in range(20)]}
        return client.post(f"{VECTORS}/batch", json=batch, headers=writer.headers).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(insert, (2, 3, 4, 5)))
    assert sorted(statuses) == [201, 400, 400, 400]
    dimension = 2 + statuses.index(201)
    assert {vector_id.partition("-")[0] for vector_id in writer.ids()} == {str(dimension)}
    assert writer.client.get("/api/limits").get_json()["vector_dimension"] == dimension


def test_batches_of_the_same_ids_side_by_side_store_each_once(writer: Writer) -> None:
    def insert(number: int) -> Any:
        client: FlaskClient = writer.client.application.test_client()
        ids = [f"v{n}" for n in range(50)]
        items = [vector(name, number + 1, 1, 1) for name in (ids if number % 2 else reversed(ids))]
        body = {"vectors": items, "transaction": False}
        return client.post(f"{VECTORS}/batch", json=body, headers=writer.headers).get_json()

    with ThreadPoolExecutor(6) as pool:
        responses = list(pool.map(insert, range(6)))
    assert sum(response["inserted"] for response in responses) == 50
    assert len(writer.ids()) == 50
