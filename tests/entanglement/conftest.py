"""For tests of entanglement: callers with keys, and circuits that are run in the tests' own process."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.database import Database
from app.entanglement import wiring
from app.entanglement.problem import EntanglingProblem
from app.entanglement.wiring import EntanglementServices
from app.errors import UnavailableError
from app.rest.wiring import provided
from tests.keys import bearer

GROUPS = "/v2/entanglement/groups"


@dataclass
class InProcessEntangler:
    """Runs the circuits here; ``failure`` makes it fail instead, and ``asked`` is what it was asked."""

    failure: UnavailableError | None = None
    asked: list[EntanglingProblem] = field(default_factory=list)

    def entangle(self, problem: EntanglingProblem) -> float:
        """Run one circuit."""
        from app.entanglement import state  # Aer, for those tests only that need it

        self.asked.append(problem)
        if self.failure is not None:
            raise self.failure
        return state.entangle(problem)


@dataclass(frozen=True)
class Caller:
    """Someone with a writer's key."""

    client: FlaskClient
    headers: dict[str, str]
    database: Database

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request."""
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str) -> Any:
        """Return the document at a path, which must be there."""
        response = self.send("GET", path)
        assert response.status_code == 200, response.text
        return response.get_json()

    def store(self, vectors: dict[str, list[float]], **options: Any) -> None:
        """Store vectors by their ids."""
        items = [{"id": vector_id, "vector": numbers, **options} for vector_id, numbers in vectors.items()]
        response = self.send("POST", "/v2/vectors/batch", json={"vectors": items})
        assert response.status_code == 201, response.text

    def entangle(self, group_id: str, *entity_ids: str, strength: float = 0.85) -> None:
        """Make a group."""
        response = self.send("POST", GROUPS, json=group(group_id, *entity_ids, strength=strength))
        assert response.status_code == 201, response.text

    def change(self, vector_id: str, numbers: list[float]) -> dict[str, Any]:
        """Give a vector new numbers; the answer's document."""
        response = self.send("PUT", f"/v2/vectors/{vector_id}", json={"vector": numbers})
        assert response.status_code == 200, response.text
        document: dict[str, Any] = response.get_json()
        return document

    def numbers(self, vector_id: str) -> list[float]:
        """Return the numbers of a vector."""
        numbers: list[float] = self.get(f"/v2/vectors/{vector_id}")["vector"]
        return numbers

    def partners(self, entity_id: str) -> list[tuple[str, float, str]]:
        """Return who is entangled with a vector: id, correlation, group."""
        found = self.get(f"/v2/entanglement/partners/{entity_id}")["partners"]
        return [(each["id"], each["correlation"], each["group_id"]) for each in found]


@pytest.fixture(autouse=True)
def connected() -> None:
    """Groups follow what happens to their members, also where a test makes no application."""
    wiring.connect()


@pytest.fixture
def entangler() -> InProcessEntangler:
    """What runs the circuits."""
    return InProcessEntangler()


@pytest.fixture
def caller(app: Flask, database: Database, writer_key: str, entangler: InProcessEntangler) -> Caller:
    """A caller that may write, of an application whose circuits are run here."""
    vars(provided(EntanglementServices, app))["entangler"] = entangler
    return Caller(app.test_client(), bearer(writer_key), database)


def group(group_id: str, *entity_ids: str, strength: float = 0.85) -> dict[str, Any]:
    """Return the body that asks for a group."""
    return {"group_id": group_id, "entity_ids": list(entity_ids), "correlation_strength": strength}
