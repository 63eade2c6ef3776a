"""Programs that the tests of several pages run, and answers of the API that a busy machine needs time for."""

from typing import Any

from requests import Response

from tests.stack import Stack, wait_until

ENDLESS = (
    'OPENQASM 3.0; include "stdgates.inc"; qubit[24] q; bit[24] c; '
    "for int i in [0:40] { for int k in [0:22] { ry(0.1) q[k]; cx q[k], q[k + 1]; } } c = measure q;"
)
"""A state vector of 24 qubits: more than a minute of processor time on the queue heavy. Tests cancel it."""

LONGEST_SECONDS = 200.0


def executed(stack: Stack, path: str = "/api/execute/bell", **options: Any) -> dict[str, Any]:
    """Run a circuit, a comparison or a sweep, and return the document of its result."""
    job = stack.wait_for(stack.submit(path, **options), "SUCCEEDED", seconds=LONGEST_SECONDS)
    found: dict[str, Any] = stack.get(job["result"]).json()
    return found


def events_of(stack: Stack, execution: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of an execution, with parameters, bits, conditions and places in the program."""
    path = f"/api/executions/{execution['execution_id']}/events"
    found: list[dict[str, Any]] = stack.get(path).json()["events"]
    return found


def computed(stack: Stack, path: str, **query: Any) -> dict[str, Any]:
    """Get what a worker computes at the first ask (202 until it has done so), and return the answer."""
    found: dict[str, Any] = wait_until(lambda: done(stack.get(path, params=query)), LONGEST_SECONDS, path)
    return found


def done(response: Response) -> dict[str, Any] | None:
    """Return the document of an answer, or None if the job has not ended."""
    assert response.status_code in (200, 202), response.text
    return dict(response.json()) if response.status_code == 200 else None
