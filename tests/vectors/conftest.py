"""For tests of vectors: a client that may write, with short ways to store and to read."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.database import Database
from app.models import StoreVersion
from tests.keys import bearer

VECTORS = "/v2/vectors"


@dataclass(frozen=True)
class Writer:
    """A caller with a writer's key."""

    client: FlaskClient
    headers: dict[str, str]
    database: Database

    def post(self, path: str = "", **options: Any) -> TestResponse:
        """POST below ``/v2/vectors``."""
        return self._send("POST", path, **options)

    def get(self, path: str = "", **options: Any) -> TestResponse:
        """GET below ``/v2/vectors``."""
        return self._send("GET", path, **options)

    def put(self, path: str, **options: Any) -> TestResponse:
        """PUT below ``/v2/vectors``."""
        return self._send("PUT", path, **options)

    def delete(self, path: str) -> TestResponse:
        """DELETE below ``/v2/vectors``."""
        return self._send("DELETE", path)

    def store(self, *vectors: dict[str, Any]) -> None:
        """Store a batch of vectors, which must be good."""
        response = self.post("/batch", json={"vectors": list(vectors)})
        assert response.status_code == 201, response.text

    def read(self, vector_id: str) -> dict[str, Any]:
        """Return the document of a vector that must be there."""
        response = self.get(query_string={"id": vector_id})
        assert response.status_code == 200, response.text
        [document] = response.get_json()["results"]
        return dict(document)

    def ids(self) -> list[str]:
        """Return the ids of all vectors, in order."""
        return [each["id"] for each in self.get("?size=200&include_vector=false").get_json()["results"]]

    def version(self) -> int:
        """Return the store's version."""
        with self.database.reading() as session:
            return int(session.scalar(select(func.coalesce(func.sum(StoreVersion.version), 0))) or 0)

    def _send(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> TestResponse:
        merged = {**self.headers, **(headers or {})}
        return self.client.open(VECTORS + path, method=method, headers=merged, **options)


@pytest.fixture
def writer(app: Flask, database: Database, writer_key: str) -> Writer:
    """A caller that may write."""
    return Writer(app.test_client(), bearer(writer_key), database)


def vector(vector_id: str, *numbers: float, **values: Any) -> dict[str, Any]:
    """Return a vector as a request has it; of three numbers, unless they are given."""
    return {"id": vector_id, "vector": list(numbers) or [1.0, 2.0, 3.0], **values}
