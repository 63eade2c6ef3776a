"""``POST /v2/query``: what each option does, alone and with others, on real PostgreSQL and real circuits."""

import math
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.database import Database
from tests.keys import bearer
from tests.search.conftest import Caller, InProcessScorer, ids, vector

QUERY = [1.0, 0.0, 0.0]

STORED = [
    vector("east", 1.0, 0.0, 0.0, contexts={"travel": 1, "home": 3}, metadata={"n": 1}),
    vector("northeast", 1.0, 1.0, 0.0, contexts={"travel": 1}, metadata={"n": 2, "kind": "mixed"}),
    vector("north", 0.0, 1.0, 0.0, contexts={"home": 1}, metadata={"n": 3}),
    vector("plain", 1.0, 0.2, 0.0, metadata={"n": 4}),
]


@pytest.fixture
def stored(caller: Caller) -> Caller:
    """A caller with a few vectors."""
    caller.store(*STORED)
    return caller


def cosine(first: list[float], second: list[float]) -> float:
    """Return the cosine of the angle between two vectors."""
    return sum(a * b for a, b in zip(first, second, strict=True)) / math.hypot(*first) / math.hypot(*second)


def test_the_answer_has_the_contracts_members(stored: Caller) -> None:
    response = stored.query(vector=QUERY, top_k=2)
    assert ids(response) == ["east", "plain"]
    best = response["results"][0]
    assert best == {
        "id": "east",
        "score": pytest.approx(1.0),
        "vector": [1, 0, 0],
        "metadata": {"n": 1},
        "quantum_enhanced": False,
        "context_collapsed": None,
        "classical_score": pytest.approx(1.0),
        "quantum_score": None,
    }
    assert response["query_time_ms"] > 0
    assert (response["quantum_time_ms"], response["cache_hit"], response["quantum_enhanced"]) == (
        0,
        False,
        False,
    )
    assert response["warnings"] == []
    assert "explanation" not in response


def test_before_the_first_insert_nothing_is_found(caller: Caller) -> None:
    assert caller.query(vector=QUERY, context="travel")["results"] == []
    assert caller.post("/v2/query", {"id": "nobody"}).status_code == 404


def test_a_context_projects_superpositions_on_it(stored: Caller, scorer: InProcessScorer) -> None:
    response = stored.query(vector=QUERY, context="travel")
    found = {each["id"]: each for each in response["results"]}
    assert found["east"]["score"] == pytest.approx(math.sqrt(1 / 4), abs=1e-6)
    assert found["northeast"]["score"] == pytest.approx(math.sqrt(1 / 2), abs=1e-6)
    assert found["north"]["score"] == pytest.approx(0.0, abs=1e-6)
    assert found["plain"]["score"] == pytest.approx(cosine(QUERY, [1.0, 0.2, 0.0]) / math.sqrt(2), abs=1e-6)
    assert {name: each["context_collapsed"] for name, each in found.items()} == {
        "east": "travel",
        "northeast": "travel",
        "north": "travel",
        "plain": None,
    }
    assert [name for name, each in found.items() if not each["quantum_enhanced"]] == ["plain"]
    assert response["quantum_enhanced"] is True
    assert response["stats"] == {
        "candidates": 4,
        "circuit_candidates": 3,
        "circuit_qubits": 5,
        "circuits": 1,
        "contexts": 2,
        "index": "exact",
        "filter_index": None,
        "seed": None,
    }


def test_tunneling_reports_where_the_walk_was_found(stored: Caller, scorer: InProcessScorer) -> None:
    response = stored.query(vector=QUERY, enable_tunneling=True)
    assert all(each["quantum_enhanced"] for each in response["results"])
    assert sum(each["walk_probability"] for each in response["results"]) == pytest.approx(1.0)
    scores = [each["score"] for each in response["results"]]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(max(each["quantum_score"] for each in response["results"]))
    assert response["stats"]["circuits"] > 1


def test_the_contracts_own_example_has_context_and_tunneling_together(
    stored: Caller, scorer: InProcessScorer
) -> None:
    body = {"vector": QUERY, "context": "travel", "mode": "balanced", "enable_tunneling": True}
    response = stored.query(**body, top_k=10, timeout_ms=5000)
    found = {each["id"]: each for each in response["results"]}
    assert found["northeast"]["context_collapsed"] == "travel"
    assert found["plain"]["walk_probability"] is None
    assert scorer.asked[0][0].tunneling
    assert scorer.asked[0][0].weights is not None


def test_shots_estimate_the_scores_and_a_seed_repeats_them(stored: Caller, scorer: InProcessScorer) -> None:
    first = stored.query(vector=QUERY, shots=4_000, seed=5, use_cache=False)
    again = stored.query(vector=QUERY, shots=4_000, seed=5, use_cache=False)
    assert first["results"] == again["results"]
    assert first["stats"]["seed"] == 5
    for each in first["results"]:
        assert each["quantum_score"] == pytest.approx(each["classical_score"], abs=0.2)
        assert each["quantum_enhanced"]
    unseeded = stored.query(vector=QUERY, shots=10)
    assert unseeded["stats"]["seed"] == scorer.asked[-1][0].seed


def test_a_stored_vector_may_be_the_query(stored: Caller, scorer: InProcessScorer) -> None:
    response = stored.query(id="northeast", context="travel", top_k=1)
    assert ids(response) == ["northeast"]
    assert response["results"][0]["score"] == pytest.approx(1.0, abs=1e-6)
    missing = stored.post("/v2/query", {"id": "nobody"})
    assert missing.status_code == 404
    assert "nobody" in missing.get_json()["detail"]


def test_vectors_may_be_left_out(stored: Caller, scorer: InProcessScorer) -> None:
    for options in ({}, {"context": "travel"}, {"mode": "exploratory"}):
        assert all("vector" in each for each in stored.query(vector=QUERY, **options)["results"])
        slim = stored.query(vector=QUERY, include_vector=False, **options)
        assert not any("vector" in each for each in slim["results"])


def test_filters_choose_the_candidates(stored: Caller, scorer: InProcessScorer) -> None:
    filters = {"metadata.n": {"$gte": 2}, "metadata.kind": {"$exists": False}}
    for options in ({}, {"context": "travel"}):
        response = stored.query(vector=QUERY, filters=filters, **options)
        assert sorted(ids(response)) == ["north", "plain"]
        assert response["stats"]["index"] == "filtered_exact"
        assert response["stats"]["filter_index"] is False


def test_the_exploratory_mode_takes_a_wider_pool(caller: Caller, scorer: InProcessScorer) -> None:
    caller.store(*(vector(f"v{index}", 1.0, index / 100, 0.0) for index in range(300)))
    sizes = {
        mode: caller.query(vector=QUERY, mode=mode, shots=1, top_k=5)["stats"]["candidates"]
        for mode in ("precise", "balanced", "exploratory")
    }
    assert sizes == {"precise": 64, "balanced": 64, "exploratory": 256}
    assert caller.query(vector=QUERY, shots=1, top_k=100)["stats"]["candidates"] == 100
    assert len(caller.query(vector=QUERY, top_k=1_000)["results"]) == 300


def test_without_a_worker_the_ranking_is_classical_and_says_so(stored: Caller) -> None:
    response = stored.query(vector=QUERY, context="travel", enable_tunneling=True)
    classical = stored.query(vector=QUERY)
    assert ids(response) == ids(classical)
    assert response["quantum_enhanced"] is False
    assert not any(each["quantum_enhanced"] for each in response["results"])
    assert {each["context_collapsed"] for each in response["results"]} == {None}
    [warning] = response["warnings"]
    assert warning["code"] == "no_worker"
    assert stored.query(vector=QUERY, context="travel", enable_tunneling=True)["cache_hit"] is False


def test_who_requires_circuits_gets_no_other_ranking(stored: Caller) -> None:
    refused = stored.post("/v2/query", {"vector": QUERY, "context": "travel", "require_quantum": True})
    assert (refused.status_code, refused.get_json()["code"]) == (503, "quantum_unavailable")
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize("options", [{"context": "travel"}, {"enable_tunneling": True}, {"shots": 10}])
def test_where_nothing_is_coherent_the_ranking_is_classical_and_says_so(
    caller: Caller, scorer: InProcessScorer, options: dict[str, Any]
) -> None:
    caller.store(vector("fleeting", 1.0, 0.0, 0.0, contexts={"travel": 1}, coherence_time_ms=1e-3))
    for _ in range(2):
        response = caller.query(vector=QUERY, **options)
        assert (ids(response), response["quantum_enhanced"], response["cache_hit"]) == (
            ["fleeting"],
            False,
            False,
        )
        assert [each["code"] for each in response["warnings"]] == ["no_coherent_state"]
    refused = caller.post("/v2/query", {"vector": QUERY, "require_quantum": True, **options})
    assert (refused.status_code, refused.get_json()["code"]) == (503, "quantum_unavailable")
    assert scorer.asked == []


def test_where_nothing_is_found_no_circuit_is_missed(stored: Caller) -> None:
    nothing = {"vector": QUERY, "context": "travel", "filters": {"metadata.n": -1}, "require_quantum": True}
    response = stored.query(**nothing)
    assert (response["results"], response["warnings"]) == ([], [])


@pytest.mark.parametrize("options", [{}, {"context": "travel"}])
def test_a_filter_may_hold_integers_of_any_size(stored: Caller, options: dict[str, Any]) -> None:
    for bound, found in ((-(10**30), 4), (10**30, 0)):
        response = stored.query(vector=QUERY, filters={"metadata.n": {"$gt": bound}}, **options)
        assert len(response["results"]) == found


@pytest.mark.parametrize("header", [{"Prefer": "respond-async"}, {"Idempotency-Key": "k"}])
def test_a_query_that_does_not_suit_the_store_makes_no_job(stored: Caller, header: dict[str, str]) -> None:
    for wrong, place in (
        ({"vector": [1.0]}, ["vector"]),
        ({"vector": QUERY, "filters": {"metadata.n": {"$near": 1}}}, ["filters", "metadata.n", "$near"]),
    ):
        alone = stored.client.post("/v2/query", json=wrong, headers={**stored.headers, **header})
        batch = stored.client.post(
            "/v2/query/batch",
            json={"queries": [{"vector": QUERY}, wrong]},
            headers={**stored.headers, **header},
        )
        assert (alone.status_code, batch.status_code) == (400, 400)
        assert alone.get_json()["errors"][0]["loc"] == ["body", *place]
        assert batch.get_json()["errors"][0]["loc"] == ["body", "queries", 1, *place]


def test_a_batch_is_one_message_and_answers_in_order(stored: Caller, scorer: InProcessScorer) -> None:
    queries = [
        {"vector": QUERY, "context": "travel", "top_k": 1},
        {"vector": [0.0, 1.0, 0.0], "top_k": 1},
        {"id": "east", "enable_tunneling": True, "top_k": 2, "include_vector": False},
    ]
    response = stored.post("/v2/query/batch", {"queries": queries})
    assert response.status_code == 200, response.text
    first, second, third = response.get_json()["results"]
    assert (ids(first), ids(second), len(third["results"])) == (["northeast"], ["north"], 2)
    assert [len(problems) for problems in scorer.asked] == [2]
    assert [each["quantum_enhanced"] for each in (first, second, third)] == [True, False, True]


def test_a_batch_names_the_query_that_is_wrong(stored: Caller) -> None:
    refused = stored.post("/v2/query/batch", {"queries": [{"vector": QUERY}, {"vector": [1.0]}]})
    assert refused.status_code == 400
    assert refused.get_json()["errors"][0]["loc"] == ["body", "queries", 1, "vector"]


def test_a_decohered_vector_is_found_classically(caller: Caller, scorer: InProcessScorer, app: Flask) -> None:
    caller.store(
        vector("fleeting", 1.0, 0.0, 0.0, contexts={"travel": 1}, coherence_time_ms=1),
        vector("lasting", 1.0, 1.0, 0.0, contexts={"travel": 1}),
    )
    response = caller.query(vector=QUERY, context="travel")
    found = {each["id"]: each for each in response["results"]}
    assert (found["fleeting"]["quantum_enhanced"], found["lasting"]["quantum_enhanced"]) == (False, True)
    assert found["fleeting"]["score"] == pytest.approx(1.0)
    plain = {each["id"]: each for each in caller.query(vector=QUERY, shots=10)["results"]}
    assert (plain["fleeting"]["quantum_enhanced"], plain["lasting"]["quantum_enhanced"]) == (False, True)


def test_a_reader_may_query_and_nobody_without_a_key(client: FlaskClient, reader_key: str) -> None:
    for path, body in (
        ("/v2/query", {"vector": QUERY}),
        ("/v2/query/batch", {"queries": [{"vector": QUERY}]}),
    ):
        assert client.post(path, json=body).status_code == 401
        assert client.post(path, json=body, headers=bearer(reader_key)).status_code == 200


BAD: list[tuple[dict[str, Any], list[Any], str]] = [
    ({"vector": [1.0, 2.0]}, ["body", "vector"], "has 2 numbers; this store's vectors have 3"),
    ({"vector": [0, 0, 0]}, ["body", "vector"], "all zeros"),
    ({"vector": [1e-20, 0, 0]}, ["body", "vector"], "1e-20"),
    ({"vector": []}, ["body", "vector"], "has 0 numbers"),
    ({"vector": ["1", 0, 0]}, ["body", "vector", 0], "expected `float`"),
    ({}, ["body"], "exactly one of vector and id"),
    ({"vector": QUERY, "id": "x"}, ["body"], "exactly one of vector and id"),
    ({"id": ""}, ["body", "id"], "1 to 256"),
    ({"vector": QUERY, "top_k": 0}, ["body", "top_k"], "from 1 to 1000"),
    ({"vector": QUERY, "top_k": 1001}, ["body", "top_k"], "max_top_k"),
    ({"vector": QUERY, "top_k": 1.5}, ["body", "top_k"], "expected `int`"),
    ({"vector": QUERY, "timeout_ms": -1}, ["body", "timeout_ms"], "from 1 to 60000"),
    ({"vector": QUERY, "timeout_ms": 60_001}, ["body", "timeout_ms"], "max_query_timeout_ms"),
    ({"vector": QUERY, "mode": "fast"}, ["body", "mode"], "precise, balanced, exploratory"),
    ({"vector": QUERY, "context": ""}, ["body", "context"], "1 to 128"),
    ({"vector": QUERY, "shots": 0}, ["body", "shots"], "from 1 to"),
    ({"vector": QUERY, "shots": 10**9}, ["body", "shots"], "max_query_shots"),
    ({"vector": QUERY, "seed": 1}, ["body", "seed"], "give shots"),
    ({"vector": QUERY, "shots": 1, "seed": -1}, ["body", "seed"], "from 0 to"),
    ({"vector": QUERY, "require_quantum": True}, ["body", "require_quantum"], "context"),
    ({"vector": QUERY, "explain": True}, ["body", "explain"], "context"),
    ({"vector": QUERY, "filters": {"metadata.n": {"$near": 1}}}, ["body", "filters"], "$near"),
    ({"vector": QUERY, "filters": []}, ["body", "filters"], "expected `object | null`"),
    ({"vector": QUERY, "k": 3}, ["body"], "unknown field `k`"),
    ({"vector": QUERY, "include_vector": "no"}, ["body", "include_vector"], "expected `bool`"),
]


@pytest.mark.parametrize(("body", "place", "says"), BAD, ids=[str(index) for index in range(len(BAD))])
def test_bad_queries_are_refused_with_the_place(
    stored: Caller, body: dict[str, Any], place: list[Any], says: str
) -> None:
    refused = stored.post("/v2/query", body)
    assert refused.status_code == 400, refused.text
    [problem] = refused.get_json()["errors"]
    assert problem["loc"][: len(place)] == place
    assert says in problem["msg"]


@pytest.mark.parametrize("body", [b'{"vector": [NaN, 0, 0]}', b'{"vector": [1e999, 0, 0]}', b"{", b"[1]"])
def test_what_is_no_json_object_of_numbers_is_refused(stored: Caller, body: bytes) -> None:
    headers = {**stored.headers, "Content-Type": "application/json"}
    assert stored.client.post("/v2/query", data=body, headers=headers).status_code == 400


def test_a_batch_has_its_limits(stored: Caller) -> None:
    assert stored.post("/v2/query/batch", {"queries": []}).status_code == 400
    over = stored.post("/v2/query/batch", {"queries": [{"vector": QUERY}] * 101})
    assert (over.status_code, over.get_json()["limit"]) == (400, "max_batch_queries")
    limits = stored.get("/api/limits").get_json()
    assert (limits["max_batch_queries"], limits["max_top_k"]) == (100, 1_000)


def test_candidates_that_are_not_found_in_time_are_an_error_that_says_so(
    stored: Caller, database: Database
) -> None:
    with database.unit_of_work() as unit:
        unit.session.execute(text("LOCK TABLE vectors IN ACCESS EXCLUSIVE MODE"))
        refused = stored.post("/v2/query", {"vector": QUERY, "timeout_ms": 50})
    assert (refused.status_code, refused.get_json()["code"]) == (503, "out_of_time")
    assert int(refused.headers["Retry-After"]) > 0
    assert ids(stored.query(vector=QUERY, top_k=1)) == ["east"]


def test_a_store_of_another_dimension_is_noticed_by_queries_without_the_cache(
    stored: Caller, database: Database
) -> None:
    assert ids(stored.query(vector=QUERY, top_k=1, use_cache=False)) == ["east"]
    with database.unit_of_work() as unit:
        unit.session.execute(text("DELETE FROM vectors"))
    stored.store(vector("flat", 1.0, 0.0))
    refused = stored.post("/v2/query", {"vector": QUERY, "use_cache": False})
    assert refused.status_code == 400
    assert "this store's vectors have 2" in refused.get_data(as_text=True)
    assert ids(stored.query(vector=[1.0, 0.0], use_cache=False)) == ["flat"]
