"""The responses about executions, in the contract's forms; JSON of a row is taken as it is."""

from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from app.circuits import event_graph
from app.circuits.event_graph import Graph, collector_paused, edge_pairs, edges, node_pairs
from app.circuits.noise import NoiseConfig
from app.circuits.result import Mitigated, QubitLayout
from app.circuits.spec import ExecutionSpec
from app.executions.repository import StoredExecution
from app.models import GraphStatus, JobStatus
from app.rest.pagination import Page
from app.rest.struct_schemas import DateTime, described
from app.timestamps import iso8601_with_offset

COUNTS = (
    "How often each outcome was measured. Keys are in Qiskit's order: the rightmost character is bit 0 of "
    "the first classical register. Several registers are separated by spaces, the last one first."
)

DECIMALS = 4
"""Decimals of milliseconds, as in the contract's examples; smaller differences are the clock's noise."""

_decode_events = msgspec.json.Decoder(list[dict[str, Any]]).decode


class NoiseSummary(msgspec.Struct):
    """Type and level of a noise model; both are `custom` where it has rates of its own.

    Of a device the type is `device`, and the level the device's name.
    """

    noise_type: str
    noise_level: str


class Timings(msgspec.Struct):
    """Milliseconds; the total is the sum of the other three."""

    event_extraction_time_ms: float
    in_memory_graph_time_ms: float
    neo4j_persistence_time_ms: float
    total_observability_time_ms: float


class Run(msgspec.Struct, kw_only=True):
    """The options of an execution, and its measured counts."""

    execution_id: UUID
    circuit_name: str
    num_qubits: int
    num_gates: int
    num_events: int
    shots: int
    seed: int
    method: str
    method_reason: Annotated[str | None, described("Why this method; null where a former version ran it.")]
    requested_method: Annotated[
        str | None,
        described(
            "The method that was asked for: `automatic` if Qloom chose; null where a former version ran it."
        ),
    ]
    tags: list[str]
    versions: dict[str, str]
    graph_status: GraphStatus
    created_at: DateTime
    parse_time_ms: float
    transpile_time_ms: float
    simulation_time_ms: float
    is_noisy: bool
    counts: Annotated[dict[str, int], Meta(description=COUNTS, examples=[{"00": 498, "11": 526}])]
    counts_incomplete: Annotated[
        bool,
        described(
            "The counts do not add up to the shots: a former version lost some of them. "
            "The same program and seed give the whole counts."
        ),
    ]
    parameters: Annotated[
        dict[str, int] | UnsetType,
        described("Of a library circuit, with defaults filled in; absent where a former version ran it."),
    ] = UNSET
    mitigated: Annotated[
        Mitigated | UnsetType,
        described(
            "With mitigation: the counts with the readout errors inverted. The counts stay as measured."
        ),
    ] = UNSET
    layout: Annotated[
        QubitLayout | UnsetType, described("On a device: the device qubit of each program qubit.")
    ] = UNSET
    transpiled_program: Annotated[
        str | UnsetType,
        described("On a device: what was run, in OpenQASM 3; `$12` is the device's qubit 12."),
    ] = UNSET
    notes: Annotated[
        list[str] | UnsetType,
        described("What of the program was ignored, with line and column: pragmas, annotations."),
    ] = UNSET


class Event(msgspec.Struct):
    """One event; what it does not have is left out."""

    event_id: int
    event_type: str
    timestamp: int
    gate_name: str | UnsetType = UNSET
    parameters: list[float] | UnsetType = UNSET
    qubits: list[int] | UnsetType = UNSET
    classical_bits: list[int] | UnsetType = UNSET
    outcome: int | UnsetType | None = UNSET
    unit: str | UnsetType = UNSET
    control_state: int | UnsetType = UNSET
    condition: event_graph.Condition | UnsetType = UNSET
    loops: list[int] | UnsetType = UNSET
    source: event_graph.Source | UnsetType = UNSET


class Execution(Run, kw_only=True):
    """One execution with its events and its graph."""

    event_extraction_time_ms: float
    in_memory_graph_time_ms: float
    neo4j_persistence_time_ms: float
    total_observability_time_ms: float
    events: list[Event]
    nodes: Annotated[list[list[Any]], described("`[id, data]` pairs.")]
    edges: Annotated[list[list[Any]], described("`[source, target, data]` triples.")]
    noise_config: NoiseConfig | None


class Overview(Run, kw_only=True):
    """One execution with its graph."""

    last_timestamp: int
    performance_stats: Timings
    graph: Graph
    noise_config: NoiseConfig | UnsetType = UNSET


class Summary(msgspec.Struct, kw_only=True):
    """One execution in a list; what only a succeeded one has is null for the others."""

    execution_id: UUID
    circuit_name: str
    num_events: int | None
    event_count: int | None
    time: Annotated[float | None, described("Milliseconds.")]
    created_at: DateTime
    is_noisy: bool
    status: JobStatus
    graph_status: GraphStatus | None
    tags: list[str]
    noise_config: NoiseSummary | UnsetType = UNSET


class ExecutionList(Page):
    """A page of executions. Reading by cursor counts nothing: page and total are null then."""

    executions: list[Summary]


class Program(msgspec.Struct):
    """The program of an execution."""

    execution_id: UUID
    language: str
    program: str


@collector_paused()
def render_execution(stored: StoredExecution) -> bytes:
    """Return the contract's ``ExecutionResponse`` with its events and graph, and what Qloom adds, as JSON."""
    events = _events(stored)
    execution = Execution(
        **_run(stored),
        **_timings(stored),
        events=Raw(stored.events.encode()),  # type: ignore[arg-type]
        nodes=node_pairs(events),
        edges=edge_pairs(edges(events)),
        noise_config=stored.noise_config,
    )
    return msgspec.json.encode(execution)


@collector_paused()
def render_overview(stored: StoredExecution) -> bytes:
    """Return the contract's ``ExecutionOverviewResponse``, and what Qloom adds, as JSON."""
    events = _events(stored)
    overview = Overview(
        **_run(stored),
        last_timestamp=events[-1]["timestamp"],
        noise_config=stored.noise_config or UNSET,
        performance_stats=Timings(**_timings(stored)),
        graph=event_graph.graph(events),
    )
    return msgspec.json.encode(overview)


def summary(row: Any) -> Summary:
    """Return the contract's ``ExecutionSummary`` of a row of ``repository.matching``."""
    return Summary(
        execution_id=row.id,
        circuit_name=row.circuit_name,
        num_events=row.num_events,
        event_count=row.num_events,
        time=round(row.time_ms, DECIMALS),
        created_at=iso8601_with_offset(row.created_at),
        is_noisy=row.is_noisy,
        noise_config=_noise_summary(row.noise_config),
        status=JobStatus.SUCCEEDED,
        graph_status=row.graph_status,
        tags=row.tags,
    )


def job_summary(row: Any) -> Summary:
    """Return the same summary of a job that is no execution yet, or will never be one."""
    spec = msgspec.convert(row.spec, ExecutionSpec)
    return Summary(
        execution_id=row.id,
        circuit_name=spec.circuit_name,
        num_events=None,
        event_count=None,
        time=None,
        created_at=iso8601_with_offset(row.created_at),
        is_noisy=spec.noise is not None,
        noise_config=NoiseSummary(spec.noise.type, spec.noise.level_name) if spec.noise else UNSET,
        status=row.status,
        graph_status=None,
        tags=row.tags,
    )


def _events(stored: StoredExecution) -> list[event_graph.Event]:
    return cast("list[event_graph.Event]", _decode_events(stored.events))


def _run(stored: StoredExecution) -> dict[str, Any]:
    return {
        "execution_id": stored.id,
        "circuit_name": stored.circuit_name,
        "num_qubits": stored.num_qubits,
        "num_gates": stored.num_gates,
        "num_events": stored.num_events,
        "shots": stored.shots,
        "seed": stored.seed,
        "method": stored.method,
        "method_reason": stored.method_reason,
        "requested_method": stored.requested_method,
        "parameters": UNSET if stored.parameters is None else stored.parameters,
        "tags": stored.tags,
        "versions": stored.versions,
        "graph_status": stored.graph_status,
        "created_at": iso8601_with_offset(stored.created_at),
        "parse_time_ms": round(stored.parse_time_ms, DECIMALS),
        "transpile_time_ms": round(stored.transpile_time_ms, DECIMALS),
        "simulation_time_ms": round(stored.simulation_time_ms, DECIMALS),
        "is_noisy": stored.is_noisy,
        "counts": Raw(stored.counts.encode()),
        "counts_incomplete": stored.counts_incomplete,
        "mitigated": UNSET if stored.mitigated is None else Raw(stored.mitigated.encode()),
        "layout": stored.layout or UNSET,
        "transpiled_program": stored.transpiled_program or UNSET,
        "notes": stored.notes or UNSET,
    }


def _timings(stored: StoredExecution) -> dict[str, Any]:
    names = ("event_extraction_time_ms", "in_memory_graph_time_ms", "neo4j_persistence_time_ms")
    parts = {name: round(getattr(stored, name), DECIMALS) for name in names}
    return {**parts, "total_observability_time_ms": round(sum(parts.values()), DECIMALS)}


def _noise_summary(config: NoiseConfig | None) -> NoiseSummary | UnsetType:
    return NoiseSummary(config["noise_type"], config["noise_level"]) if config else UNSET
