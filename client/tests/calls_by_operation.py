"""For every operation of the API, the calls of the client that together send all that it takes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from qloom.client import Qloom
from qloom.resources.comparisons import Comparisons
from qloom.resources.devices import Devices
from qloom.resources.entanglement import Entanglement
from qloom.resources.executions import Executions, events_page
from qloom.resources.graphs import Graphs
from qloom.resources.jobs import Jobs, read_job
from qloom.resources.keys import Audit, Keys
from qloom.resources.replay import Replays
from qloom.resources.states import StatesOfRuns
from qloom.resources.sweeps import Sweeps
from qloom.resources.vectors import Vectors
from qloom.resources.webhooks import Webhooks

NOISE = {"type": "thermal", "level": "low"}
LIMITS = {
    "max_answer_numbers": 1_000,
    "max_batch_queries": 2,
    "max_batch_vectors": 2,
    "max_body_bytes": 1_000_000,
    "max_dimension": 10,
    "max_read_vectors": 2,
}
V = {"id": "a", "vector": [1.0, 0.0], "contexts": {"x": 1.0}, "metadata": {"b": 1}, "coherence_time_ms": 5}


def b(method: Any, /, *args: Any, **kwargs: Any) -> Callable[[], Any]:
    return lambda: method.build(None, *args, **kwargs)


MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
SINCE = {"created_after": MOMENT, "created_before": MOMENT}
PARAMETERS = {"num_qubits": 3, "gate_count": 2, "state": 1, "secret": 1, "marked": 1}
RUN = {"shots": 1, "seed": 2, "method": "automatic", "tags": ["t"]}
ESTIMATE = {"shots": 1, "seed": 2, "method": "automatic"}
PROGRAM = {"program": "P", "name": "n", "noise": NOISE, "measure": "all", **RUN}
ASSERTION = {"step": 1, "qubit": 0, "qubits": [0], "equals": "bell", "bloch": [0, 0, 1], "tolerance": 0.1}
ASSERTION |= {"separable": True, "entangled": True}
DEVICE = {"qubits": [], "gates": {}, "calibrated_at": "x", "operations": [], "dt_ns": 0.2}
TRANSPILED: dict[str, Any] = {"circuit": "transpiled"}
PAGES = {"page": 1, "cursor": "c"}

MADE: dict[str, Callable[[], Any] | tuple[Callable[[], Any], ...]] = {
    "post_api_execute_circuit_name": b(Executions.run, "bell", **RUN, **PARAMETERS),
    "post_api_execute_circuit_name_noisy": b(Executions.submit, "bell", noise=NOISE, **RUN, **PARAMETERS),
    "post_api_execute": b(Executions.run, mitigation="readout", **PROGRAM),
    "get_api_executions": b(
        Executions.list,
        circuit_name="bell",
        is_noisy=True,
        tags=["t"],
        status="FAILED",
        limit=3,
        **PAGES,
        **SINCE,
    ),
    "get_api_executions_execution_id": b(Executions.get, "ID"),
    "delete_api_executions_execution_id": b(Executions.delete, "ID"),
    "get_api_executions_execution_id_program": b(Executions.program, "ID", **TRANSPILED),
    "get_api_executions_execution_id_events": (
        b(Executions.events, "ID", type="GATE", gate="CX", qubit=1, **TRANSPILED),
        lambda: events_page("ID", **PAGES),
    ),
    "post_api_execute_compare_circuit_name": b(Comparisons.run, "bell", noise=NOISE, **RUN, **PARAMETERS),
    "post_api_execute_compare": b(Comparisons.run, mitigation="readout", **PROGRAM),
    "get_api_jobs": b(Jobs.list, status="RUNNING", kind="execute", tags=["t"], **PAGES),
    "get_api_jobs_job_id": lambda: read_job("ID", wait=3),
    "delete_api_jobs_job_id": b(Jobs.cancel, "ID"),
    "post_api_jobs_job_id_retry": b(Jobs.retry, "ID"),
    "get_api_executions_execution_id_graph": b(Graphs.export, "ID", "dot", source="neo4j", **TRANSPILED),
    "get_api_executions_execution_id_graph_cone": b(Graphs.cone, "ID", 3, direction="future", **TRANSPILED),
    "get_api_executions_execution_id_graph_critical_path": b(Graphs.critical_path, "ID", **TRANSPILED),
    "post_api_graph_search": b(
        Graphs.search, [{"id": "a"}], [], circuit_name="bell", limit=1, timeout_ms=9, is_noisy=False, **SINCE
    ),
    "get_api_replay_execution_id": b(Replays.get, "ID", **TRANSPILED),
    "get_api_replay_execution_id_step_step_index": b(Replays.step, "ID", 3, **TRANSPILED),
    "get_api_replay_compare_exec_id_a_exec_id_b": b(Comparisons.of, "ID", "ID2"),
    "get_api_replay_execution_id_states": b(StatesOfRuns.steps, "ID", first=1, last=2),
    "get_api_replay_execution_id_step_step_index_state": b(
        StatesOfRuns.after, "ID", 2, top=3, pairs=True, outcome="0"
    ),
    "get_api_replay_execution_id_fidelity": b(StatesOfRuns.fidelity, "ID"),
    "post_api_replay_execution_id_assertions": b(StatesOfRuns.check, "ID", [ASSERTION]),
    "get_api_executions_execution_id_diagram": b(Executions.diagram, "ID", format="text", color="c"),
    "get_api_devices": b(
        Devices.list, name="a", source="own", min_qubits=3, gate="cx", operation="delay", **PAGES
    ),
    "get_api_devices_name": b(Devices.get, "ID", calibration="c"),
    "put_api_devices_name": b(Devices.put, "ID", DEVICE),
    "delete_api_devices_name": b(Devices.delete, "ID"),
    "post_api_estimate": b(Executions.estimate, "P", **ESTIMATE, noise=NOISE, measure="all"),
    "post_api_estimate_circuit_name": b(Executions.estimate, circuit="bell", **ESTIMATE, **PARAMETERS),
    "post_api_estimate_circuit_name_noisy": b(
        Executions.estimate, circuit="bell", noise=NOISE, **ESTIMATE, **PARAMETERS
    ),
    "post_api_sweeps": (
        b(Sweeps.submit, bindings={"a": [1]}, observables=[{"Z": 1}], precision=0.1, **PROGRAM),
        b(Sweeps.counts, circuit="ghz", parameters={"num_qubits": 3}),
    ),
    "get_api_sweeps": b(
        Sweeps.list, circuit_name="bell", is_noisy=True, status="FAILED", tags=["t"], **PAGES, **SINCE
    ),
    "get_api_sweeps_sweep_id": b(Sweeps.get, "ID"),
    "delete_api_sweeps_sweep_id": b(Sweeps.delete, "ID"),
    "get_api_sweeps_sweep_id_counts": b(Sweeps.read_counts, "ID", first=1, end=3),
    "get_api_sweeps_sweep_id_graph": b(Sweeps.export_graph, "ID", "dot"),
    "get_api_sweeps_sweep_id_request": b(Sweeps.request, "ID", first=1, end=3),
    "get_api_sweeps_sweep_id_values": b(Sweeps.read_values, "ID", first=1, end=3),
    "post_api_sweeps_sweep_id_executions": b(Sweeps.execute, "ID", 3, shots=5, seed=6),
    "post_v2_vectors": b(Vectors.insert, **V, upsert=True),
    "delete_v2_vectors": b(Vectors.clear),
    "post_v2_vectors_batch": b(Vectors.insert_batch, [V], upsert=True, transaction=False),
    "post_v2_vectors_delete": (b(Vectors.delete_many, ["a"]), b(Vectors.delete_many, filter={"id": "a"})),
    "post_v2_vectors_read": (
        b(Vectors.list, filter={"id": "a"}, context="c", include_vector=False, **PAGES),
        b(Vectors.read, ["a"]),
    ),
    "post_v2_vectors_export": b(
        Vectors.export_file,
        "/dev/shm/qloom-unused",  # noqa: S108
        context="c",
        filter={"id": "a"},
    ),
    "get_v2_vectors_vector_id": b(Vectors.get, "a", include_vector=False),
    "put_v2_vectors_vector_id": b(
        Vectors.update,
        "a",
        [1.0],
        contexts={"x": 1},
        metadata={},
        replace_metadata=True,
        coherence_time_ms=None,
    ),
    "delete_v2_vectors_vector_id": b(Vectors.delete, "a"),
    "post_v2_query": (
        b(
            Vectors.query,
            [1.0],
            context="c",
            mode="precise",
            top_k=2,
            filters={},
            shots=3,
            seed=4,
            explain=True,
        ),
        b(
            Vectors.query,
            id="a",
            enable_tunneling=True,
            include_vector=False,
            require_quantum=True,
            use_cache=False,
            timeout_ms=5,
        ),
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
    "put_v2_webhooks_webhook_id": b(
        Webhooks.replace, "ID", "https://x.example", ["*"], description="d", enabled=False
    ),
    "patch_v2_webhooks_webhook_id": b(
        Webhooks.update, "ID", url="https://x.example", events=["*"], description="d", enabled=False
    ),
    "delete_v2_webhooks_webhook_id": b(Webhooks.delete, "ID"),
    "post_v2_webhooks_webhook_id_rotate_secret": b(
        Webhooks.rotate_secret, "ID", secret="s" * 16, overlap_seconds=3
    ),
    "post_v2_webhooks_webhook_id_test": b(Webhooks.test, "ID"),
    "get_v2_webhooks_webhook_id_deliveries": b(Webhooks.deliveries, "ID", status="failed", limit=2, **PAGES),
    "get_v2_webhooks_webhook_id_deliveries_delivery_id": b(Webhooks.delivery, "ID", "ID2"),
    "post_v2_webhooks_webhook_id_deliveries_delivery_id_redeliver": b(Webhooks.redeliver, "ID", "ID2"),
    "post_v2_keys": b(Keys.create, "n", "reader", expires_at=MOMENT),
    "get_v2_keys": b(Keys.list, size=3, **PAGES),
    "get_v2_keys_self": b(Keys.own),
    "get_v2_keys_key_id": b(Keys.get, "ID"),
    "delete_v2_keys_key_id": b(Keys.revoke, "ID"),
    "post_v2_keys_key_id_rotate": b(Keys.rotate, "ID", overlap_seconds=3),
    "post_v2_tickets": b(Keys.ticket),
    "get_v2_audit": b(
        Audit.list,
        actor="a",
        action="created",
        kind="key",
        subject_id="i",
        size=3,
        since=MOMENT,
        until=MOMENT,
        **PAGES,
    ),
    "get_v2_health": b(Qloom.health),
    "get_healthz": b(Qloom.is_alive),
    "get_readyz": b(Qloom.is_ready),
    "get_v2_metrics": b(Qloom.metrics, window=60),
    "get_metrics": b(Qloom.prometheus),
    "get_root": b(Qloom.about),
    "get_api_workers": b(Qloom.workers),
    "get_status": b(Qloom.status),
    "get_api_limits": b(Qloom.limits),
    "get_api_circuits": b(Qloom.circuits),
}
