"""An import whose worker is killed goes on where it was, and nothing is lost or stored twice."""

from collections.abc import Callable
from typing import Any

import psycopg

from tests.faults.jobs import rows
from tests.stack import Stack, kill, wait_until

VECTORS = 3_000
NUMBERS = "[" + ",".join("0.123456789" for _ in range(768)) + "]"
LAST_CHUNK = "SELECT seq FROM import_chunks ORDER BY seq DESC LIMIT 1 FOR UPDATE"
NDJSON = {"Content-Type": "application/x-ndjson"}


def import_job(stack: Stack, job_id: str) -> dict[str, Any]:
    """Return the document of an import."""
    document: dict[str, Any] = stack.get(f"/v2/jobs/{job_id}", headers=stack.admin_headers).json()
    return document


def test_an_import_goes_on_after_its_worker_was_killed(new_stack: Callable[..., Stack]) -> None:
    stack = new_stack()
    stack.start_web()
    body = "".join(f'{{"id": "v{n}", "vector": {NUMBERS}}}\n' for n in range(VECTORS))
    response = stack.post("/v2/vectors/import", data=body, headers={**stack.admin_headers, **NDJSON})
    assert response.status_code == 202, response.text
    job_id = response.json()["job_id"]
    chunks = rows(stack, "SELECT count(*) FROM import_chunks")[0][0]
    with psycopg.connect(stack.environment["DATABASE_URL"]) as other:
        assert other.execute(LAST_CHUNK).fetchone(), "the worker cannot remove it, as it does when it is done"
        first = stack.start_worker("heavy")
        wait_until(lambda: import_job(stack, job_id)["result"], what="the first chunk")
        kill(first)
    left = rows(stack, "SELECT count(*) FROM import_chunks")[0][0]
    assert 0 < left < chunks
    stack.start_worker("heavy")
    document = wait_until(
        lambda: (job := import_job(stack, job_id))["status"] == "SUCCEEDED" and job, 120, "the import's end"
    )
    assert document["attempt"] == 2
    assert document["result"] == {"inserted": VECTORS, "updated": 0, "failed": 0, "errors": []}
    assert rows(stack, "SELECT count(*) FROM vectors") == [(VECTORS,)]
    assert rows(stack, "SELECT count(*) FROM vector_states") == [(VECTORS,)]
    assert rows(stack, "SELECT count(*) FROM import_chunks") == [(0,)]
