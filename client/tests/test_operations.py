"""Everything that the API has, the client has: held against the server's own description."""

import json
from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from qloom.calls import Call, Download
from qloom.client import Qloom
from qloom.resources.comparisons import Comparisons
from qloom.resources.devices import Devices
from qloom.resources.entanglement import Entanglement
from qloom.resources.executions import Executions
from qloom.resources.graphs import Graphs
from qloom.resources.jobs import Jobs
from qloom.resources.keys import Audit, Keys
from qloom.resources.replay import Replays
from qloom.resources.states import StatesOfRuns
from qloom.resources.sweeps import Sweeps
from qloom.resources.vectors import Vectors
from qloom.resources.webhooks import Webhooks

from tests.server import Server

NOISE = {"type": "thermal", "level": "low"}
LIMITS = {"max_batch_vectors": 2, "max_read_vectors": 2, "max_batch_queries": 2, "max_body_bytes": 1_000_000}
V = {"id": "a", "vector": [1.0, 0.0], "contexts": {"x": 1.0}, "metadata": {"b": 1}, "coherence_time_ms": 5}


def b(method: Any, /, *args: Any, **kwargs: Any) -> Callable[[], Any]:
    return lambda: method.build(None, *args, **kwargs)


MADE: dict[str, Callable[[], Any]] = {
    "post_api_execute_circuit_name": b(Executions.run, "bell", shots=1, seed=2, num_qubits=3, tags=["t"]),
    "post_api_execute_circuit_name_noisy": b(
        Executions.submit, "bell", shots=1, noise=NOISE, method="automatic"
    ),
    "post_api_execute": b(
        Executions.run, program="P", shots=1, name="n", noise=NOISE, tags=["t"], measure="all"
    ),
    "get_api_executions": b(Executions.list, is_noisy=True, tags=["t"], status="FAILED", limit=3, page=1),
    "get_api_executions_execution_id": b(Executions.get, "ID"),
    "delete_api_executions_execution_id": b(Executions.delete, "ID"),
    "get_api_executions_execution_id_program": b(Executions.program, "ID"),
    "post_api_execute_compare_circuit_name": b(Comparisons.run, "bell", noise=NOISE, seed=1),
    "post_api_execute_compare": b(Comparisons.run, program="P", noise=NOISE, seed=1),
    "get_api_jobs": b(Jobs.list, status="RUNNING", kind="execute", tags=["t"], cursor="c"),
    "get_api_jobs_job_id": b(Jobs.get, "ID"),
    "delete_api_jobs_job_id": b(Jobs.cancel, "ID"),
    "post_api_jobs_job_id_retry": b(Jobs.retry, "ID"),
    "get_api_executions_execution_id_graph": b(Graphs.export, "ID", "dot", source="neo4j"),
    "get_api_executions_execution_id_graph_cone": b(Graphs.cone, "ID", 3, direction="future"),
    "get_api_executions_execution_id_graph_critical_path": b(Graphs.critical_path, "ID"),
    "post_api_graph_search": b(Graphs.search, [{"id": "a"}], [], limit=1, timeout_ms=9, is_noisy=False),
    "get_api_replay_execution_id": b(Replays.get, "ID"),
    "get_api_replay_execution_id_step_step_index": b(Replays.step, "ID", 3),
    "get_api_replay_compare_exec_id_a_exec_id_b": b(Comparisons.of, "ID", "ID2"),
    "get_api_replay_execution_id_states": b(StatesOfRuns.steps, "ID", first=1, last=2),
    "get_api_replay_execution_id_step_step_index_state": b(
        StatesOfRuns.after, "ID", 2, top=3, pairs=True, outcome="0"
    ),
    "get_api_replay_execution_id_fidelity": b(StatesOfRuns.fidelity, "ID"),
    "post_api_replay_execution_id_assertions": b(StatesOfRuns.check, "ID", [{"step": 1}]),
    "get_api_executions_execution_id_diagram": b(Executions.diagram, "ID", format="text", color="c"),
    "get_api_devices": b(Devices.list, name="a", source="own", min_qubits=3, gate="cx", operation="delay"),
    "get_api_devices_name": b(Devices.get, "ID", calibration="c"),
    "put_api_devices_name": b(Devices.put, "ID", {"qubits": [], "gates": {}, "calibrated_at": "x"}),
    "delete_api_devices_name": b(Devices.delete, "ID"),
    "post_api_estimate": b(Executions.estimate, "P", shots=3, noise=NOISE, method="automatic", measure="all"),
    "post_api_sweeps": b(
        Sweeps.submit, "P", {"a": [1]}, observables=[{"Z": 1}], precision=0.1, seed=2, tags=["t"]
    ),
    "get_api_sweeps": b(Sweeps.list, status="FAILED", tags=["t"], page=2),
    "get_api_sweeps_sweep_id": b(Sweeps.get, "ID"),
    "delete_api_sweeps_sweep_id": b(Sweeps.delete, "ID"),
    "get_api_sweeps_sweep_id_counts": b(Sweeps.read_counts, "ID", first=1, end=3),
    "get_api_sweeps_sweep_id_values": b(Sweeps.read_values, "ID", first=1, end=3),
    "post_api_sweeps_sweep_id_executions": b(Sweeps.execute, "ID", 3, shots=5, seed=6),
    "post_v2_vectors": b(Vectors.insert, **V, upsert=True),
    "delete_v2_vectors": b(Vectors.clear),
    "post_v2_vectors_batch": b(Vectors.insert_batch, [V], upsert=True, transaction=False),
    "post_v2_vectors_delete": b(Vectors.delete_many, ["a"]),
    "post_v2_vectors_read": b(Vectors.list, filter={"id": "a"}, context="c", include_vector=False, page=1),
    "post_v2_vectors_export": b(Vectors.export_file, "/dev/shm/qloom-unused", context="c"),  # noqa: S108
    "get_v2_vectors_vector_id": b(Vectors.get, "a", include_vector=False),
    "put_v2_vectors_vector_id": b(Vectors.update, "a", [1.0], replace_metadata=True, coherence_time_ms=None),
    "delete_v2_vectors_vector_id": b(Vectors.delete, "a"),
    "post_v2_query": b(
        Vectors.query, [1.0], context="c", mode="precise", top_k=2, filters={}, shots=3, seed=4
    ),
    "post_v2_query_batch": b(Vectors.query_batch, [{"id": "a", "enable_tunneling": True, "timeout_ms": 5}]),
    "post_v2_vectors_import": b(Vectors.submit_import, [V], upsert=True, on_error="skip", id_prefix="p"),
    "post_v2_entanglement_groups": b(Entanglement.create_group, "g", ["a", "b"], 0.5),
    "get_v2_entanglement_groups": b(Entanglement.groups, page=2, size=3),
    "get_v2_entanglement_groups_group_id": b(Entanglement.group, "g"),
    "delete_v2_entanglement_groups_group_id": b(Entanglement.delete_group, "g"),
    "get_v2_entanglement_partners_entity_id": b(Entanglement.partners, "a"),
    "get_v2_entanglement_neighborhood_entity_id": b(Entanglement.neighborhood, "a", hops=2, limit=3),
    "post_v2_maintenance_decoherence": b(Entanglement.apply_decoherence),
    "post_v2_webhooks": b(
        Webhooks.create, "https://x.example", ["*"], secret="s" * 16, description="d", enabled=True
    ),
    "get_v2_webhooks": b(Webhooks.list),
    "get_v2_webhooks_webhook_id": b(Webhooks.get, "ID"),
    "put_v2_webhooks_webhook_id": b(Webhooks.replace, "ID", "https://x.example", ["*"], enabled=False),
    "patch_v2_webhooks_webhook_id": b(Webhooks.update, "ID", enabled=False),
    "delete_v2_webhooks_webhook_id": b(Webhooks.delete, "ID"),
    "post_v2_webhooks_webhook_id_rotate_secret": b(Webhooks.rotate_secret, "ID", overlap_seconds=3),
    "post_v2_webhooks_webhook_id_test": b(Webhooks.test, "ID"),
    "get_v2_webhooks_webhook_id_deliveries": b(Webhooks.deliveries, "ID", status="failed", limit=2),
    "get_v2_webhooks_webhook_id_deliveries_delivery_id": b(Webhooks.delivery, "ID", "ID2"),
    "post_v2_webhooks_webhook_id_deliveries_delivery_id_redeliver": b(Webhooks.redeliver, "ID", "ID2"),
    "post_v2_keys": b(Keys.create, "n", "reader"),
    "get_v2_keys": b(Keys.list, size=3, page=2),
    "get_v2_keys_key_id": b(Keys.get, "ID"),
    "delete_v2_keys_key_id": b(Keys.revoke, "ID"),
    "post_v2_keys_key_id_rotate": b(Keys.rotate, "ID", overlap_seconds=3),
    "post_v2_tickets": b(Keys.ticket),
    "get_v2_audit": b(Audit.list, actor="a", action="created", kind="key", subject_id="i", size=3),
    "get_v2_health": b(Qloom.health),
    "get_healthz": b(Qloom.is_alive),
    "get_readyz": b(Qloom.is_ready),
    "get_v2_metrics": b(Qloom.metrics, window=60),
    "get_metrics": b(Qloom.prometheus),
    "get_root": b(Qloom.about),
    "get_status": b(Qloom.status),
    "get_api_limits": b(Qloom.limits),
    "get_api_circuits": b(Qloom.circuits),
}
NO_PLAIN_REQUEST = {"get_ws_replay_execution_id", "get_ws_execute"}
SAME_AS_API_JOBS = {"get_v2_jobs", "get_v2_jobs_job_id", "delete_v2_jobs_job_id", "post_v2_jobs_job_id_retry"}
SAME_AS_POST = {"get_v2_vectors": "post_v2_vectors_read", "get_v2_vectors_export": "post_v2_vectors_export"}
"""A POST takes longer filters than these GETs."""


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.url}/openapi.json").json()
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
def test_a_method_sends_what_the_description_names(name: str, document: dict[str, Any]) -> None:
    method, template, operation = operations(document)[name]
    call = first_call(MADE[name]())
    assert call.method == method
    parts = zip(unquote(call.path).split("/"), template.split("/"), strict=True)
    assert all(mine == theirs or theirs.startswith("{") for mine, theirs in parts)
    parameters = [*operation.get("parameters", []), *operation["shared"]]
    assert {each for each, _ in call.params} <= {each["name"] for each in parameters if each["in"] == "query"}
    headers = {each["name"] for each in parameters if each["in"] == "header"}
    assert (call.repeat.name == "KEYED") == ("Idempotency-Key" in headers) or call.repeat.name == "SAFE"
    content = call.content() if callable(call.content) else call.content
    if content is not None and call.headers["Content-Type"] == "application/json":
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        named = schema.get("$ref") or schema["items"]["$ref"]
        known = document["components"]["schemas"][named.rpartition("/")[2]]["properties"]
        assert isinstance(content, bytes)
        sent = json.loads(content)
        assert set(sent[0] if isinstance(sent, list) else sent) <= set(known)


def first_call(made: Call[Any] | Generator[Any, Any, Any]) -> Call[Any]:
    """The call, or the first of a flow that is not for limits."""
    if isinstance(made, Call):
        return made
    step = next(made)
    if isinstance(step, Call) and step.path == "/api/limits":
        step = made.send(LIMITS)
    return step.call if isinstance(step, Download) else step
