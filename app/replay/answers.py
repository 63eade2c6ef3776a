"""The answers about replays and comparisons, in the contract's forms."""

from collections.abc import Sequence
from typing import Any

import msgspec

from app.circuits import distributions, divergence
from app.circuits.divergence import Alignment
from app.circuits.event_graph import Event, edge_records, edges, node_objects
from app.circuits.timing import collector_paused
from app.replay.repository import StoredStep, StoredTrace

Step = dict[str, object]

_decode_counts = msgspec.json.Decoder(dict[str, int]).decode
_decode_events = msgspec.json.Decoder(list[Event]).decode
_decode_event = msgspec.json.Decoder(Event).decode


@collector_paused()
def replay_answer(trace: StoredTrace) -> bytes:
    """The contract's ``ReplayResponse``, as JSON."""
    events = _decode_events(trace.events)
    return msgspec.json.encode(
        {
            "execution_id": trace.id,
            "circuit_name": trace.circuit_name,
            "total_steps": len(events),
            "steps": node_objects(events),
            "edges": edge_records(edges(events)),
            "is_noisy": trace.is_noisy,
            "noise_config": trace.noise_config,
        }
    )


def step_answer(step: StoredStep, index: int, event: str) -> dict[str, object]:
    """The contract's ``SingleStepResponse``."""
    return {
        "execution_id": step.id,
        "circuit_name": step.circuit_name,
        "step_index": index,
        "total_steps": step.num_events,
        "has_next": index + 1 < step.num_events,
        "has_previous": index > 0,
        "event": node_objects([_decode_event(event)])[0],
        "is_noisy": step.is_noisy,
        **_noise(step.noise_config),
    }


def comparison(a: StoredTrace, b: StoredTrace) -> dict[str, object]:
    """The contract's ``CompareResponse``, and the alignment and the distance of the counts beside it."""
    events_a, events_b = _decode_events(a.events), _decode_events(b.events)
    steps_a, steps_b = node_objects(events_a), node_objects(events_b)
    diverging = divergence.divergences(events_a, events_b)
    shared = min(len(events_a), len(events_b))
    return {
        "execution_a": _detail(a, steps_a),
        "execution_b": _detail(b, steps_b),
        "divergence_count": len(diverging),
        "divergence_steps": [
            {"step": step, "difference": difference, "exec_a": steps_a[step], "exec_b": steps_b[step]}
            for step, difference in diverging
        ],
        "extra_events_a": steps_a[shared:],
        "extra_events_b": steps_b[shared:],
        "alignment": _alignment(divergence.align(events_a, events_b), steps_a, steps_b),
        "counts": distributions.compare(_decode_counts(a.counts), _decode_counts(b.counts)),
    }


@collector_paused()
def comparison_answer(a: StoredTrace, b: StoredTrace, **members: object) -> bytes:
    """The comparison as JSON, after other ``members``."""
    return msgspec.json.encode({**members, **comparison(a, b)})


def _detail(trace: StoredTrace, steps: Sequence[Step]) -> dict[str, object]:
    return {
        "execution_id": trace.id,
        "circuit_name": trace.circuit_name,
        "is_noisy": trace.is_noisy,
        **_noise(trace.noise_config),
        "total_steps": len(steps),
        "steps": steps,
    }


def _alignment(found: Alignment, a: Sequence[Step], b: Sequence[Step]) -> dict[str, object]:
    return {
        "distance": found.distance,
        "insertions": [{**pair._asdict(), "exec_b": b[pair.step_b]} for pair in found.insertions],
        "deletions": [{**pair._asdict(), "exec_a": a[pair.step_a]} for pair in found.deletions],
        "replacements": [
            {**pair._asdict(), "exec_a": a[pair.step_a], "exec_b": b[pair.step_b]}
            for pair in found.replacements
        ],
    }


def _noise(config: dict[str, Any] | None) -> dict[str, object]:
    return {name: config and config[name] for name in ("noise_type", "noise_level")}
