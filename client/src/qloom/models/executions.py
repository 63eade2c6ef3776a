"""Executions as lists and details show them."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from html import escape
from typing import Any

from qloom.histogram import Counts
from qloom.models.graphs import Graph
from qloom.models.noise import NoiseConfig


@dataclass(frozen=True, slots=True)
class ConditionTerm:
    """Classical bits that equal a value, or do not; bit 0 of the value is the first of them."""

    classical_bits: list[int]
    equal: bool
    value: int


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition under which an event happens.

    Attributes:
        text: the condition as the program has it.
        terms: comparisons that must all hold; ``None`` if the condition is not such a conjunction.
        measurements: the ids of the measurements that decide the condition, if the program assigned a bit of
            it; ``None`` if the bits were measured.
    """

    text: str
    classical_bits: list[int] | None = None
    terms: list[ConditionTerm] | None = None
    measurements: list[int] | None = None


@dataclass(frozen=True, slots=True)
class SourceCall:
    """A call of a subroutine whose body has the event: its name and its place."""

    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """The place in the program that an event comes from; lines and columns from 1."""

    line: int
    column: int
    call: list[SourceCall]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run.

    Attributes:
        timestamp: its step.
        parameters: angles in radians; for a delay its length in ``unit``.
        control_state: for a controlled gate: the value of the controls with which it acts.
        condition: the condition under which it happens.
        loops: the ``while`` loops around it, the outermost first, each by the id of its first event.
        source: its place in the program.
    """

    event_id: int
    event_type: str
    timestamp: int
    gate_name: str | None = None
    qubits: list[int] | None = None
    classical_bits: list[int] | None = None
    outcome: int | None = None
    parameters: list[float] | None = None
    unit: str | None = None
    control_state: int | None = None
    condition: Condition | None = None
    loops: list[int] | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class NoiseSummary:
    """The noise of a run by its names."""

    noise_type: str
    noise_level: str


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the steps other than the simulation took, in milliseconds."""

    event_extraction_time_ms: float
    in_memory_graph_time_ms: float
    neo4j_persistence_time_ms: float
    total_observability_time_ms: float


@dataclass(frozen=True, slots=True)
class ExecutionSummary:
    """An execution as lists show it.

    Attributes:
        time: Time of the run in milliseconds.
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
        standard_errors: the standard error of each quasi-probability for this number of shots.
    """

    method: str
    quasi_probabilities: dict[str, float]
    standard_errors: dict[str, float]


@dataclass(frozen=True, slots=True)
class QubitLayout:
    """The device qubit of each program qubit, before and after the circuit."""

    initial: list[int | None]
    final: list[int | None]


@dataclass(frozen=True, slots=True)
class Execution:
    """A run of a circuit with its counts and its event graph.

    Attributes:
        seed: the same program and seed give the same counts.
        counts: how often each outcome was measured; they add up to the shots.
        counts_incomplete: whether an earlier version of the server lost some of the counts.
        graph: the events of the run and what connects them.
        method_reason: why the server chose this method.
        requested_method: the one that was asked for; ``"automatic"`` if the server chose.
        parameters: those of a library circuit, with defaults filled in.
        events: the events with their classical bits and parameters; only in the answer to the run itself.
        noise_config: the noise; ``None`` without noise.
        layout: on a device: the device qubit of each program qubit.
        transpiled_program: on a device: what was run, in OpenQASM 3.
        mitigated: with ``mitigation="readout"``; the counts stay as measured.
        notes: ignored parts of the program (pragmas, annotations), with line and column.
        performance_stats: how long the steps other than the simulation took.
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
    versions: dict[str, str] = field(repr=False)
    graph_status: str = field(repr=False)
    created_at: datetime = field(repr=False)
    parse_time_ms: float = field(repr=False)
    transpile_time_ms: float = field(repr=False)
    simulation_time_ms: float = field(repr=False)
    is_noisy: bool
    counts: Counts
    graph: Graph = field(repr=False)
    counts_incomplete: bool = field(default=False, repr=False)
    events: list[Event] | None = field(default=None, repr=False)
    noise_config: NoiseConfig | None = field(default=None, repr=False)
    method_reason: str | None = field(default=None, repr=False)
    requested_method: str | None = field(default=None, repr=False)
    parameters: dict[str, int] | None = field(default=None, repr=False)
    layout: QubitLayout | None = field(default=None, repr=False)
    transpiled_program: str | None = field(default=None, repr=False)
    mitigated: Mitigated | None = field(default=None, repr=False)
    notes: list[str] | None = field(default=None, repr=False)
    performance_stats: Timings | None = field(default=None, repr=False)

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
        num_qubits_used: the qubits on which an operation acts; only these are simulated.
        depth: layers of operations; measurements count, barriers do not.
        gates: the number of gates by their names in events.
        memory_bytes: the size of the state that the method updates with each gate.
        expected_seconds: the median time of similar executions; ``None`` if there are none.
        log2_bond_dimension: of a matrix product state: 2 to this bounds its bond dimension.
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
    log2_bond_dimension: int | None = None


class Diagram(str):
    """The diagram of a circuit: an SVG image, which a notebook shows, or text."""

    def _repr_svg_(self) -> str | None:
        return str(self) if self.lstrip().startswith("<") else None


def with_graph(document: dict[str, Any]) -> dict[str, Any]:
    """Give the answer to a run the members of a stored execution: ``graph`` and ``performance_stats``."""
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
    times = {each.name: document[each.name] for each in fields(Timings)}
    return {**document, "graph": {"nodes": nodes, "edges": edges}, "performance_stats": times}
