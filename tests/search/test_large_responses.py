"""Large answers: bounds on what is asked, pieces that are the same answer, pools read some at a time."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from app.database import Database
from app.jobs import results
from app.remote_calls.caller import Deadline
from app.rest.wiring import provided
from app.search import query, rendering, scoring, shares
from app.search.quantum.problem import ScoringProblem, ScoringResult
from app.search.scoring import Failure
from app.search.specs import QueryJob
from app.search.wiring import SearchServices
from tests.search.conftest import Caller, InProcessScorer, vector

QUERY = [1.0, 0.0, 0.0]
TIMES = ("query_time_ms", "quantum_time_ms", "cache_hit")
OPTIONS: list[dict[str, Any]] = [
    {},
    {"context": "c"},
    {"mode": "exploratory"},
    {"include_vector": False},
    {"context": "c", "enable_tunneling": True, "explain": True},
]
JOB_HEADERS = [{}, {"Prefer": "respond-async"}, {"Idempotency-Key": "k"}]


@pytest.fixture
def stored(caller: Caller) -> Caller:
    """A caller with 20 vectors."""
    caller.store(
        *(vector(f"v{number:02}", 1.0, number / 7, 0.1, contexts={"c": 1}) for number in range(20)),
    )
    return caller


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """All answers are sent in pieces of one result."""
    monkeypatch.setattr(rendering, "STREAMED_BYTES", 0)
    monkeypatch.setattr(rendering, "PIECE_BYTES", 1)


def without_times(response: dict[str, Any]) -> dict[str, Any]:
    """Return what is the same whenever a query is answered."""
    kept = {name: value for name, value in response.items() if name not in TIMES}
    if "explanation" in kept:
        kept["explanation"] = {**kept["explanation"], "execution_id": None}
    return kept


@pytest.mark.parametrize("header", JOB_HEADERS)
def test_more_numbers_than_an_answer_may_have_are_refused_before_any_work(
    caller: Caller, scorer: InProcessScorer, header: dict[str, str]
) -> None:
    dimension = 4_096
    caller.store(vector("a", *[1.0] * dimension))
    limit = caller.get("/api/limits").get_json()["max_answer_numbers"]
    assert limit == 1_000 * dimension
    over = {
        "queries": [{"id": "a", "top_k": 1_000, "shots": 1, "timeout_ms": 60_000}, {"id": "a", "top_k": 1}]
    }
    refused = caller.post("/v2/query/batch", over, **header)
    assert (refused.status_code, refused.get_json()["limit"]) == (400, "max_answer_numbers")
    assert str(1_001 * dimension) in refused.get_json()["detail"]
    assert scorer.asked == []
    assert caller.get("/v2/jobs").get_json()["jobs"] == []
    over["queries"][1]["include_vector"] = False
    assert caller.post("/v2/query/batch", over).status_code == 200


@pytest.mark.parametrize("header", JOB_HEADERS)
def test_one_query_has_the_bound_too(
    stored: Caller, monkeypatch: pytest.MonkeyPatch, header: dict[str, str]
) -> None:
    monkeypatch.setattr(query, "MAX_ANSWER_NUMBERS", 59)
    refused = stored.post("/v2/query", {"vector": QUERY, "top_k": 20}, **header)
    assert (refused.status_code, refused.get_json()["limit"]) == (400, "max_answer_numbers")
    assert stored.post("/v2/query", {"vector": QUERY, "top_k": 19}).status_code == 200


def test_metadata_has_a_bound_too(stored: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "MAX_ANSWER_METADATA_BYTES", 2 * len("{}") * 20)
    queries = [{"vector": QUERY, "top_k": 20, "use_cache": False}] * 3
    assert stored.post("/v2/query/batch", {"queries": queries[:2]}).status_code == 200
    refused = stored.post("/v2/query/batch", {"queries": queries})
    assert (refused.status_code, refused.get_json()["limit"]) == (400, "max_answer_metadata_bytes")


@pytest.mark.parametrize("options", OPTIONS)
def test_an_answer_in_pieces_is_the_same(
    stored: Caller, scorer: InProcessScorer, options: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    asked = {"vector": QUERY, "top_k": 20, "use_cache": False, **options}
    batch = {"queries": [asked, {"vector": QUERY, "top_k": 2}, {**asked, "filters": {"metadata.n": 1}}]}
    whole = stored.query(**asked)
    whole_batch = stored.post("/v2/query/batch", batch).get_json()
    request.getfixturevalue("in_pieces")
    response = stored.post("/v2/query", asked)
    assert "Content-Length" not in response.headers
    assert without_times(response.get_json()) == without_times(whole)
    responses = stored.post("/v2/query/batch", batch)
    assert "Content-Length" not in responses.headers
    assert [*map(without_times, responses.get_json()["results"])] == [
        *map(without_times, whole_batch["results"])
    ]


def test_small_answers_have_a_length(stored: Caller) -> None:
    response = stored.post("/v2/query", {"vector": QUERY})
    assert int(response.headers["Content-Length"]) == len(response.data)


def test_vectors_are_those_that_were_scored_though_they_change_while_they_are_sent(
    stored: Caller, in_pieces: None, app: Flask, database: Database
) -> None:
    reply = provided(SearchServices, app).searcher.find(
        QueryJob([query.Query(vector=QUERY, top_k=20, mode="exploratory")])
    )
    stored.delete("/v2/vectors/v01")
    stored.store(vector("v02", 9.0, 9.0, 9.0))
    assert reply.is_large
    sent = reply.whole().decode()
    assert '"id":"v01"' in sent
    assert "9.0" not in sent
    assert "[9,9,9]" not in sent


def test_pools_are_read_and_scored_some_at_a_time(
    stored: Caller, scorer: InProcessScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = {"queries": [{"id": f"v{number:02}", "context": "c", "use_cache": False} for number in range(5)]}
    together = stored.post("/v2/query/batch", batch).get_json()["results"]
    numbers = 64 * (3 + shares.NUMBERS_PER_CANDIDATE)
    monkeypatch.setattr(shares, "MAX_NUMBERS_AT_ONCE", 2 * numbers)
    apart = stored.post("/v2/query/batch", batch).get_json()["results"]
    assert [*map(without_times, apart)] == [*map(without_times, together)]
    sizes: list[list[ScoringProblem]] = scorer.asked
    assert [len(problems) for problems in sizes] == [5, 2, 2, 1]


def test_the_result_of_a_job_is_read_in_slices(
    stored: Caller, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = stored.post("/v2/query", {"vector": QUERY}, Prefer="respond-async")
    job_id = UUID(accepted.get_json()["job_id"])
    with database.unit_of_work() as unit:
        unit.session.execute(
            text(
                "UPDATE jobs SET status = 'SUCCEEDED', finished_at = now(), started_at = now(), "
                'result = \'{"results": ["é", 2, 3]}\' WHERE id = :id'
            ),
            {"id": job_id},
        )
    whole = stored.get(f"/v2/jobs/{job_id}")
    assert whole.get_json()["result"] == {"results": ["é", 2, 3]}
    for size in (1, 7, 24):
        monkeypatch.setattr(results, "SLICE_BYTES", size)
        sliced = stored.get(f"/v2/jobs/{job_id}")
        assert "Content-Length" not in sliced.headers
        assert sliced.get_json() == whole.get_json()


@dataclass
class FailingScorer:
    """Scores nothing, and notes whether it had time."""

    failure: Failure
    had_time: list[bool] = field(default_factory=list)

    def score(
        self, problems: list[ScoringProblem], deadline: Deadline, _is_required: bool
    ) -> list[ScoringResult | Failure]:
        """Fail."""
        self.had_time.append(deadline.seconds_left > 0)
        return [self.failure] * len(problems)


@pytest.mark.parametrize(
    ("failure", "had_time"),
    [(scoring.LATE, [True, False, False]), (scoring.OUT_OF_TIME, [True, True, True])],
)
def test_after_a_costly_circuit_that_came_late_a_batch_asks_for_no_other(
    stored: Caller, app: Flask, monkeypatch: pytest.MonkeyPatch, failure: Failure, had_time: list[bool]
) -> None:
    """A worker may be busy with it still; a second one would take the slot that other requests wait for."""
    monkeypatch.setattr(shares, "MAX_NUMBERS_AT_ONCE", 1)
    search = provided(SearchServices, app)
    scorer = FailingScorer(failure)
    vars(search)["searcher"] = search.searcher.scored_by(scorer.score)
    asked = {"vector": QUERY, "context": "c", "enable_tunneling": True, "timeout_ms": 60_000}
    response = stored.post("/v2/query/batch", {"queries": [asked] * 3})
    assert [each["warnings"][0]["code"] for each in response.get_json()["results"]] == ["timeout"] * 3
    assert scorer.had_time == had_time
