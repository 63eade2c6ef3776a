"""The requests whose answers are the examples of the OpenAPI description, and how they are recorded."""

import json
from collections.abc import Iterator

import msgspec
import requests

from tests.api import entanglement_examples, key_examples, state_examples, sweep_examples
from tests.api.calls import JSON, Call
from tests.devices.calibrations import LINE
from tests.stack import Stack, wait_until

PROGRAM = (
    'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\nh q[0];\ncx q[0],q[1];\nmeasure q -> c;\n'
)
NDJSON = {"Content-Type": "application/x-ndjson"}
UNKNOWN = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
ASYNC = {"Prefer": "respond-async"}
PROGRAM_BODY = {
    "program": PROGRAM,
    "name": "pair",
    "shots": 1000,
    "seed": 7,
    "tags": ["example"],
    "noise": {"type": "depolarizing", "level": "low"},
}
PATTERN = {
    "nodes": [{"id": "h", "gate": "H"}, {"id": "cx", "gate": "CX"}],
    "edges": [{"source": "h", "target": "cx"}],
}

HERE, ELSEWHERE = "https://localhost/", "https://example.com/"
"""Where the webhooks of the tests send to, and where those of the examples do."""

WEBHOOK = {
    "url": f"{HERE}webhook",
    "events": ["vector.inserted", "entanglement.created"],
    "secret": "your-webhook-secret",
}
"""The contract's, but for the name of its server, which tests must not call."""
VECTOR = {
    "id": "doc_123",
    "vector": [0.1, 0.2, 0.3],
    "contexts": [{"name": "technical", "weight": 0.7}, {"name": "general", "weight": 0.3}],
    "coherence_time_ms": 1000,
    "metadata": {"source": "example", "date": "2025-12-13"},
}
DOCUMENTS = [
    {
        "id": "doc_1",
        "vector": [0.11, 0.19, 0.31],
        "contexts": [{"name": "technical", "weight": 0.7}, {"name": "general", "weight": 0.3}],
        "metadata": {"source": "arxiv", "date": "2025-12-13"},
    },
    {
        "id": "doc_2",
        "vector": [0.3, 0.1, 0.2],
        "contexts": [{"name": "general", "weight": 1.0}],
        "metadata": {"source": "arxiv", "date": "2025-06-01"},
    },
    {"id": "doc_3", "vector": [0.2, 0.3, 0.1], "metadata": {"source": "arxiv", "date": "2025-03-01"}},
]
"""The examples of queries and of entangled groups find these."""

THEIR_FILTER = '{"metadata.source": "arxiv"}'
QUERY = {
    "vector": [0.1, 0.2, 0.3],
    "context": "technical",
    "mode": "balanced",
    "enable_tunneling": True,
    "top_k": 2,
    "timeout_ms": 5000,
    "filters": {"metadata.source": "arxiv", "metadata.date": {"$gte": "2025-01-01"}},
}


def calls(stack: Stack) -> Iterator[Call]:
    """All requests, in an order in which each finds what it needs; ids are those of this run."""
    first = stack.post("/api/execute/bell?shots=1000&seed=7").json()["execution_id"]
    second = stack.post("/api/execute/bell/noisy?shots=1000&seed=7").json()["execution_id"]
    doomed = stack.post("/api/execute/bell").json()["execution_id"]
    failed = stack.submit("/api/execute", json={"program": PROGRAM + "foo q[0];\n"})
    stack.wait_for(failed, "FAILED")
    library = {"shots": 1000, "seed": 7, "tag": "example"}
    yield from (
        Call("GET", path) for path in ("/", "/status", "/api/limits", "/api/circuits", "/api/workers")
    )
    yield from (Call("GET", path) for path in ("/healthz", "/readyz", "/v2/health", "/v2/metrics"))
    for path, query in (
        ("/api/execute/{circuit_name}", library),
        ("/api/execute/{circuit_name}/noisy", {**library, "noise_type": "thermal", "noise_level": "low"}),
        ("/api/execute/compare/{circuit_name}", library),
    ):
        bell = {"circuit_name": "bell"}
        yield Call("POST", path, 200, bell, query)
        yield Call("POST", path, 202, bell, query, headers=ASYNC)
    for path in ("/api/execute", "/api/execute/compare"):
        yield Call("POST", path, body=PROGRAM_BODY)
        yield Call("POST", path, 202, body=PROGRAM_BODY, headers=ASYNC)
    yield Call("POST", "/api/estimate", body=PROGRAM_BODY)
    yield Call("POST", "/api/estimate/{circuit_name}", 200, {"circuit_name": "ghz"}, {"num_qubits": 100})
    yield Call("POST", "/api/estimate/{circuit_name}/noisy", 200, {"circuit_name": "bell"}, {"shots": 1000})
    yield from sweep_examples.calls(stack)
    yield from _devices(stack)
    yield from _reads(first, second)
    yield from state_examples.calls(second)
    yield from _jobs(stack, first, failed)
    yield Call("POST", "/api/graph/search", body=PATTERN)
    yield Call("DELETE", "/api/executions/{execution_id}", 204, {"execution_id": doomed})
    yield from _vectors()
    yield from _queries()
    yield from entanglement_examples.calls(stack)
    yield from _webhooks(stack)
    yield from key_examples.calls(stack, first)
    yield Call("DELETE", "/v2/vectors", query={"confirm": "all"})


def _reads(first: str, second: str) -> Iterator[Call]:
    one = {"execution_id": first}
    base = "/api/executions/{execution_id}"
    yield Call("GET", "/api/executions", query={"limit": 2, "circuit_name": "bell"})
    yield Call("GET", f"{base}/events", 200, one, {"type": "GATE", "qubit": 0, "limit": 1})
    yield from (Call("GET", path, path_values=one) for path in (base, "/api/replay/{execution_id}"))
    yield Call("GET", f"{base}/program", path_values=one)
    yield Call("GET", f"{base}/program", path_values=one, headers={"Accept": "text/plain"})
    yield from (
        Call("GET", f"{base}/graph", path_values=one, query={"format": name})
        for name in ("graphml", "dot", "json")
    )
    yield Call("GET", f"{base}/graph/cone", path_values=one, query={"event_id": 3, "direction": "past"})
    yield Call("GET", f"{base}/graph/critical-path", path_values=one)
    yield Call("GET", "/api/replay/{execution_id}/step/{step_index}", path_values={**one, "step_index": 2})
    both = {"exec_id_a": first, "exec_id_b": second}
    yield Call("GET", "/api/replay/compare/{exec_id_a}/{exec_id_b}", path_values=both)


def _devices(stack: Stack) -> Iterator[Call]:
    path, line, admin = "/api/devices/{name}", {"name": "line"}, stack.admin_headers
    yield Call("GET", "/api/devices", query={"limit": 2, "min_qubits": 100})
    yield Call("GET", path, path_values={"name": "manila"})
    yield Call("PUT", path, 201, line, body=LINE, headers=admin)
    yield Call("PUT", path, 200, line, body=LINE, headers=admin)
    yield Call("DELETE", path, 204, line, headers=admin)


def _jobs(stack: Stack, ended: str, failed: str) -> Iterator[Call]:
    job = "/api/jobs/{job_id}"
    slow = stack.submit("/api/execute/random?num_qubits=22&gate_count=3000&shots=1")
    yield Call("DELETE", job, 200, {"job_id": slow})
    yield Call("GET", "/api/jobs", query={"limit": 2, "status": "SUCCEEDED"})
    yield Call("GET", job, path_values={"job_id": ended}, query={"wait": 10})
    yield Call("POST", f"{job}/retry", 202, {"job_id": failed})


def _queries() -> Iterator[Call]:
    yield Call("POST", "/v2/query", body=QUERY)
    yield Call("POST", "/v2/query", 202, body=QUERY, headers=ASYNC)
    batch = {"queries": [{**QUERY, "top_k": 1}, {"id": "doc_2", "top_k": 1, "shots": 1000, "seed": 7}]}
    yield Call("POST", "/v2/query/batch", body=batch)
    yield Call("POST", "/v2/query/batch", 202, body=batch, headers=ASYNC)


def _vectors() -> Iterator[Call]:
    base, one = "/v2/vectors", {"vector_id": "doc_123"}
    mixed = [{**VECTOR, "id": "vec3"}, {**VECTOR, "id": "vec4", "vector": [0.1, 0.2]}]
    yield Call("POST", base, 201, body=VECTOR)
    yield Call("POST", base, 200, query={"upsert": "true"}, body=VECTOR)
    yield Call("POST", f"{base}/batch", 207, body={"vectors": mixed, "transaction": False})
    documents = {"vectors": DOCUMENTS, "transaction": True}
    yield Call("POST", f"{base}/batch", 201, query={"upsert": "true"}, body=documents)
    yield Call("GET", base, query={"page": 1, "size": 2, "filter": THEIR_FILTER})
    yield Call("GET", f"{base}/export", query={"filter": THEIR_FILTER})
    yield Call("POST", f"{base}/export", body={"filter": json.loads(THEIR_FILTER)})
    yield Call("POST", f"{base}/read", body={"ids": ["doc_1", "doc_9"], "include_vector": False})
    yield Call("GET", f"{base}/{{vector_id}}", path_values=one)
    yield Call(
        "PUT",
        f"{base}/{{vector_id}}",
        path_values=one,
        body={"vector": [0.2, 0.3, 0.4], "metadata": {"updated_at": "2025-12-13T11:00:00Z"}},
    )
    yield Call("DELETE", f"{base}/{{vector_id}}", path_values=one)
    yield Call("POST", f"{base}/delete", body={"ids": ["vec3", "vec9"]})
    line = msgspec.json.encode({**VECTOR, "id": "vec5"})
    yield Call("POST", f"{base}/import", 202, query={"upsert": "true"}, data=line, headers=NDJSON)


def _all_were_tried(stack: Stack, webhook_id: str) -> bool:
    """Whether a worker has tried every delivery of a webhook: before and after, their documents differ."""
    page = stack.get(f"/v2/webhooks/{webhook_id}/deliveries", headers=stack.admin_headers).json()
    return all(delivery["attempts"] for delivery in page["deliveries"])


def _webhooks(stack: Stack) -> Iterator[Call]:
    base = "/v2/webhooks/{webhook_id}"
    made = stack.post("/v2/webhooks", json=WEBHOOK, headers=stack.admin_headers).json()["id"]
    tested = stack.post(f"/v2/webhooks/{made}/test", headers=stack.admin_headers).json()["id"]
    one = {"webhook_id": made}
    delivery = {**one, "delivery_id": tested}
    yield Call("POST", "/v2/webhooks", 201, body=WEBHOOK)
    yield Call("GET", "/v2/webhooks")
    yield Call("GET", base, path_values=one)
    yield Call("PUT", base, path_values=one, body={"url": WEBHOOK["url"], "events": ["vector.*"]})
    yield Call("PATCH", base, path_values=one, body={"description": "my application"})
    rotation = {"secret": "another-webhook-secret", "overlap_seconds": 86_400}
    yield Call("POST", f"{base}/rotate-secret", path_values=one, body=rotation)
    yield Call("POST", f"{base}/test", 202, one)
    yield Call("POST", f"{base}/deliveries/{{delivery_id}}/redeliver", 202, delivery)
    wait_until(lambda: _all_were_tried(stack, made), what="an attempt of each delivery")
    yield Call("GET", f"{base}/deliveries", path_values=one, query={"limit": 2})
    yield Call("GET", f"{base}/deliveries/{{delivery_id}}", path_values=delivery)
    yield Call("DELETE", base, 204, one)


def errors(stack: Stack) -> Iterator[tuple[str, requests.Response]]:
    """Errors that operations share: the status under which they are shown, and a real one."""
    bell = stack.get("/api/executions?limit=1").json()["executions"][0]["execution_id"]
    running = stack.submit("/api/execute/random?num_qubits=22&gate_count=3000&shots=1")
    yield "409", stack.get(f"/api/executions/{running}")
    stack.delete(f"/api/jobs/{running}")
    yield "400", stack.get(f"/api/replay/{bell}/step/6")
    yield "404", stack.get(f"/api/executions/{UNKNOWN}")
    yield "413", stack.post("/api/execute", data=b" " * 1_100_000, headers={"Content-Type": JSON})
    yield "415", stack.post("/api/execute", data=b"x", headers={"Content-Type": "text/plain"})
    yield "422", stack.post("/api/execute/bell?shots=0")
    yield "426", stack.get(f"/ws/replay/{bell}")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Origin": "http://elsewhere.example"}
    yield "403", stack.get(f"/ws/replay/{bell}", headers=upgrade)
    yield "default", requests.put(f"{stack.url}/api/executions", timeout=60)
    yield from key_examples.errors(stack)
