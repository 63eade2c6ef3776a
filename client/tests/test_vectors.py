"""Vectors against a running server."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
from qloom import AsyncQloom, ConflictError, F, InvalidInputError, NotFoundError, Qloom, QloomError, to_arrays

from tests.server import Server

RANDOM = np.random.default_rng(7)


def test_what_is_inserted_is_read(store: Qloom) -> None:
    vector = [0.5, -1.25, 3.0]
    made = store.vectors.insert(
        "a b",
        vector,
        contexts=[("technical", 0.7), ("general", 0.3)],
        coherence_time_ms=3.6e6,
        metadata={"x": [1]},
    )
    found = store.vectors.get("a b")
    assert made.status == "inserted"
    assert (found.vector, found.metadata) == (vector, {"x": [1]})
    assert {each.name: each.weight for each in found.contexts} == {"technical": 0.7, "general": 0.3}
    assert found.coherence_time_ms == 3.6e6
    with pytest.raises(ConflictError):
        store.vectors.insert("a b", vector)
    assert store.vectors.insert("a b", np.array(vector), upsert=True).status == "updated"


def test_an_update_changes_what_is_given(store: Qloom) -> None:
    store.vectors.insert("a", [1, 0], coherence_time_ms=1e9, metadata={"x": 1})
    store.vectors.update("a", np.array([0, 1]), metadata={"y": 2})
    found = store.vectors.get("a")
    assert (found.vector, found.metadata, found.coherence_time_ms) == ([0, 1], {"x": 1, "y": 2}, 1e9)
    store.vectors.update("a", coherence_time_ms=None, metadata={"z": 3}, replace_metadata=True)
    found = store.vectors.get("a")
    assert (found.coherence_time_ms, found.metadata) == (None, {"z": 3})
    with pytest.raises(TypeError, match="coherence_ms"):
        store.vectors.update("a", coherence_ms=3)
    assert store.vectors.delete("a").status == "deleted"
    with pytest.raises(NotFoundError):
        store.vectors.get("a")


def test_a_batch_is_cut_by_the_limits_and_stored_once(store: Qloom) -> None:
    array = RANDOM.normal(size=(11_000, 4))
    told: list[tuple[int, int | None]] = []
    ids = [f"v{number:05}" for number in range(len(array))]
    done = store.vectors.insert_array(array, ids=ids, progress=lambda *step: told.append(step))
    assert (done.inserted, done.failed) == (11_000, 0)
    assert told == [(5000, 11_000), (10_000, 11_000), (11_000, 11_000)]
    read_ids, read = to_arrays(store.vectors.all())
    assert read_ids == ids
    np.testing.assert_allclose(read, array, rtol=1e-6)
    some_ids, some = to_arrays(store.vectors.read([*ids[::7], "missing"]))
    assert sorted(some_ids) == ids[::7]
    assert some.shape == (len(ids[::7]), 4)
    assert store.vectors.delete_many(ids).deleted == 11_000


def test_ids_that_are_named_twice_count_once_however_many_requests_there_are(store: Qloom) -> None:
    store.vectors.insert("a", [1.0])
    nobody = [f"nobody{number}" for number in range(5_000)]
    assert [each.id for each in store.vectors.read(["a", *nobody, "a"])] == ["a"]
    done = store.vectors.delete_many(["a", *nobody, "a"])
    assert (done.deleted, done.missing) == (1, nobody)


def test_filters_are_chained_however_many_there_are(store: Qloom) -> None:
    store.vectors.insert_array(RANDOM.normal(size=(20, 3)), metadata=[{"n": number} for number in range(20)])
    either, not_any = F("n") == 0, F("n") != 0
    for number in range(1, 12):
        either, not_any = either | (F("n") == number), not_any & (F("n") != number)
    assert {each.metadata["n"] for each in store.vectors.all(filter=either)} == {*range(12)}
    assert {each.metadata["n"] for each in store.vectors.all(filter=not_any)} == {*range(12, 20)}
    mixed = not_any & ((F("n") == 15) | either)
    assert {each.metadata["n"] for each in store.vectors.all(filter=mixed)} == {15}


def test_queries_are_cut_by_the_numbers_in_their_answer(store: Qloom) -> None:
    store.vectors.insert_array(RANDOM.normal(size=(3, 4096)), ids=["a", "b", "c"])
    queries = [{"id": each, "top_k": 500} for each in "abcab"]
    assert [answer.results[0].id for answer in store.vectors.query_batch(queries)] == [*"abcab"]
    with pytest.raises(InvalidInputError, match="from 1 to 1000"):
        store.vectors.query_batch([{"id": "a", "top_k": 5_000}])


def test_items_of_later_requests_have_their_own_index(store: Qloom) -> None:
    vectors = [{"id": f"{n}", "vector": [1.0] if n == 6000 else [1.0, 2.0]} for n in range(6001)]
    done = store.vectors.insert_batch(vectors, transaction=False)
    assert (done.inserted, done.failed) == (6000, 1)
    failed = [item for item in done.results or [] if item.status == "failed"]
    assert [(item.index, item.id) for item in failed] == [(6000, "6000")]


def test_an_error_in_a_later_request_says_what_is_stored(store: Qloom) -> None:
    vectors = ({"id": f"{n}", "vector": [1.0] if n == 6000 else [1.0, 2.0]} for n in range(6001))
    with pytest.raises(InvalidInputError) as caught:
        store.vectors.insert_batch(vectors)
    assert caught.value.__notes__ == ["5000 vectors of requests before this one are stored."]


def test_numbers_without_a_form_in_json_are_refused_here(store: Qloom) -> None:
    with pytest.raises(QloomError, match="JSON"):
        store.vectors.insert("a", [float("nan")])
    with pytest.raises(QloomError, match="2 ids for 3 rows"):
        store.vectors.insert_array(np.ones((3, 2)), ids=["a", "b"])


def test_queries_find_what_numpy_finds(store: Qloom) -> None:
    array, query = RANDOM.normal(size=(300, 6)), RANDOM.normal(size=6)
    metadata = [{"year": 2000 + number % 30} for number in range(300)]
    store.vectors.insert_array(array, id_prefix="v", metadata=metadata)
    cosines = array @ query / np.linalg.norm(array, axis=1) / np.linalg.norm(query)
    cosines[[each["year"] < 2020 for each in metadata]] = -2
    best = [f"v{number}" for number in np.argsort(-cosines)[:5]]
    answer = store.vectors.query(query, top_k=5, mode="precise", filters=F("year") >= 2020)
    assert [each.id for each in answer] == best
    assert answer.results[0].score == pytest.approx(cosines.max(), abs=1e-6)
    queries = [{"vector": query, "top_k": 5, "filters": {"metadata.year": {"$gte": 2020}}, "mode": "precise"}]
    answers = store.vectors.query_batch(queries * 101)
    assert len(answers) == 101
    assert {tuple(each.id for each in answer) for answer in answers} == {tuple(best)}


def test_a_context_is_scored_by_a_circuit(store: Qloom) -> None:
    store.vectors.insert("a", [0.9, 0.1], contexts={"technical": 0.25, "general": 0.75})
    answer = store.vectors.query([1, 0], context="technical", require_quantum=True)
    assert answer.quantum_enhanced
    assert answer.results[0].score == pytest.approx(0.5 * 0.9 / np.hypot(0.9, 0.1), abs=1e-6)


def test_filters_select_what_they_say(store: Qloom) -> None:
    rows = [
        {"id": "a", "vector": [1], "metadata": {"year": 2019, "author": {"name": "x"}, "a.b": 1}},
        {"id": "b", "vector": [1], "metadata": {"year": 2020, "author": {"name": "y"}}},
        {"id": "c", "vector": [1], "metadata": {"source": "blog", "day": "2026-01-05"}},
    ]
    store.vectors.insert_batch(rows)
    for chosen, ids in (
        (F("year") == 2019, "a"),
        (F("year") != 2019, "bc"),
        ((F("year") > 2018) & (F("year") < 2020), "a"),
        ((F("year") <= 2019) | (F("source") == "blog"), "ac"),
        (~F("year").exists(), "c"),
        (F("author.name").isin(["y", "z"]), "b"),
        (F("author.name").notin(["y"]) & F("year").exists(), "a"),
        (F('["a.b"]') == 1, "a"),
        (F.id >= "b", "bc"),
    ):
        found = "".join(each.id for each in store.vectors.all(filter=chosen, include_vector=False))
        assert found == ids, chosen
    with pytest.raises(TypeError, match="combine filters with &"):
        assert not F("year") == 2019
    assert store.vectors.delete_many(filter=F("year").exists()).deleted == 2


def test_a_file_is_exported_and_imported(store: Qloom, tmp_path: Path) -> None:
    array = RANDOM.normal(size=(500, 3))
    store.vectors.insert_array(array, id_prefix="v", metadata=[{"n": n} for n in range(500)])
    path = tmp_path / "vectors.ndjson"
    assert store.vectors.export_file(path) == 500
    assert list(tmp_path.iterdir()) == [path]
    ids, before = to_arrays(store.vectors.all())
    store.vectors.clear()
    told: list[int] = []
    assert store.vectors.import_file(path, progress=lambda done, total: told.append(done)).inserted == 500
    assert told[-1] == 100
    again, after = to_arrays(store.vectors.all())
    assert again == ids
    np.testing.assert_array_equal(before, after)
    assert store.vectors.get("v7").metadata == {"n": 7}


def test_arrays_are_imported(store: Qloom, tmp_path: Path) -> None:
    array = RANDOM.normal(size=(50, 3)).astype("float32")
    np.save(tmp_path / "x.npy", array)
    assert store.vectors.import_file(tmp_path / "x.npy", id_prefix="f").inserted == 50
    assert store.vectors.import_file(array, id_prefix="f", upsert=True).updated == 50
    rows = [{"id": f"r{n}", "metadata": {"n": n}} for n in range(50)]
    assert store.vectors.import_file(array, rows=rows).inserted == 50
    np.testing.assert_array_equal(np.float32(store.vectors.get("r9").vector or []), array[9])
    skipped = store.vectors.import_file([{"id": "g", "vector": [1]}], on_error="skip")
    assert (skipped.failed, skipped.errors[0]["line"]) == (1, 1)
    with pytest.raises(QloomError, match=r"ends with \.ndjson"):
        store.vectors.import_file(tmp_path / "x.csv")


def test_a_refused_export_leaves_no_file(store: Qloom, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        store.vectors.export_file(tmp_path / "x.ndjson", filter={"nonsense": 1})
    assert not list(tmp_path.iterdir())


def test_groups_move_together(store: Qloom) -> None:
    store.vectors.insert_batch([{"id": "a", "vector": [1, 0]}, {"id": "b", "vector": [0, 1]}])
    group = store.entanglement.create_group("g", ["a", "b"], 0.5)
    assert group.entity_ids == ["a", "b"]
    assert [each.id for each in store.entanglement.partners("a")] == ["b"]
    assert store.vectors.update("a", [1, 1]).entangled_partners_updated == 1
    assert store.vectors.get("b").vector == [0, 1.5]
    assert [each.group_id for each in store.entanglement.groups()] == ["g"]
    assert store.entanglement.group("g").entities == 2
    assert store.entanglement.delete_group("g").status == "deleted"
    assert store.entanglement.apply_decoherence().states_cleaned == 0


def test_the_asynchronous_client_does_the_same(store: Qloom, server: Server, tmp_path: Path) -> None:
    async def all_of_it() -> list[str]:
        async with AsyncQloom(server.url, server.key) as client:
            rows = [{"id": f"{n:03}", "vector": [n, 1.0]} for n in range(250)]
            await client.vectors.insert_batch(rows)
            assert await client.vectors.export_file(tmp_path / "x.ndjson") == 250
            imported = await client.vectors.import_file(tmp_path / "x.ndjson", upsert=True)
            assert imported.updated == 250
            assert len(await client.vectors.query([1, 1], top_k=3)) == 3
            return [each.id async for each in client.vectors.all(include_vector=False)]

    assert asyncio.run(all_of_it()) == [f"{n:03}" for n in range(250)]
    first = json.loads((tmp_path / "x.ndjson").read_text().splitlines()[0])
    assert first["id"] == "000"
