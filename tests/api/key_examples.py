"""The examples of API keys, of jobs under ``/v2``, and of the answers to those who may not call."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.settings import Settings
from app.web import create_app
from tests.api.calls import Call
from tests.stack import Stack

KEY = {"name": "nightly import", "role": "writer", "expires_at": "2999-01-01T00:00:00Z"}


def calls(stack: Stack, ended: str) -> Iterator[Call]:
    """Requests about keys, and about jobs under ``/v2``; one job has ended."""
    made = {"key_id": stack.post("/v2/keys", json=KEY, headers=stack.admin_headers).json()["id"]}
    one = "/v2/keys/{key_id}"
    yield Call("POST", "/v2/keys", 201, body=KEY)
    yield Call("GET", "/v2/keys", query={"size": 2})
    yield Call("GET", "/v2/keys/self")
    yield Call("GET", one, path_values=made)
    yield Call("POST", f"{one}/rotate", 201, made, body={"overlap_seconds": 3600})
    yield Call("DELETE", one, path_values=made)
    yield Call("POST", "/v2/tickets", 201)
    yield from _jobs(stack, ended)


def _jobs(stack: Stack, ended: str) -> Iterator[Call]:
    job = "/v2/jobs/{job_id}"
    failed = stack.submit("/api/execute", json={"program": "OPENQASM 2.0;\nqreg q[1];\nfoo q[0];\n"})
    stack.wait_for(failed, "FAILED")
    slow = stack.submit("/api/execute/random?num_qubits=22&gate_count=3000&shots=1")
    yield Call("DELETE", job, 200, {"job_id": slow})
    yield Call("GET", "/v2/jobs", query={"limit": 2, "status": "SUCCEEDED"})
    yield Call("GET", job, path_values={"job_id": ended}, query={"wait": 10})
    yield Call("POST", f"{job}/retry", 202, {"job_id": failed})


def errors(stack: Stack) -> Iterator[tuple[str, Any]]:
    """The answers to a request without a key, and to one too many."""
    yield "401", stack.get("/v2/jobs")
    made = create_app(
        replace(Settings.from_env(stack.environment), rate_limit_per_minute=1, redis_key_prefix="examples:")
    )
    client = made.test_client()
    client.get("/")
    yield "429", client.get("/")
    made.extensions["qloom"].close()
