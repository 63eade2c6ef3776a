"""Executions in the contract's forms, made from their rows; JSON of a row is taken as it is."""

from typing import Any

import msgspec

from app.circuits.event_graph import Event, edge_pairs, edges, graph, node_pairs
from app.circuits.noise import NoiseConfig, noise_config
from app.circuits.spec import ExecutionSpec
from app.circuits.timing import collector_paused
from app.executions.repository import StoredExecution
from app.timestamps import iso8601_with_offset

DECIMALS = 4
"""Decimals of milliseconds, as in the contract's examples; smaller differences are the clock's noise."""

_decode_events = msgspec.json.Decoder(list[dict[str, Any]]).decode


@collector_paused()
def render_execution(execution: StoredExecution) -> bytes:
    """Return the contract's ``ExecutionResponse`` with its events and graph, and what Qloom adds, as JSON."""
    events: list[Event] = _decode_events(execution.events)  # type: ignore[assignment]
    return msgspec.json.encode(
        {
            "execution_id": execution.id,
            "circuit_name": execution.circuit_name,
            "num_gates": execution.num_gates,
            "num_events": execution.num_events,
            **timings(execution),
            "counts": msgspec.Raw(execution.counts.encode()),
            "events": msgspec.Raw(execution.events.encode()),
            "nodes": node_pairs(events),
            "edges": edge_pairs(edges(events)),
            "noise_config": execution.noise_config,
            "is_noisy": execution.is_noisy,
            **_run(execution),
        }
    )


@collector_paused()
def render_overview(execution: StoredExecution) -> bytes:
    """Return the contract's ``ExecutionOverviewResponse``, and what Qloom adds, as JSON."""
    events: list[Event] = _decode_events(execution.events)  # type: ignore[assignment]
    return msgspec.json.encode(
        {
            "execution_id": execution.id,
            "circuit_name": execution.circuit_name,
            "num_gates": execution.num_gates,
            "num_events": execution.num_events,
            "last_timestamp": events[-1]["timestamp"],
            "is_noisy": execution.is_noisy,
            **({"noise_config": execution.noise_config} if execution.is_noisy else {}),
            "counts": msgspec.Raw(execution.counts.encode()),
            "performance_stats": timings(execution),
            "graph": graph(events),
            **_run(execution),
        }
    )


@collector_paused()
def render_graph(execution: StoredExecution) -> bytes:
    """Return the contract's ``GraphResponse`` as JSON."""
    events: list[Event] = _decode_events(execution.events)  # type: ignore[assignment]
    return msgspec.json.encode(graph(events))


def timings(execution: StoredExecution) -> dict[str, float]:
    """Return the contract's four times in milliseconds; the total is the sum of the other three."""
    parts = {
        "event_extraction_time_ms": execution.event_extraction_time_ms,
        "in_memory_graph_time_ms": execution.in_memory_graph_time_ms,
        "neo4j_persistence_time_ms": execution.neo4j_persistence_time_ms,
    }
    rounded = {name: round(value, DECIMALS) for name, value in parts.items()}
    return {**rounded, "total_observability_time_ms": round(sum(rounded.values()), DECIMALS)}


def summary(row: Any) -> dict[str, object]:
    """Return the contract's ``ExecutionSummary`` of a row of ``repository.matching``."""
    return {
        "execution_id": row.id,
        "circuit_name": row.circuit_name,
        "num_events": row.num_events,
        "event_count": row.num_events,
        "time": round(row.time_ms, DECIMALS),
        "created_at": iso8601_with_offset(row.created_at),
        "is_noisy": row.is_noisy,
        **_noise_summary(row.noise_config),
        "status": "SUCCEEDED",
        "graph_status": row.graph_status,
        "tags": row.tags,
    }


def job_summary(row: Any) -> dict[str, object]:
    """Return the same summary of a job that is no execution yet, or will never be one."""
    spec = msgspec.convert(row.spec, ExecutionSpec)
    return {
        "execution_id": row.id,
        "circuit_name": spec.circuit_name,
        "num_events": None,
        "event_count": None,
        "time": None,
        "created_at": iso8601_with_offset(row.created_at),
        "is_noisy": spec.noise is not None,
        **_noise_summary(noise_config(spec.noise) if spec.noise else None),
        "status": row.status,
        "graph_status": None,
        "tags": row.tags,
    }


def _run(execution: StoredExecution) -> dict[str, object]:
    """Return what the contract does not ask for and a reader needs to repeat the run."""
    return {
        "num_qubits": execution.num_qubits,
        "shots": execution.shots,
        "counts_incomplete": execution.counts_incomplete,
        "seed": execution.seed,
        "method": execution.method,
        "tags": execution.tags,
        "versions": execution.versions,
        "graph_status": execution.graph_status,
        "created_at": iso8601_with_offset(execution.created_at),
        "parse_time_ms": round(execution.parse_time_ms, DECIMALS),
        "transpile_time_ms": round(execution.transpile_time_ms, DECIMALS),
        "simulation_time_ms": round(execution.simulation_time_ms, DECIMALS),
    }


def _noise_summary(config: NoiseConfig | None) -> dict[str, object]:
    if config is None:
        return {}
    return {"noise_config": {name: config[name] for name in ("noise_type", "noise_level")}}
