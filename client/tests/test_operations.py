"""Everything that the API has, the client has: held against the server's own description."""

import json
from collections.abc import Generator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from qloom.calls import Call, Download, Repeat

from tests.calls_by_operation import LIMITS, MADE
from tests.server import WAIT_SECONDS, Server

NO_PLAIN_REQUEST = {"get_ws_replay_execution_id", "get_ws_execute"}
SAME_AS_API_JOBS = {"get_v2_jobs", "get_v2_jobs_job_id", "delete_v2_jobs_job_id", "post_v2_jobs_job_id_retry"}
SAME_AS_POST = {"get_v2_vectors": "post_v2_vectors_read", "get_v2_vectors_export": "post_v2_vectors_export"}
"""A POST takes longer filters than these GETs."""

NOT_SENT = {
    "post_api_estimate": {"name", "tags", "mitigation"},
    "post_api_estimate_circuit_name": {"tag"},
    "post_api_estimate_circuit_name_noisy": {"tag"},
}
"""What the client leaves out of an operation: an estimate depends on none of these."""

NOT_REPEATED = {"post_v2_query"}
"""With a key a query would be a job of its own, which the answer to ``explain`` does not wait for."""


SAFE, KEYED, NEVER = Repeat


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/openapi.json", timeout=WAIT_SECONDS).json()
    return found


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        item[method]["operationId"]: (
            method.upper(),
            path,
            {**item[method], "shared": item.get("parameters", [])},
        )
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }


def test_every_operation_has_a_method(document: dict[str, Any]) -> None:
    assert set(operations(document)) == {*MADE, *NO_PLAIN_REQUEST, *SAME_AS_API_JOBS, *SAME_AS_POST}


@pytest.mark.parametrize("name", MADE)
def test_methods_send_what_the_description_names(name: str, document: dict[str, Any]) -> None:
    method, template, operation = operations(document)[name]
    parameters = [*operation.get("parameters", []), *operation["shared"]]
    headers = {each["name"] for each in parameters if each["in"] == "header"}
    queried = {each["name"] for each in parameters if each["in"] == "query"}
    sent: set[str] = set()
    makers = MADE[name]
    for make in makers if isinstance(makers, tuple) else (makers,):
        call = first_call(make())
        assert call.method == method
        parts = zip(unquote(call.path).split("/"), template.split("/"), strict=True)
        assert all(mine == theirs or theirs.startswith("{") for mine, theirs in parts)
        if name not in NOT_REPEATED:
            assert call.repeat in ({SAFE, KEYED} if "Idempotency-Key" in headers else {SAFE, NEVER})
        assert {each for each, _ in call.params} <= queried
        sent |= {each for each, _ in call.params} | members(call)
    described = queried | described_members(document, operation)
    assert sent <= described
    assert described - sent == NOT_SENT.get(name, set())


def members(call: Call[Any]) -> set[str]:
    """The members of the body of a call, if it is JSON."""
    if call.headers.get("Content-Type") != "application/json":
        return set()
    assert isinstance(call.content, bytes)
    sent = json.loads(call.content)
    return set(sent[0] if isinstance(sent, list) else sent)


def described_members(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """The members that the description of an operation names for its JSON body."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return set()
    schema = content["application/json"]["schema"]
    named = schema.get("$ref") or schema["items"]["$ref"]
    return set(document["components"]["schemas"][named.rpartition("/")[2]]["properties"])


def first_call(made: Call[Any] | Generator[Any, Any, Any]) -> Call[Any]:
    """The call, or the first of a flow that is not for limits."""
    if isinstance(made, Call):
        return made
    step = next(made)
    if isinstance(step, Call) and step.path == "/api/limits":
        step = made.send(LIMITS)
    return step.call if isinstance(step, Download) else step
