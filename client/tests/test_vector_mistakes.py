"""Vectors that are wrong, and calls that are interrupted: what is told, and what is left."""

import asyncio
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qloom import AsyncQloom, F, InvalidInputError, Qloom, QloomError, to_arrays

from tests.scripted import Answer, scripted

ARRAY = np.random.default_rng(3).normal(size=(5, 3))
ONE_NAN = np.where(np.arange(15).reshape(5, 3) == 7, np.nan, ARRAY)
MASKED = np.ma.masked_array(ARRAY, mask=ARRAY > 0)
LIMITS = (200, {"max_batch_vectors": 2, "max_body_bytes": 1_000_000}, {})

MISTAKES: list[tuple[Callable[[Qloom], object], str]] = [
    (
        lambda to: to.vectors.insert("a", [1.0, float("nan")]),
        "^vector.1 is nan: JSON has finite numbers only",
    ),
    (lambda to: to.vectors.insert_array(ONE_NAN), r"^vector 2 \(id '2'\): vector.1 is nan"),
    (lambda to: to.vectors.insert_array(ARRAY[0]), r"shape \(vectors, dimension\), and not \(3,\)"),
    (lambda to: to.vectors.insert_array(MASKED), "no masked numbers"),
    (lambda to: to.vectors.insert_array(ARRAY, ids="abcde"), r"ids takes a list of texts: \['abcde'\]"),
    (lambda to: to.vectors.insert_batch([{"id": "a", "vector": [1]}, "b"]), "vector 1 is no dict .* a str"),  # type: ignore[list-item]
    (lambda to: to.vectors.insert("a", [1.0], contexts="technical"), "contexts are pairs of name and weight"),  # type: ignore[arg-type]
    (lambda to: to.vectors.import_file(MASKED), "no masked numbers"),
    (lambda to: to.vectors.import_file(ARRAY > 0), "real numbers, and not the type bool"),
    (lambda to: to.vectors.import_file(ARRAY.astype(complex)), "not the type complex128"),
    (lambda to: to.vectors.import_file(ARRAY.reshape(5, 3, 1)), r"and not \(5, 3, 1\)"),
    (lambda to: to.vectors.import_file(ARRAY, rows=[{"metadata": {"a": np.inf}}]), "metadata.a is inf"),
    (lambda to: to.vectors.query_batch([[1.0, 2.0]]), "query 0 is no dict .* a list"),  # type: ignore[list-item]
    (lambda to: to.vectors.get(""), "'' is no id"),
    (lambda to: to.vectors.delete(".."), "'..' is no id"),
    (lambda to: to.sweeps.submit("…", {"theta": [0.0, np.nan]}), "bindings.theta.1 is nan"),
]


@pytest.mark.parametrize(("mistake", "said"), MISTAKES)
def test_a_mistake_is_told(mistake: Callable[[Qloom], object], said: str) -> None:
    with scripted(LIMITS) as script, Qloom(script.url) as client:
        with pytest.raises(QloomError, match=said):
            mistake(client)
        assert {asked for asked, _ in script.seen} <= {"GET /api/limits"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: F("a").isin("abc"), r"\['abc'\]"),
        (lambda: F("a") > 1 & F("b"), "each comparison stands in parentheses"),
        (lambda: (F("a") > 1) & "b", "a filter is a condition, such as"),
        (lambda: (F("a") > 1) | None, "not with None"),
        (lambda: (F("a") > 1) and (F("b") > 1), "combine filters with &"),
    ],
)
def test_a_mistake_in_a_filter_is_told(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        wrong()
    assert ((F("a") > 1) & {"id": "b"}).to_dict() == {"$and": [{"metadata.a": {"$gt": 1}}, {"id": "b"}]}


def test_the_place_of_a_wrong_value_is_told(store: Qloom) -> None:
    with pytest.raises(InvalidInputError, match=r"^body\.vector\.0: expected `float`, got `bool` \(400"):
        store.vectors.insert("a", [True, 1.0])
    with pytest.raises(InvalidInputError, match=r"^body\.top_k: must be from 1 to 1000; it is 0 \(400"):
        store.vectors.query([1.0], top_k=0)
    with pytest.raises(InvalidInputError, match=r"^id must hold no / and no control character"):
        store.vectors.insert("a/b", [1.0])


@pytest.mark.parametrize("kind", ["int32", "uint8", "float16", ">f4", "float64", "longdouble"])
def test_numbers_of_every_type_are_stored_as_they_are(store: Qloom, kind: str) -> None:
    array = np.asfortranarray(np.arange(1, 13).reshape(4, 3).astype(kind))
    assert store.vectors.insert_array(array, id_prefix="ä ? ").inserted == 4
    assert store.vectors.import_file(array, id_prefix="日本 #").inserted == 4
    for prefix in ("ä ? ", "日本 #"):
        found = store.vectors.read([f"{prefix}{number}" for number in range(4)])
        np.testing.assert_array_equal(to_arrays(found)[1], np.arange(1.0, 13.0).reshape(4, 3))


class Table:
    """What pandas and polars have in common."""

    shape = ARRAY.shape

    def to_numpy(self) -> Any:
        return ARRAY


def test_tables_are_stored(store: Qloom) -> None:
    assert store.vectors.insert_array(Table(), id_prefix="a").inserted == 5
    assert store.vectors.import_file(Table(), id_prefix="b").inserted == 5
    ids, found = to_arrays(store.vectors.all())
    assert ids == [f"{prefix}{number}" for prefix in "ab" for number in range(5)]
    np.testing.assert_allclose(found, np.concatenate([ARRAY, ARRAY]), rtol=1e-6)


def test_dicts_are_imported_as_they_are_inserted(store: Qloom) -> None:
    vectors = [
        {"id": "a", "vector": ARRAY[0], "contexts": {"technical": 1.0}, "metadata": {"n": np.int64(3)}},
        {"id": "b", "vector": [1, 2, 3], "contexts": [("technical", 0.5), ("general", 0.5)]},
    ]
    assert store.vectors.import_file(iter(vectors)).inserted == 2
    imported = store.vectors.read(["a", "b"])
    assert store.vectors.insert_batch(iter(vectors), upsert=True).inserted == 2
    for before, after in zip(imported, store.vectors.read(["a", "b"]), strict=True):
        assert (before.vector, before.contexts, before.metadata) == (
            after.vector, after.contexts, after.metadata
        )  # fmt: skip
    assert store.vectors.get("a").metadata == {"n": 3}
    assert to_arrays([])[1].shape == (0, 0)


def test_an_interrupted_batch_goes_on(store: Qloom) -> None:
    array = np.random.default_rng(4).normal(size=(7_000, 3))

    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        store.vectors.insert_array(array, id_prefix="v", progress=stop)
    assert caught.value.__notes__ == ["5000 vectors of requests before this one are stored."]
    assert sum(1 for _ in store.vectors.all(include_vector=False)) == 5000
    store.vectors.insert_array(array, id_prefix="v", upsert=True)
    ids, found = to_arrays(store.vectors.all())
    assert sorted(ids) == sorted(f"v{number}" for number in range(7_000))
    np.testing.assert_allclose(found[ids.index("v6999")], array[6999], rtol=1e-6)


def interrupting(answer: Answer) -> Callable[[], Answer]:
    """A step: the user presses Ctrl-C while the request is answered."""

    def step() -> Answer:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return answer

    return step


def test_an_interruption_during_a_request_leaves_nothing_half_done(tmp_path: Path) -> None:
    stored = (201, {"inserted": 2, "failed": 0, "transaction_id": "t", "quantum_batch": True}, {})
    vectors = [{"id": f"{number}", "vector": [1.0]} for number in range(4)]
    with scripted(LIMITS, stored, interrupting(stored)) as script, Qloom(script.url) as client:
        with pytest.raises(KeyboardInterrupt) as caught:
            client.vectors.insert_batch(vectors)
        assert caught.value.__notes__ == ["2 vectors of requests before this one are stored."]
        assert len(script.seen) == 3
    half = (200, {}, {"Content-Length": "1000"})
    with scripted(interrupting(half)) as script, Qloom(script.url) as client:
        with pytest.raises(KeyboardInterrupt) as caught:
            client.vectors.export_file(tmp_path / "vectors.ndjson")
        assert not list(tmp_path.iterdir())  # also as long as the error is kept


def test_a_cancelled_export_leaves_no_file(tmp_path: Path) -> None:
    async def cancelled(script: Any) -> None:
        async with AsyncQloom(script.url) as client:
            loop = asyncio.get_running_loop()
            export = asyncio.create_task(client.vectors.export_file(tmp_path / "vectors.ndjson"))

            def step() -> Answer:
                loop.call_soon_threadsafe(export.cancel)
                return 200, {}, {"Content-Length": "1000"}

            script.steps.append(step)
            with pytest.raises(asyncio.CancelledError):
                await export
            assert not list(tmp_path.iterdir())

    with scripted() as script:
        asyncio.run(cancelled(script))
