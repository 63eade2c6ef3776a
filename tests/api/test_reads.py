"""What is read afterwards agrees with the answer to the POST, from PostgreSQL and from the graph server."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.graphstore import executions as graphs
from tests.api import contract
from tests.api.conftest import Qloom
from tests.api.contract import ExecutionList, Graph, Overview
from tests.api.test_execute import QASM2, QASM3
from tests.stack import Stack, wait_until

pytestmark = pytest.mark.xdist_group("api")

REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "bell": ("/api/execute/bell", {"params": {"tag": "x"}}),
    "ghz, thermal": ("/api/execute/ghz/noisy", {"params": {"noise_type": "thermal", "noise_level": "high"}}),
    "random": ("/api/execute/random", {"params": {"gate_count": 60, "num_qubits": 4}}),
    "teleportation": ("/api/execute/teleportation", {}),
    "OpenQASM 2": ("/api/execute", {"json": {"program": QASM2, "name": "mine"}}),
    "OpenQASM 3": ("/api/execute", {"json": {"program": QASM3, "noise": {"level": "low"}}}),
}
COMMON = [
    "execution_id", "circuit_name", "num_gates", "num_events", "is_noisy", "counts", "num_qubits", "shots",
    "seed", "method", "method_reason", "requested_method", "parameters", "tags", "versions", "graph_status",
    "created_at", "parse_time_ms", "transpile_time_ms", "simulation_time_ms",
]  # fmt: skip


@pytest.fixture(scope="module", params=REQUESTS.values(), ids=list(REQUESTS))
def posted(request: pytest.FixtureRequest, stack: Stack) -> contract.Execution:
    """The answer to one POST."""
    path, options = request.param
    return contract.with_graph(lambda: stack.post(path, **options))


def read(stack: Stack, found: contract.Execution, part: str = "") -> Any:
    """A part of an execution, undecoded."""
    answer = stack.get(f"/api/executions/{found.execution_id}{part}")
    assert answer.status_code == 200, answer.text
    return answer.content


def test_the_overview_agrees(stack: Stack, posted: contract.Execution) -> None:
    overview = msgspec.json.decode(read(stack, posted), type=Overview)
    for name in COMMON:
        assert getattr(overview, name) == getattr(posted, name), name
    assert overview.last_timestamp == posted.events[-1].timestamp
    assert (overview.noise_config or None) == posted.noise_config or not posted.is_noisy
    assert (overview.noise_config is msgspec.UNSET) == (not posted.is_noisy)
    for name in overview.performance_stats.__struct_fields__:
        assert getattr(overview.performance_stats, name) == getattr(posted, name)


def test_an_execution_says_what_was_asked_for(stack: Stack) -> None:
    answers = (
        stack.post("/api/execute/random?gate_count=3&method=statevector"),
        stack.post("/api/execute/bell"),
        stack.post("/api/execute", json={"program": QASM2}),
    )
    executions = map(contract.execution, answers)
    found = [(each.method, each.requested_method, each.parameters) for each in executions]
    assert found == [
        ("statevector", "statevector", {"gate_count": 3, "num_qubits": 2}),
        ("stabilizer", "automatic", {}),
        ("stabilizer", "automatic", msgspec.UNSET),
    ]


def test_the_events_agree(stack: Stack, posted: contract.Execution) -> None:
    path = f"/api/executions/{posted.execution_id}"
    events = msgspec.convert(stack.get(f"{path}/events?limit=1000").json()["events"], list[contract.Event])
    assert events == posted.events


def test_the_graph_agrees(stack: Stack, posted: contract.Execution) -> None:
    graph = msgspec.json.decode(read(stack, posted, "/graph"), type=Graph)
    assert [(node.id, node.type, node.timestamp) for node in graph.nodes] == [
        (number, data.type, data.timestamp) for number, data in posted.nodes
    ]
    assert [(node.gate, node.qubits) for node in graph.nodes] == [
        (data.gate_name or None, data.qubits if data.qubits is not msgspec.UNSET else None)
        for _, data in posted.nodes
    ]
    assert [(edge.source, edge.target, edge.relation, edge.qubits) for edge in graph.edges] == [
        (source, target, data.relation, data.qubits) for source, target, data in posted.edges
    ]
    assert msgspec.json.decode(read(stack, posted), type=Overview).graph == graph


def test_the_graph_server_has_exactly_the_same_graph(stack: Stack, posted: contract.Execution) -> None:
    assert posted.graph_status == "stored"
    recorded = msgspec.json.decode(read(stack, posted, "/graph"))
    assert msgspec.json.decode(read(stack, posted, "/graph?source=neo4j")) == recorded


def test_the_program_gives_the_same_execution_again(stack: Stack, posted: contract.Execution) -> None:
    program = msgspec.json.decode(read(stack, posted, "/program"))
    assert program["execution_id"] == str(posted.execution_id)
    body: dict[str, Any] = {"program": program["program"], "seed": posted.seed, "shots": posted.shots}
    if posted.noise_config is not None:
        body["noise"] = {"type": posted.noise_config.noise_type, "level": posted.noise_config.noise_level}
    again = contract.execution(stack.post("/api/execute", json=body))
    assert (again.events, again.edges) == (posted.events, posted.edges)
    assert again.counts == posted.counts


def test_the_list_agrees(stack: Stack, posted: contract.Execution) -> None:
    page = msgspec.json.decode(stack.get("/api/executions?limit=50").content, type=ExecutionList)
    [row] = [each for each in page.executions if each.execution_id == posted.execution_id]
    for name in ("circuit_name", "num_events", "created_at", "is_noisy", "graph_status", "tags"):
        assert getattr(row, name) == getattr(posted, name), name
    assert (row.event_count, row.time) == (posted.num_events, posted.total_observability_time_ms)
    if posted.noise_config is None:
        assert row.noise_config is msgspec.UNSET
    else:
        assert isinstance(row.noise_config, contract.NoiseSummary)
        assert row.noise_config.noise_level == posted.noise_config.noise_level


def test_the_job_links_the_execution(stack: Stack, posted: contract.Execution) -> None:
    job = stack.job(str(posted.execution_id))
    assert (job["status"], job["attempt"], job["progress"]) == ("SUCCEEDED", 1, 1.0)
    assert job["result"] == f"/api/executions/{posted.execution_id}"
    assert stack.get(job["result"]).json()["execution_id"] == str(posted.execution_id)


def test_the_list_is_filtered_and_paged(stack: Stack) -> None:
    started = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    query = {"tag": "filtered", "shots": 1}
    posts = [stack.post(f"/api/execute/{path}", params=query) for path in ("bell", "bell/noisy", "ghz")]
    bell, noisy, ghz = (contract.execution(answer).execution_id for answer in posts)

    def ids(**filters: Any) -> list[UUID]:
        answer = stack.get("/api/executions", params={"tag": "filtered", **filters})
        return [
            row.execution_id for row in msgspec.json.decode(answer.content, type=ExecutionList).executions
        ]

    assert ids() == [ghz, noisy, bell]
    assert ids(circuit_name="bell") == [noisy, bell]
    assert ids(circuit_name="bell_noisy_depolarizing_medium") == [noisy]
    assert ids(is_noisy="false") == [ghz, bell]
    assert (ids(created_after=started), ids(created_before=started)) == ([ghz, noisy, bell], [])
    assert [ids(limit=1, page=page) for page in (1, 2, 3, 4)] == [[ghz], [noisy], [bell], []]
    cursor = stack.get("/api/executions", params={"tag": "filtered", "limit": 2}).json()["next_cursor"]
    assert ids(limit=2, cursor=cursor) == [bell]


def test_a_deleted_execution_is_gone_everywhere(qloom: Qloom) -> None:
    stack = qloom.stack
    execution_id = str(contract.with_graph(lambda: stack.post("/api/execute/ghz")).execution_id)
    assert graphs.exists(qloom.graph_store, [execution_id]) == {execution_id}
    deleted = stack.delete(f"/api/executions/{execution_id}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    paths = ["", "/graph", "/graph?source=neo4j", "/program"]
    answers = [stack.get(f"/api/executions/{execution_id}{path}") for path in paths]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert answers[0].json()["detail"] == "Execution not found"
    assert stack.get(f"/api/jobs/{execution_id}").status_code == 404
    assert stack.delete(f"/api/executions/{execution_id}").status_code == 404
    listed = stack.get("/api/executions?limit=50").json()["executions"]
    assert execution_id not in [row["execution_id"] for row in listed]
    wait_until(lambda: not graphs.exists(qloom.graph_store, [execution_id]), what="the graph's removal")
    nodes = graphs.read(qloom.graph_store, execution_id).nodes
    assert nodes == []


def test_an_asynchronous_execution_ends_like_a_synchronous_one(stack: Stack) -> None:
    job_id = stack.submit("/api/execute/bell?seed=5")
    assert stack.job(job_id, wait=60)["status"] == "SUCCEEDED"
    overview = stack.get(f"/api/executions/{job_id}").json()
    assert overview["counts"] == contract.execution(stack.post("/api/execute/bell?seed=5")).counts


def test_a_repeat_with_an_idempotency_key_gets_the_same_bytes(stack: Stack) -> None:
    headers = {"Idempotency-Key": "whole-stack", "Accept-Encoding": "gzip"}
    first, second = (stack.post("/api/execute/ghz", headers=headers) for _ in range(2))
    contract.execution(first)
    assert second.content == first.content
    assert second.headers["Idempotency-Replayed"] == "true"
