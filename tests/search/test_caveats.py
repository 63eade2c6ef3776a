"""What an answer says of itself is true: warnings, flags, statistics, and the word of ``require_quantum``."""

import math
from typing import Any

import pytest

from app.search import store as what_is_stored
from app.search.scoring import NO_WORKER
from tests.search.conftest import Caller, InProcessScorer, ids, vector

QUERY = [1.0, 0.0, 0.0]
FLEETING = 1e-3

EAST = vector("east", 1.0, 0.0, 0.0, contexts={"travel": 1, "home": 3})
NORTHEAST = vector("northeast", 1.0, 1.0, 0.0, contexts={"home": 1})
PLAIN = vector("plain", 3.0, 4.0, 0.0)


def fleeting(stored: dict[str, Any]) -> dict[str, Any]:
    """Return the same vector without a state by the time that it is looked for."""
    return {**stored, "coherence_time_ms": FLEETING}


OPTIONS: list[dict[str, Any]] = [
    {},
    {"enable_tunneling": True},
    {"shots": 20_000, "seed": 1},
    {"shots": 20_000, "seed": 1, "enable_tunneling": True},
]

STORES: dict[str, list[dict[str, Any]]] = {
    "coherent": [EAST, NORTHEAST, PLAIN],
    "without contexts": [PLAIN, vector("far", 0.0, 0.0, 1.0)],
    "decohered": [fleeting(EAST), fleeting(NORTHEAST), fleeting(PLAIN)],
    "carriers decohered": [fleeting(EAST), NORTHEAST, PLAIN],
    "those with contexts decohered": [fleeting(EAST), fleeting(NORTHEAST), PLAIN],
    "without contexts and decohered": [fleeting(PLAIN)],
}

CODES: dict[tuple[str, str], list[str]] = {
    ("coherent", "travel"): [],
    ("coherent", "tarvel"): ["unknown_context"],
    ("without contexts", "travel"): ["unknown_context", "no_coherent_context"],
    ("decohered", "travel"): ["no_coherent_state"],
    ("decohered", "tarvel"): ["unknown_context", "no_coherent_state"],
    ("carriers decohered", "travel"): ["no_coherent_carrier"],
    ("carriers decohered", "tarvel"): ["unknown_context"],
    ("those with contexts decohered", "travel"): ["no_coherent_carrier", "no_coherent_context"],
    ("those with contexts decohered", "tarvel"): ["unknown_context", "no_coherent_context"],
    ("without contexts and decohered", "travel"): ["unknown_context", "no_coherent_state"],
}


@pytest.mark.parametrize("options", OPTIONS, ids=lambda each: "+".join(each) or "exact")
@pytest.mark.parametrize(("store", "context"), CODES, ids=lambda each: str(each))
def test_each_combination_says_what_was_not_done_and_scores_as_it_says(
    caller: Caller, scorer: InProcessScorer, store: str, context: str, options: dict[str, Any]
) -> None:
    stored = STORES[store]
    caller.store(*stored)
    asked = {"vector": QUERY, "context": context, **options}
    response = caller.query(**asked)
    assert [each["code"] for each in response["warnings"]] == CODES[store, context]
    names = {each["name"] for one in stored for each in one["contexts"]}
    by_id = {each["id"]: each for each in stored}
    members = {name for name, each in by_id.items() if each["contexts"] and "coherence_time_ms" not in each}
    for each in response["results"]:
        one = by_id[each["id"]]
        cosine = one["vector"][0] / math.hypot(*one["vector"])
        assert each["classical_score"] == pytest.approx(cosine, abs=1e-6)
        assert each["quantum_enhanced"] is (each["id"] in members)
        assert each["context_collapsed"] == (context if each["id"] in members else None)
        if each["id"] not in members:
            assert each["score"] == pytest.approx(cosine / math.sqrt(max(1, len(names))), abs=1e-6)
            assert each["quantum_score"] is None
        else:
            total = sum(given["weight"] for given in one["contexts"])
            weight = sum(given["weight"] for given in one["contexts"] if given["name"] == context) / total
            tolerance = 0.1 if "shots" in options else 1e-9
            assert each["quantum_score"] == pytest.approx(cosine * math.sqrt(weight), abs=tolerance)
    assert response["quantum_enhanced"] is bool(members)
    stats = response["stats"]
    assert (stats["circuit_candidates"], stats["contexts"]) == (len(members), len(names))
    assert stats["seed"] == (options.get("seed") if members else None)
    assert (stats["circuits"] > 0) == (response["quantum_time_ms"] > 0) == bool(members)
    carriers = any(given["name"] == context for name in members for given in by_id[name]["contexts"])
    for each in response["warnings"]:
        assert ("√2" in each["message"]) is (len(names) == 2), "what the scores are"
    for path, body in (
        ("/v2/query", {**asked, "require_quantum": True}),
        ("/v2/query/batch", {"queries": [{"vector": QUERY}, {**asked, "require_quantum": True}]}),
    ):
        required = caller.post(path, body)
        if carriers:
            assert required.status_code == 200, required.text
            continue
        assert (required.status_code, required.get_json()["code"]) == (503, "quantum_unavailable")
        for each in response["warnings"]:
            assert each["message"].split(".")[0] in required.get_json()["detail"]


def test_an_unknown_context_is_told_the_known_ones(caller: Caller, scorer: InProcessScorer) -> None:
    caller.store(EAST, NORTHEAST, PLAIN)
    [warning] = caller.query(vector=QUERY, context="tarvel")["warnings"]
    assert "No vector carries the context 'tarvel'." in warning["message"]
    assert "The contexts that were found are 'home', 'travel'." in warning["message"]
    many = [vector(f"v{number:02}", 1.0, 0.0, 0.0, contexts={f"c{number:02}": 1}) for number in range(30)]
    caller.store(*many)
    [warning] = caller.query(vector=QUERY, context="tarvel")["warnings"]
    assert warning["message"].count("'c") == what_is_stored.MAX_NAMES
    assert "Among the contexts that were found are 'c00'" in warning["message"]


def test_a_sample_is_not_taken_for_all_vectors(
    caller: Caller, scorer: InProcessScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.store(PLAIN, {**PLAIN, "id": "other"})
    monkeypatch.setattr(what_is_stored, "MAX_SAMPLED_VECTORS", 2)
    [warning, _] = caller.query(vector=QUERY, context="tarvel", use_cache=False)["warnings"]
    assert "None was found in a sample" in warning["message"]
    monkeypatch.setattr(what_is_stored, "MAX_SAMPLED_VECTORS", 3)
    [warning, _] = caller.query(vector=QUERY, context="tarvel", use_cache=False)["warnings"]
    assert "No vector has a context." in warning["message"]


def test_an_unknown_context_is_told_where_nothing_is_found(caller: Caller, scorer: InProcessScorer) -> None:
    empty = caller.query(vector=QUERY, context="travel")
    assert [each["code"] for each in empty["warnings"]] == ["unknown_context"]
    assert empty["warnings"][0]["message"].endswith("No vector has a context.")
    caller.store(EAST)
    nothing = {"metadata.n": -1}
    filtered = caller.query(vector=QUERY, context="tarvel", filters=nothing)
    assert [each["code"] for each in filtered["warnings"]] == ["unknown_context"]
    assert caller.query(vector=QUERY, context="travel", filters=nothing)["warnings"] == []


def test_a_filter_that_leaves_no_carrier_is_no_unknown_context(
    caller: Caller, scorer: InProcessScorer
) -> None:
    caller.store({**EAST, "metadata": {"n": 1}}, {**NORTHEAST, "metadata": {"n": 2}})
    asked = {"vector": QUERY, "context": "travel", "filters": {"metadata.n": 2}}
    response = caller.query(**asked)
    assert [each["code"] for each in response["warnings"]] == ["context_filtered_out"]
    assert response["results"][0]["score"] == 0
    refused = caller.post("/v2/query", {**asked, "require_quantum": True})
    assert refused.status_code == 503
    assert "passes the filter" in refused.get_json()["detail"]


def test_the_cache_does_not_give_a_query_what_it_does_not_accept(
    caller: Caller, scorer: InProcessScorer
) -> None:
    caller.store(EAST, NORTHEAST)
    asked = {"vector": QUERY, "context": "tarvel"}
    assert caller.query(**asked)["cache_hit"] is False
    assert caller.query(**asked)["cache_hit"] is True
    assert caller.post("/v2/query", {**asked, "require_quantum": True}).status_code == 503


def test_circuits_that_are_required_must_have_scored_a_result(
    caller: Caller, scorer: InProcessScorer
) -> None:
    caller.store(fleeting(vector("gone", 1.0, 0.0, 0.0)), vector("there", 1.0, 1.0, 0.0))
    asked = {"vector": QUERY, "enable_tunneling": True, "require_quantum": True}
    refused = caller.post("/v2/query", {**asked, "top_k": 1})
    assert refused.status_code == 503
    assert "rank behind the top_k results" in refused.get_json()["detail"]
    response = caller.query(**asked, top_k=2)
    assert (ids(response), response["quantum_enhanced"]) == (["gone", "there"], True)


def test_no_run_is_stored_for_a_query_that_is_refused(caller: Caller, scorer: InProcessScorer) -> None:
    caller.store(EAST, NORTHEAST)
    asked = {"vector": QUERY, "context": "tarvel", "explain": True, "require_quantum": True}
    assert caller.post("/v2/query", asked).status_code == 503
    assert len(scorer.asked) == 1
    assert caller.get("/api/executions").get_json()["executions"] == []


def test_a_failure_says_that_the_cosine_ranks_and_names_no_seed(
    caller: Caller, scorer: InProcessScorer
) -> None:
    caller.store(EAST, NORTHEAST)
    scorer.failure = NO_WORKER
    response = caller.query(vector=QUERY, context="tarvel", shots=10, seed=3)
    assert [each["code"] for each in response["warnings"]] == ["unknown_context", "no_worker"]
    assert all("by their cosine alone" in each["message"] for each in response["warnings"])
    assert [each["score"] for each in response["results"]] == pytest.approx([1, math.sqrt(1 / 2)])
    stats = response["stats"]
    assert (stats["seed"], stats["circuits"], stats["circuit_candidates"]) == (None, 0, 0)


def test_candidates_that_no_shot_found_are_counted(caller: Caller, scorer: InProcessScorer) -> None:
    caller.store(*(vector(f"v{number}", 1.0, number / 10, 0.0) for number in range(8)))
    response = caller.query(vector=QUERY, shots=3, seed=1)
    unseen = sum(each["quantum_score"] == 0 for each in response["results"])
    assert unseen >= 5
    [warning] = response["warnings"]
    assert warning["code"] == "too_few_shots"
    assert f"found {unseen} of the 8 candidates" in warning["message"]
    assert caller.query(vector=QUERY, shots=100_000)["warnings"] == []


TWELVE = [f"t{number:02}" for number in range(12)]


@pytest.mark.parametrize("options", [{}, {"enable_tunneling": True}, {"context": "c"}, {"mode": "precise"}])
def test_equal_vectors_have_equal_scores_and_are_ordered_by_id(
    caller: Caller, scorer: InProcessScorer, options: dict[str, Any]
) -> None:
    copies = [vector(name, 1.0, 1.0, 0.0, contexts={"c": 1}) for name in TWELVE]
    caller.store(vector("far", 0.0, 0.0, 1.0), *reversed(copies))
    response = caller.query(vector=[1, 1, 0], top_k=13, **options)
    assert ids(response) == [*TWELVE, "far"]
    assert len({each["score"] for each in response["results"][:12]}) == 1
    assert response["results"][0]["score"] == pytest.approx(1)
    assert response["results"][12]["score"] == pytest.approx(0, abs=1e-6)
    assert ids(caller.query(vector=[1, 1, 0], top_k=5, **options)) == TWELVE[:5]
