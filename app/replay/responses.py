"""The bodies of the responses about replays and comparisons, in the contract's forms."""

from typing import Any
from uuid import UUID

import msgspec

from app.circuits.distributions import CountsComparison, compare_counts
from app.circuits.divergence import Alignment, DivergenceStep, align, divergences
from app.circuits.event_graph import (
    Event,
    GraphEdge,
    GraphNode,
    collector_paused,
    graph,
    graph_node,
    graph_nodes,
)
from app.circuits.noise import NoiseConfig
from app.replay.repository import StoredStep, StoredTrace

_decode_counts = msgspec.json.Decoder(dict[str, int]).decode
_decode_events = msgspec.json.Decoder(list[Event]).decode
_decode_event = msgspec.json.Decoder(Event).decode


class Replay(msgspec.Struct):
    """A whole execution, in order."""

    execution_id: UUID
    circuit_name: str
    total_steps: int
    steps: list[GraphNode]
    edges: list[GraphEdge]
    is_noisy: bool
    noise_config: NoiseConfig | None


class RunSummary(msgspec.Struct):
    """A run and its noise, which is null for a clean one."""

    execution_id: UUID
    circuit_name: str
    is_noisy: bool
    noise_type: str | None
    noise_level: str | None
    total_steps: int


class SingleStep(RunSummary):
    """One step, and whether there are others."""

    step_index: int
    has_next: bool
    has_previous: bool
    event: GraphNode


class ExecutionDetail(RunSummary):
    """One of two executions that are compared."""

    steps: list[GraphNode]


class Compare(msgspec.Struct):
    """Two executions side by side."""

    execution_a: ExecutionDetail
    execution_b: ExecutionDetail
    divergence_count: int
    divergence_steps: list[DivergenceStep]
    extra_events_a: list[GraphNode]
    extra_events_b: list[GraphNode]
    alignment: Alignment
    counts: CountsComparison


@collector_paused()
def replay(trace: StoredTrace) -> Replay:
    """Return the contract's ``ReplayResponse``."""
    found = graph(_decode_events(trace.events))
    return Replay(
        execution_id=trace.id,
        circuit_name=trace.circuit_name,
        total_steps=len(found.nodes),
        steps=found.nodes,
        edges=found.edges,
        is_noisy=trace.is_noisy,
        noise_config=trace.noise_config,
    )


def single_step(step: StoredStep, index: int, event: str) -> SingleStep:
    """Return the contract's ``SingleStepResponse``."""
    return SingleStep(
        **_summary(step, step.num_events),
        step_index=index,
        has_next=index + 1 < step.num_events,
        has_previous=index > 0,
        event=graph_node(_decode_event(event)),
    )


@collector_paused()
def compare(a: StoredTrace, b: StoredTrace) -> Compare:
    """Return the contract's ``CompareResponse`` with an alignment and a comparison of the counts."""
    events_a, events_b = _decode_events(a.events), _decode_events(b.events)
    steps_a, steps_b = graph_nodes(events_a), graph_nodes(events_b)
    diverging = divergences(events_a, events_b)
    shared = min(len(events_a), len(events_b))
    return Compare(
        execution_a=ExecutionDetail(**_summary(a, len(steps_a)), steps=steps_a),
        execution_b=ExecutionDetail(**_summary(b, len(steps_b)), steps=steps_b),
        divergence_count=len(diverging),
        divergence_steps=diverging,
        extra_events_a=steps_a[shared:],
        extra_events_b=steps_b[shared:],
        alignment=align(events_a, events_b),
        counts=compare_counts(_decode_counts(a.counts), _decode_counts(b.counts)),
    )


def _summary(run: StoredTrace | StoredStep, total_steps: int) -> dict[str, Any]:
    config = run.noise_config
    return {
        "execution_id": run.id,
        "circuit_name": run.circuit_name,
        "is_noisy": run.is_noisy,
        "noise_type": config and config["noise_type"],
        "noise_level": config and config["noise_level"],
        "total_steps": total_steps,
    }
