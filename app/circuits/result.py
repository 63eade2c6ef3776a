"""The results of runs: plain values, so that workers can read them without qiskit."""

from typing import TypedDict, final

import msgspec

from app.circuits.event_graph import Edge
from app.circuits.noise import NoiseConfig


@final
class OverCeiling(TypedDict):
    """The run did not start, since its cost is over the caller's ceiling; a heavier queue may run it."""

    over_ceiling: float


@final
class RunResult(TypedDict):
    """A finished run.

    ``method_reason`` is a sentence. ``cost`` is that of :func:`app.circuits.methods.cost`. ``program`` is the
    user's text as it was sent, ``events`` the JSON array of the contract's event objects.
    """

    circuit_name: str
    num_qubits: int
    num_clbits: int
    program: str
    language: str
    method: str
    method_reason: str
    cost: float
    versions: dict[str, str]
    noise_config: NoiseConfig | None
    num_gates: int
    num_events: int
    counts: dict[str, int]
    events: bytes
    edges: list[Edge]
    parse_time_ms: float
    transpile_time_ms: float
    simulation_time_ms: float
    event_extraction_time_ms: float
    in_memory_graph_time_ms: float


class CircuitEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """What the run of a circuit would take (:func:`app.circuits.estimate.estimate`).

    ``cost`` is that of :func:`app.circuits.methods.cost`; ``is_heavy`` says that it is for the heavy queue.
    """

    num_qubits: int
    num_qubits_used: int
    num_clbits: int
    depth: int
    gates: dict[str, int]
    two_qubit_gates: int
    method: str
    method_reason: str
    memory_bytes: int
    cost: float
    is_heavy: bool
