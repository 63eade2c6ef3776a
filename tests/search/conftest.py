"""For tests of queries: a caller, and circuits that are run in the tests' own process."""

import struct
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.database import Database
from app.remote_calls.caller import Deadline
from app.rest.wiring import provided
from app.search.quantum.problem import ScoringProblem
from app.search.scoring import Failure, Outcome
from app.search.wiring import SearchServices
from tests.keys import bearer


@dataclass
class InProcessScorer:
    """Runs the circuits here; ``failure`` makes it fail instead, and ``asked`` is what it was asked."""

    failure: Failure | None = None
    asked: list[list[ScoringProblem]] = field(default_factory=list)

    def score(self, problems: list[ScoringProblem], deadline: Deadline, is_required: bool) -> list[Outcome]:
        """Score all pools."""
        from app.search.quantum import scoring  # Qiskit, for those tests only that need it

        self.asked.append(problems)
        if self.failure is not None:
            return [self.failure] * len(problems)
        return [*scoring.score(problems)]


@dataclass(frozen=True)
class Caller:
    """Someone with a writer's key."""

    client: FlaskClient
    headers: dict[str, str]

    def store(self, *vectors: dict[str, Any]) -> None:
        """Store vectors, replacing those that are there."""
        response = self.post("/v2/vectors/batch?upsert=true", {"vectors": list(vectors)})
        assert response.status_code == 201, response.text

    def query(self, **query: Any) -> dict[str, Any]:
        """Return the document of a query that must succeed."""
        response = self.post("/v2/query", query)
        assert response.status_code == 200, response.text
        document: dict[str, Any] = response.get_json()
        return document

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        """POST a JSON body."""
        return self.client.post(path, json=body, headers={**self.headers, **headers})

    def get(self, path: str) -> TestResponse:
        """GET a path."""
        return self.client.get(path, headers=self.headers)

    def delete(self, path: str) -> TestResponse:
        """DELETE a path."""
        return self.client.delete(path, headers=self.headers)


@pytest.fixture
def caller(app: Flask, database: Database, writer_key: str) -> Caller:
    """A caller."""
    return Caller(app.test_client(), bearer(writer_key))


@cache
def load_circuits() -> None:
    """Run a first circuit: it loads Qiskit and Aer, which on a busy machine takes longer than a query may."""
    from app.search.quantum import scoring

    numbers = struct.pack(">2f", 1.0, 0.0)
    scoring.score([ScoringProblem(dimension=2, query=numbers, candidates=numbers)])


@pytest.fixture
def scorer(app: Flask) -> InProcessScorer:
    """The scorer that the application uses in this test."""
    load_circuits()
    search = provided(SearchServices, app)
    used = InProcessScorer()
    vars(search)["searcher"] = search.searcher.scored_by(used.score)
    return used


def vector(vector_id: str, *numbers: float, contexts: dict[str, float] | None = None, **values: Any) -> Any:
    """Return a vector as a request has it."""
    given = [{"name": name, "weight": weight} for name, weight in (contexts or {}).items()]
    return {"id": vector_id, "vector": list(numbers), "contexts": given, **values}


def ids(response: dict[str, Any]) -> list[str]:
    """Return those that were found, best first."""
    return [each["id"] for each in response["results"]]
