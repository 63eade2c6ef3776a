"""What Swagger UI fills in when somebody presses "Try it out", and the ids that Qloom draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.rest.examples import METHODS
from tests.api.examples import ELSEWHERE, HERE, PROGRAM
from tests.stack import Stack, wait_until

NOT_TRIED = "/ws/"
"""No plain request opens a WebSocket, and ``/docs`` does not offer to try it."""

LAST = "delete_v2_vectors"
"""It removes all vectors."""

DRAWN_IDS = {
    "execution_id",
    "exec_id_a",
    "exec_id_b",
    "job_id",
    "key_id",
    "webhook_id",
    "delivery_id",
    "sweep_id",
}

ROTATION = """OPENQASM 3.0;
include "stdgates.inc";
input float theta;
qubit[1] q;
bit[1] c;
rx(theta) q[0];
c = measure q;
"""

CANCEL = {"delete_api_jobs_job_id", "delete_v2_jobs_job_id"}
SLOW = "/api/execute/random?num_qubits=22&gate_count=3000&shots=1"


SWEEP = {"program": ROTATION, "bindings": {"theta": [0.1 * turn for turn in range(50)]}, "shots": 10}
SWEEPS = (SWEEP, {**SWEEP, "observables": [{"Z": 1.0}]})


@dataclass(frozen=True)
class Filled:
    """One operation with what Swagger UI fills in."""

    name: str
    method: str
    path: str
    path_values: dict[str, Any]
    query: dict[str, Any]
    headers: dict[str, Any]
    media_type: str | None
    body: Any


def in_order(document: dict[str, Any]) -> list[Filled]:
    """Return the operations in the order of ``/docs``; those that remove something come last."""
    sections = [tag["name"] for tag in document["tags"]]
    found = sorted(_operations(document), key=lambda each: sections.index(each[0]))
    return sorted(
        (filled for _, filled in found if not filled.path.startswith(NOT_TRIED)),
        key=lambda filled: (
            filled.method == "DELETE" or filled.path.endswith("/delete"),
            filled.name == LAST,
        ),
    )


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, Filled]]:
    for path, item in document["paths"].items():
        for method in [each for each in item if each in METHODS]:
            operation = item[method]
            parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
            path_values, query, headers = (values(parameters, place) for place in ("path", "query", "header"))
            media_type, body = next(
                ((name, media.get("example")) for name, media in _content(operation).items()), (None, None)
            )
            filled = Filled(
                operation["operationId"], method.upper(), path, path_values, query, headers, media_type, body
            )
            yield operation["tags"][0], filled


def _content(operation: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    return content


def values(parameters: list[dict[str, Any]], place: str) -> dict[str, Any]:
    """Return what stands in the fields of one place: examples, or else defaults."""
    filled = {}
    for each in parameters:
        schema = each.get("schema", {})
        value = each.get("example", schema.get("example", schema.get("default")))
        if each["in"] == place and value is not None:
            filled[each["name"]] = value
    return filled


def known_ids(stack: Stack) -> dict[str, dict[str, str]]:
    """Make what operations ask for by a drawn id; return the ids by operation, under "" the usual ones."""
    admin = {"headers": stack.admin_headers}
    first, second, doomed = (stack.post("/api/execute/bell").json()["execution_id"] for _ in range(3))
    failed = [stack.submit("/api/execute", json={"program": PROGRAM + "foo q[0];\n"}) for _ in range(2)]
    for job_id in failed:
        stack.wait_for(job_id, "FAILED")
    keys = [
        stack.post("/v2/keys", json={"name": "tried", "role": "reader"}, **admin).json() for _ in range(2)
    ]
    webhook = {"url": f"{HERE}webhook", "events": ["*"]}
    webhook_id = stack.post("/v2/webhooks", json=webhook, **admin).json()["id"]
    delivery = stack.post(f"/v2/webhooks/{webhook_id}/test", **admin).json()["id"]
    noisy = stack.post("/api/execute/bell/noisy").json()["execution_id"]
    counted, observed = (stack.post("/api/sweeps", json=body).json()["sweep_id"] for body in SWEEPS)
    return {
        "": {
            **{
                "sweep_id": counted,
                "execution_id": first,
                "exec_id_a": first,
                "exec_id_b": second,
                "job_id": first,
            },
            **{"key_id": keys[0]["id"], "webhook_id": webhook_id, "delivery_id": delivery},
        },
        "post_api_jobs_job_id_retry": {"job_id": failed[0]},
        "post_v2_jobs_job_id_retry": {"job_id": failed[1]},
        "delete_api_executions_execution_id": {"execution_id": doomed},
        "get_api_sweeps_sweep_id_values": {"sweep_id": observed},
        "get_api_devices_name": {"name": "manila"},
        "delete_api_sweeps_sweep_id": {"sweep_id": observed},
        "get_api_replay_execution_id_fidelity": {"execution_id": noisy},
        "delete_v2_keys_key_id": {"key_id": keys[1]["id"]},
    }


def resolvable(body: Any) -> Any:
    """Return a body whose webhook has a name that resolves without the internet."""
    if isinstance(body, dict) and "url" in body:
        return {**body, "url": body["url"].replace(ELSEWHERE, HERE)}
    return body


def wait_for_the_group(stack: Stack) -> None:
    """Wait until the graph of the example's entangled group is stored."""
    path, headers = "/v2/entanglement/groups/related_docs", stack.admin_headers
    wait_until(
        lambda: stack.get(path, headers=headers).json()["graph_status"] == "stored",
        what="the group in the graph",
    )
