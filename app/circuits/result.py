"""The results of runs: plain values, so that workers can read them without qiskit."""

from typing import Annotated, Literal, TypedDict, final

import msgspec
from msgspec import Meta

from app.circuits.event_graph import Edge
from app.circuits.noise import NoiseConfig


class QubitLayout(TypedDict):
    """The device qubit of each program qubit before and after the program; null for a qubit without gates."""

    initial: list[int | None]
    final: list[int | None]


class Mitigated(TypedDict):
    """Counts with the readout errors inverted, by the same keys."""

    method: Literal["readout"]
    quasi_probabilities: Annotated[
        dict[str, float], Meta(description="Their sum is 1; some may be negative or above 1.")
    ]
    standard_errors: Annotated[
        dict[str, float], Meta(description="Of each quasi-probability, by the number of shots.")
    ]


@final
class OverCeiling(TypedDict):
    """The run did not start, since its cost is over the caller's ceiling; a heavier queue may run it."""

    over_ceiling: float


class Simulated(TypedDict):
    """The result of the simulation of a circuit.

    ``layout``, ``transpiled_program`` (OpenQASM 3) and ``transpiled_events`` are those of runs on a device.
    """

    noise_config: NoiseConfig | None
    counts: dict[str, int]
    mitigated: Mitigated | None
    layout: QubitLayout | None
    transpiled_program: str | None
    transpiled_events: bytes | None
    transpile_time_ms: float
    simulation_time_ms: float


@final
class RunResult(Simulated):
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
    num_gates: int
    num_events: int
    events: bytes
    edges: list[Edge]
    notes: list[str] | None
    parse_time_ms: float
    event_extraction_time_ms: float
    in_memory_graph_time_ms: float


class CircuitEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """The estimate of a run of a circuit (:func:`app.circuits.estimate.estimate`).

    ``cost`` is that of :func:`app.circuits.methods.cost`; ``is_heavy`` says that it is for the heavy queue.
    ``log2_bond_dimension`` is the bound of :class:`app.circuits.methods.Bond`, ``None`` for other methods.
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
    log2_bond_dimension: int | None
    cost: float
    is_heavy: bool
