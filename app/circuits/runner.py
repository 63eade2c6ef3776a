"""Runs one execution in a simulator process: parse, extract the events, simulate, and return plain values."""

import gc
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version

import msgspec
from qiskit import QuantumCircuit, qasm2

from app.circuits import aer, event_graph, events, library
from app.circuits.aer import Clock
from app.circuits.event_graph import collector_paused
from app.circuits.methods import CircuitShape, check_fits, choose_method, cost
from app.circuits.noise import noise_config
from app.circuits.operations import OperationCount
from app.circuits.parse_guard import parse_guard
from app.circuits.program import check_values, flatten, load, measures
from app.circuits.program_scan import scan
from app.circuits.result import OverCeiling, RunResult
from app.circuits.spec import ExecutionSpec, Language, Method, NoiseSpec, Phase, RunLimits
from app.errors import InvalidProgramError
from app.version import VERSION

VERSIONS = {"qloom": VERSION, **{package: version(package) for package in ("qiskit", "qiskit-aer")}}
_CLIFFORD_GATES = frozenset(
    "id x y z h s sdg sx sxdg cx cy cz swap measure reset barrier delay if_else".split()
)


class _Prepared(msgspec.Struct, frozen=True):
    """A circuit that is ready for its events and its simulation."""

    circuit: QuantumCircuit
    program: str
    language: Language
    shape: CircuitShape


def run(
    spec: ExecutionSpec,
    limits: RunLimits,
    cost_ceiling: float | None,
    enter_phase: Callable[[Phase], None],
) -> RunResult | OverCeiling:
    """Run one execution; the same spec gives the same counts.

    ``cost_ceiling`` is in the unit of :func:`app.circuits.methods.cost` (bytes touched); above it nothing
    is simulated. ``enter_phase`` is called as each phase begins.

    Raises:
        InvalidProgramError, InvalidInputError, LimitExceededError: the spec is at fault.
        AppError: the simulator failed for another reason.
    """
    enter_phase(Phase.PARSING)
    clock = Clock()
    limits.check("max_shots", spec.shots, "{} shots were asked")
    prepared = _prepare(spec, limits)
    method = choose_method(prepared.shape, spec, limits)
    check_fits(method, prepared.shape, spec, limits)
    work = cost(method, prepared.shape, spec)
    if cost_ceiling is not None and work > cost_ceiling:
        return {"over_ceiling": work}
    parse_time_ms = clock.lap_ms()
    enter_phase(Phase.SIMULATING)
    return _run_prepared(prepared, spec, method, limits, parse_time_ms)


def circuit_of(spec: ExecutionSpec, limits: RunLimits) -> QuantumCircuit:
    """Return the flat circuit that a spec runs; raises as ``run`` for a program that is at fault."""
    return _prepare(spec, limits).circuit


def warm_up() -> None:
    """Build what every run needs, by clean and noisy bells; what stays is then kept from the collector."""
    for noise in (None, NoiseSpec("depolarizing"), NoiseSpec("thermal")):
        run(ExecutionSpec("bell", shots=1, seed=0, noise=noise), RunLimits(), None, lambda _phase: None)
    gc.collect()
    gc.freeze()


def _run_prepared(
    prepared: _Prepared, spec: ExecutionSpec, method: Method, limits: RunLimits, parse_time_ms: float
) -> RunResult:
    """Extract the events of a circuit and simulate it."""
    clock = Clock()
    with collector_paused():
        event_list = events.extract(prepared.circuit)
        event_extraction_time_ms = clock.lap_ms()
        limits.check("max_events", len(event_list), "the circuit has {} events")
        edges = event_graph.edges(event_list)
        in_memory_graph_time_ms = clock.lap_ms()
    transpiled = aer.transpile(prepared.circuit, spec.noise, method)
    transpile_time_ms = clock.lap_ms()
    counts = aer.simulate(transpiled, spec, method, limits)
    return {
        "simulation_time_ms": clock.lap_ms(),
        "circuit_name": spec.circuit_name,
        "num_qubits": prepared.circuit.num_qubits,
        "num_clbits": prepared.circuit.num_clbits,
        "program": prepared.program,
        "language": prepared.language.value,
        "method": method,
        "versions": VERSIONS,
        "noise_config": noise_config(spec.noise) if spec.noise else None,
        "num_gates": sum(event["event_type"] == event_graph.GATE for event in event_list),
        "num_events": len(event_list),
        "counts": counts,
        "events": msgspec.json.encode(event_list),
        "edges": edges,
        "parse_time_ms": parse_time_ms,
        "transpile_time_ms": transpile_time_ms,
        "event_extraction_time_ms": event_extraction_time_ms,
        "in_memory_graph_time_ms": in_memory_graph_time_ms,
    }


def _prepare(spec: ExecutionSpec, limits: RunLimits) -> _Prepared:
    if spec.program is None:
        seed = spec.seed if spec.circuit == "random" else 0
        return _library_circuit(spec.circuit, tuple(sorted(spec.parameters.items())), seed, limits)
    scanned = scan(spec.program, limits, spec.method)
    with parse_guard(limits.parse_seconds, limits.parse_memory_mb):
        circuit, count = load(spec.program, scanned.language, limits, scanned.gate_names)
    check_values(circuit, spec.program, scanned.language, limits, scanned.gate_names)
    if circuit.parameters:
        raise InvalidProgramError("the program's 'input' parameters have no value")
    if not circuit.num_qubits:
        raise InvalidProgramError("the program has no qubits, so there is nothing to run")
    if not measures(circuit):
        if spec.measure != "all":
            raise InvalidProgramError(
                'the program measures nothing, so it has no counts; add a measurement or ask "measure": "all"'
            )
        circuit.measure_all()
    return _Prepared(circuit, spec.program, scanned.language, _shape(circuit, count))


@lru_cache(maxsize=64)
def _library_circuit(
    name: str, parameters: tuple[tuple[str, int], ...], seed: int, limits: RunLimits
) -> _Prepared:
    circuit = flatten(library.build(name, dict(parameters), seed))
    count = OperationCount(limits, Language.OPENQASM_2)
    count.add(circuit.data)
    program = qasm2.dumps(circuit)
    return _Prepared(circuit, program, Language.OPENQASM_2, _shape(circuit, count))


def _shape(circuit: QuantumCircuit, count: OperationCount) -> CircuitShape:
    """Aer samples all shots from one pass only if nothing but measurements follows the first measurement."""
    is_sampled, has_measured = True, False
    for instruction in circuit.data:
        name = instruction.name
        if name in ("if_else", "reset") or (has_measured and name not in ("measure", "barrier")):
            is_sampled = False
            break
        has_measured = has_measured or name == "measure"
    return CircuitShape(circuit.num_qubits, count.total, count.names <= _CLIFFORD_GATES, is_sampled)
