"""Executions as lists and details show them."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from qloom.histogram import Counts
from qloom.models.graphs import Graph


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run."""

    event_id: int
    event_type: str
    timestamp: int
    gate_name: str | None = None
    qubits: list[int] | None = None
    classical_bits: list[int] | None = None
    outcome: int | None = None
    parameters: list[Any] | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class NoiseSummary:
    """The noise of a run by its names."""

    noise_type: str
    noise_level: str


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the parts beside the simulation took, in milliseconds."""

    event_extraction_time_ms: float
    in_memory_graph_time_ms: float
    neo4j_persistence_time_ms: float
    total_observability_time_ms: float


@dataclass(frozen=True, slots=True)
class ExecutionSummary:
    """An execution as lists show it.

    Attributes:
        time: Milliseconds.
    """

    execution_id: str
    circuit_name: str
    num_events: int | None
    event_count: int | None
    time: float | None
    created_at: datetime
    is_noisy: bool
    status: str
    graph_status: str | None
    tags: list[str]
    noise_config: NoiseSummary | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """The OpenQASM program of an execution."""

    execution_id: str
    language: str
    program: str


@dataclass(frozen=True, slots=True)
class Mitigated:
    """Counts with the readout errors inverted.

    Attributes:
        quasi_probabilities: their sum is 1; some may be negative or above 1.
        standard_errors: of each quasi-probability, by the number of shots.
    """

    method: str
    quasi_probabilities: dict[str, float]
    standard_errors: dict[str, float]


@dataclass(frozen=True, slots=True)
class Execution:
    """A run of a circuit with its counts and its event graph.

    Attributes:
        seed: the same program and seed give the same counts.
        counts: how often each outcome was measured; they add up to the shots.
        counts_incomplete: a former version of the server lost some of the counts.
        graph: the events of the run and what connects them.
        method_reason: why the server chose this method.
        events: the events with their classical bits and parameters; only where the run was just made.
        noise_config: the noise, or ``None`` of a clean run.
        layout: on a device: ``initial`` and ``final`` device qubit of each program qubit.
        transpiled_program: on a device: what was run, in OpenQASM 3.
        mitigated: with ``mitigation="readout"``; the counts stay as measured.
        parse_time_ms, transpile_time_ms, simulation_time_ms: milliseconds of each part.
    """

    execution_id: str
    circuit_name: str
    num_qubits: int
    num_gates: int
    num_events: int
    shots: int
    seed: int
    method: str
    tags: list[str]
    versions: dict[str, str]
    graph_status: str
    created_at: datetime
    parse_time_ms: float
    transpile_time_ms: float
    simulation_time_ms: float
    is_noisy: bool
    counts: Counts
    graph: Graph
    counts_incomplete: bool = False
    events: list[Event] | None = None
    noise_config: dict[str, Any] | None = None
    method_reason: str | None = None
    layout: dict[str, list[int | None]] | None = None
    transpiled_program: str | None = None
    mitigated: Mitigated | None = None

    def _repr_html_(self) -> str:
        noise = ", noisy" if self.is_noisy else ""
        return (
            f"<div><b>{escape(self.circuit_name)}</b>: {self.num_qubits} qubits, {self.num_gates} gates, "
            f"{self.shots} shots, seed {self.seed}, {escape(self.method)}{noise}</div>"
            f"{self.counts._repr_html_()}"
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an execution would take.

    Attributes:
        num_qubits_used: those that an operation acts on; only they are simulated.
        depth: layers of operations; measurements count, barriers do not.
        gates: how many there are, by the names that events have.
        memory_bytes: of the state that the method updates with each gate.
        expected_seconds: the median time of like executions; ``None`` if there are none.
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
    queue: str
    expected_seconds: float | None


class Diagram(str):
    """A circuit as people draw it: an SVG image, which a notebook shows, or characters."""

    def _repr_svg_(self) -> str | None:
        return str(self) if self.lstrip().startswith("<") else None


def with_graph(document: dict[str, Any]) -> dict[str, Any]:
    """Give the answer to a run, which has ``nodes`` and ``edges``, the graph that a stored one has."""
    if "nodes" not in document:
        return document
    nodes = [
        {
            "id": number,
            "type": data["type"],
            "gate": data.get("gate_name"),
            "qubits": data.get("qubits"),
            "timestamp": data["timestamp"],
        }
        for number, data in document["nodes"]
    ]
    edges = [{"source": source, "target": target, **data} for source, target, data in document["edges"]]
    return {**document, "graph": {"nodes": nodes, "edges": edges}}
