"""The cache of answers: it saves work, and hides neither a write nor the end of a coherence."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text

from app.database import Database
from app.rest.wiring import provided
from app.search import scoring
from app.search.wiring import SearchServices
from tests.search.conftest import Caller, InProcessScorer, vector
from tests.stack import wait_until

QUERY = [1.0, 0.0, 0.0]


@pytest.fixture
def stored(caller: Caller) -> Caller:
    """A caller with two vectors."""
    caller.store(vector("near", 1.0, 0.1, 0.0, contexts={"a": 1}), vector("far", 0.0, 1.0, 0.0))
    return caller


def hit(caller: Caller, **query: Any) -> bool:
    """Return whether the cache has the results."""
    return bool(caller.query(**{"vector": QUERY, **query})["cache_hit"])


@pytest.mark.parametrize("options", [{}, {"context": "a"}, {"enable_tunneling": True}, {"shots": 9}])
def test_the_second_identical_query_is_a_hit_with_the_same_results(
    stored: Caller, scorer: InProcessScorer, options: dict[str, Any]
) -> None:
    first, second = (stored.query(vector=QUERY, **options) for _ in range(2))
    assert (first["cache_hit"], second["cache_hit"]) == (False, True)
    assert second["quantum_time_ms"] == 0
    varying = ("cache_hit", "query_time_ms", "quantum_time_ms")
    assert {k: v for k, v in first.items() if k not in varying} == {
        k: v for k, v in second.items() if k not in varying
    }


def test_every_option_is_part_of_the_key(stored: Caller, scorer: InProcessScorer) -> None:
    variants: list[dict[str, Any]] = [
        {},
        {"vector": [1.0, 0.0, 0.5]},
        {"vector": None, "id": "near"},
        {"context": "a"},
        {"context": "b"},
        {"mode": "precise"},
        {"mode": "exploratory"},
        {"enable_tunneling": True},
        {"top_k": 1},
        {"filters": {"metadata.n": 1}},
        {"include_vector": False},
        {"shots": 5},
        {"shots": 5, "seed": 1},
        {"shots": 5, "seed": 2},
    ]
    assert not any(hit(stored, **each) for each in variants)
    assert all(hit(stored, **each) for each in variants)


def test_a_caller_may_do_without(stored: Caller) -> None:
    assert not hit(stored, use_cache=False)
    assert not hit(stored)
    assert not hit(stored, use_cache=False)
    assert hit(stored)


WRITES: dict[str, Callable[[Caller], Any]] = {
    "insert": lambda caller: caller.post("/v2/vectors", vector("new", 1.0, 0.0, 0.0)),
    "upsert": lambda caller: caller.store(vector("far", 1.0, 0.0, 0.0)),
    "update": lambda caller: caller.client.put(
        "/v2/vectors/far", json={"metadata": {"n": 2}}, headers=caller.headers
    ),
    "delete": lambda caller: caller.delete("/v2/vectors/far"),
    "delete many": lambda caller: caller.post("/v2/vectors/delete", {"ids": ["far"]}),
}


@pytest.mark.parametrize("write", WRITES)
def test_any_write_ends_it(stored: Caller, write: str) -> None:
    assert not hit(stored)
    assert hit(stored)
    WRITES[write](stored)
    assert not hit(stored)


def test_a_new_epoch_ends_it(stored: Caller, database: Database) -> None:
    assert not hit(stored)
    with database.unit_of_work() as unit:
        unit.session.execute(text("UPDATE store SET epoch = gen_random_uuid()"))
    assert not hit(stored)


def test_it_ends_with_the_coherence_of_a_candidate(caller: Caller, scorer: InProcessScorer) -> None:
    fleeting = vector("fleeting", 1.0, 0.0, 0.0, contexts={"a": 1}, coherence_time_ms=1_500)

    def quantum(response: dict[str, Any]) -> list[bool]:
        return [each["quantum_enhanced"] for each in sorted(response["results"], key=lambda each: each["id"])]

    def are_coherent() -> bool:
        caller.store(fleeting, vector("lasting", 0.9, 0.1, 0.0, contexts={"a": 1}))
        return quantum(caller.query(vector=QUERY, context="a")) == [True, True]

    wait_until(are_coherent, what="circuits for both, on a machine that is quick enough")
    # whatever the cache holds, the first answer after the end knows of it
    end = time.monotonic() + 1.5
    wait_until(lambda: time.monotonic() > end, what="the end of the coherence")
    after = caller.query(vector=QUERY, context="a")
    assert (after["cache_hit"], quantum(after)) == (False, [False, True])


@pytest.mark.parametrize("context", ["a", None])
def test_a_hit_counts_as_quantum_if_a_circuit_scored_what_was_kept(
    stored: Caller, scorer: InProcessScorer, app: Flask, redis: "Redis", context: str | None
) -> None:
    """Whatever metadata say: the flag is kept beside the document."""
    stored.store(vector("liar", 1.0, 0.0, 0.0, metadata={"quantum_enhanced": context is None}))
    assert [stored.query(vector=QUERY, context=context)["cache_hit"] for _ in range(2)] == [False, True]
    figures = provided(SearchServices, app).figures
    figures.flush()
    totals = figures.read(60)
    assert (totals.queries, totals.cache_hits, totals.quantum) == (2, 1, 2 if context else 0)


def test_fallbacks_and_explanations_are_not_kept(stored: Caller, scorer: InProcessScorer) -> None:
    scorer.failure = scoring.SIMULATOR_LOST
    assert stored.query(vector=QUERY, context="a")["warnings"][0]["code"] == "simulator_lost"
    scorer.failure = None
    response = stored.query(vector=QUERY, context="a")
    assert (response["cache_hit"], response["warnings"]) == (False, [])
    explained = [stored.query(vector=QUERY, context="a", explain=True) for _ in range(2)]
    assert [each["cache_hit"] for each in explained] == [False, False]
    first, second = (each["explanation"]["execution_id"] for each in explained)
    assert first != second


def test_without_redis_queries_are_answered_all_the_same(stored: Caller, app: Flask) -> None:
    cache = provided(SearchServices, app).searcher.cache
    cache._redis._breaker.failed()
    assert not hit(stored)
    assert not hit(stored)
    cache._redis._breaker.succeeded()


@dataclass
class Race:
    """Writers raise the number that a vector carries; no reader may see less than was acknowledged."""

    app: Flask
    headers: dict[str, str]
    acknowledged: dict[str, int]
    faults: list[str] = field(default_factory=list)
    hits: list[bool] = field(default_factory=list)
    is_on: bool = True

    def write(self, name: str, last: int) -> None:
        """Raise a vector's number again and again."""
        client = self.app.test_client()
        for number in range(1, last + 1):
            response = client.put(
                f"/v2/vectors/{name}", json={"metadata": {"n": number}}, headers=self.headers
            )
            if response.status_code != 200:
                self.faults.append(response.text)
            self.acknowledged[name] = number

    def read(self, options: dict[str, Any]) -> None:
        """Ask the same again and again."""
        mine = Caller(self.app.test_client(), self.headers)
        while self.is_on:
            least = dict(self.acknowledged)
            response = mine.query(vector=QUERY, include_vector=False, **options)
            self.hits.append(response["cache_hit"])
            stale = [each for each in response["results"] if each["metadata"]["n"] < least[each["id"]]]
            self.faults += [f"{each} after {least}" for each in stale]


def test_no_reader_sees_an_answer_older_than_an_acknowledged_write(
    app: Flask, caller: Caller, scorer: InProcessScorer
) -> None:
    last = 40
    names = [f"v{index}" for index in range(3)]
    caller.store(*(vector(name, 1.0, ord(name[1]) / 100, 0.0, metadata={"n": 0}) for name in names))
    race = Race(app, caller.headers, dict.fromkeys(names, 0))
    writers = [Thread(target=race.write, args=(name, last)) for name in names]
    readers = [Thread(target=race.read, args=(options,)) for options in ({}, {}, {"shots": 3, "seed": 1})]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    race.is_on = False
    for thread in readers:
        thread.join()
    assert race.faults == []
    assert len(race.hits) > 10
    final = caller.query(vector=QUERY)
    assert {each["id"]: each["metadata"]["n"] for each in final["results"]} == dict.fromkeys(names, last)
