"""Runs one execution in a simulator process: parse, extract the events, simulate, and return plain values."""

import gc
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from importlib.metadata import version

import msgspec
from qiskit import QuantumCircuit, qasm2
from qiskit.circuit import ParameterExpression

from app.circuits import aer, bonds, event_graph, events, library, readout
from app.circuits.aer import Clock
from app.circuits.device_run import DeviceRun
from app.circuits.event_graph import collector_paused
from app.circuits.methods import (
    Choice,
    CircuitShape,
    check_fits,
    choose_method,
    cost,
    is_heavy,
    needs_bond,
)
from app.circuits.noise import channel_rates, noise_config
from app.circuits.noisy_gates import repeats
from app.circuits.operations import HIDDEN, OperationCount
from app.circuits.own_gates import shown_name
from app.circuits.parse_guard import parse_guard
from app.circuits.program import Loaded, check_values, flatten, load_with_notes, measures
from app.circuits.program_inputs import with_constants
from app.circuits.program_scan import scan
from app.circuits.result import OverCeiling, RunResult, Simulated
from app.circuits.spec import ExecutionSpec, Language, Method, NoiseSpec, Phase, RunLimits
from app.errors import InvalidProgramError, errors_at, place_of_circuit
from app.version import VERSION

VERSIONS = {"qloom": VERSION, **{package: version(package) for package in ("qiskit", "qiskit-aer")}}
_CLIFFORD_GATES = frozenset(
    "id x y z h s sdg sx sxdg cx cy cz swap measure reset barrier delay if_else while_loop".split()
)


class Prepared(msgspec.Struct, frozen=True):
    """A circuit that is ready for its events, and without its idle qubits for its simulation."""

    circuit: QuantumCircuit
    simulated: QuantumCircuit
    program: str
    language: Language
    shape: CircuitShape
    notes: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """How a circuit is simulated.

    Attributes:
        cost: in the unit of :func:`app.circuits.methods.cost`.
        transpiled: the circuit in gates of its method, where the choice of the method needed it.
        on_device: the circuit transpiled to the device under whose noise it runs.
    """

    choice: Choice
    shape: CircuitShape
    cost: float
    transpiled: QuantumCircuit | None
    on_device: DeviceRun | None = None


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
    with errors_at(place_of_circuit(spec.program)):
        prepared = prepare(spec, limits)
        if spec.device is not None:
            enter_phase(Phase.SIMULATING)  # the parser is done; to transpile to a device may take long
        plan = plan_of(prepared, spec, limits)
    if cost_ceiling is not None and is_heavy(plan.choice.method, plan.shape, plan.cost, cost_ceiling):
        return {"over_ceiling": plan.cost}
    parse_time_ms = clock.lap_ms()
    enter_phase(Phase.SIMULATING)
    return _run_prepared(prepared, spec, plan, limits, parse_time_ms)


def plan_of(prepared: Prepared, spec: ExecutionSpec, limits: RunLimits) -> Plan:
    """Choose the method of a circuit.

    Raises:
        InvalidInputError, LimitExceededError: the method cannot run it, or no method can.
    """
    shape, transpiled, on_device = prepared.shape, None, None
    if spec.device is not None:
        on_device = DeviceRun(prepared.circuit, spec.device, limits)
        shape, transpiled = on_device.shape, on_device.circuit
    if needs_bond(shape, spec, limits):
        if transpiled is None:
            # without noise no gate becomes a matrix, which an open angle could not; the bond is no smaller
            noise = None if prepared.simulated.parameters else spec.noise
            transpiled = aer.transpile(prepared.simulated, noise, "matrix_product_state")
        shape = msgspec.structs.replace(shape, bond=bonds.estimate(transpiled))
    choice = choose_method(shape, spec, limits)
    check_fits(choice.method, shape, spec, limits)
    return Plan(choice, shape, cost(choice.method, shape, spec), transpiled, on_device)


def circuit_of(spec: ExecutionSpec, limits: RunLimits) -> QuantumCircuit:
    """Return the flat circuit that a spec runs; raises as ``run`` for a program that is at fault."""
    return prepare(spec, limits).circuit


def warm_up() -> None:
    """Build the objects that every run needs, by clean and noisy runs of ``bell``; then freeze them.

    The garbage collector does not look at frozen objects.
    """
    for spec in _bells():
        run(spec, RunLimits(), None, lambda _phase: None)
    gc.collect()
    gc.freeze()


def warm_up_before_fork() -> None:
    """Do what ``warm_up`` does, but for Aer's runs: these start a thread, and a process with threads may not
    fork.
    """
    limits = RunLimits()
    for spec in _bells():
        prepared = prepare(spec, limits)
        plan = plan_of(prepared, spec, limits)
        msgspec.json.encode(event_graph.edges(event_list_of(prepared.circuit, limits)))
        aer.prepare(aer.transpile(prepared.simulated, spec.noise, plan.choice.method), spec)
    gc.collect()
    gc.freeze()


def _bells() -> list[ExecutionSpec]:
    noises = (None, NoiseSpec("depolarizing"), NoiseSpec("thermal"))
    return [ExecutionSpec("bell", shots=1, seed=0, noise=noise) for noise in noises]


def _run_prepared(
    prepared: Prepared, spec: ExecutionSpec, plan: Plan, limits: RunLimits, parse_time_ms: float
) -> RunResult:
    """Extract the events of a circuit and simulate it."""
    clock, method = Clock(), plan.choice.method
    with collector_paused():
        event_list = event_list_of(prepared.circuit, limits)
        event_extraction_time_ms = clock.lap_ms()
        edges = event_graph.edges(event_list)
        in_memory_graph_time_ms = clock.lap_ms()
    simulate = plan.on_device.simulate if plan.on_device else partial(_simulate, prepared, plan)
    return {
        **simulate(spec, method, limits),
        "circuit_name": spec.circuit_name,
        "num_qubits": prepared.circuit.num_qubits,
        "num_clbits": num_shown_bits(prepared.circuit),
        "program": prepared.program,
        "language": prepared.language.value,
        "method": method,
        "method_reason": plan.choice.reason,
        "cost": plan.cost,
        "versions": VERSIONS,
        "num_gates": sum(event["event_type"] == event_graph.GATE for event in event_list),
        "num_events": len(event_list),
        "events": msgspec.json.encode(event_list),
        "edges": edges,
        "notes": list(prepared.notes) or None,
        "parse_time_ms": parse_time_ms,
        "event_extraction_time_ms": event_extraction_time_ms,
        "in_memory_graph_time_ms": in_memory_graph_time_ms,
    }


def _simulate(
    prepared: Prepared, plan: Plan, spec: ExecutionSpec, method: Method, limits: RunLimits
) -> Simulated:
    """Run a circuit, clean or under noise that is the same for each qubit."""
    clock, noise = Clock(), spec.noise
    transpiled, bits = ready(prepared, plan, spec)
    transpile_time_ms = clock.lap_ms()
    counts = aer.simulate(transpiled, spec, method, limits)
    return {
        "noise_config": noise_config(noise) if noise else None,
        "counts": counts,
        "mitigated": readout.mitigate(counts, bits) if bits is not None else None,
        "layout": None,
        "transpiled_program": None,
        "transpiled_events": None,
        "transpile_time_ms": transpile_time_ms,
        "simulation_time_ms": clock.lap_ms(),
    }


def ready(
    prepared: Prepared, plan: Plan, spec: ExecutionSpec
) -> tuple[QuantumCircuit, dict[int, readout.Flips] | None]:
    """Return what Aer takes, and the flips of bits whose readout errors are inverted; raises as ``run``."""
    if plan.on_device:
        return plan.on_device.circuit, plan.on_device.read_bits(spec)
    bits = None
    if spec.mitigation and spec.noise:
        error = channel_rates(spec.noise).measurement_error
        bits = readout.read_bits(prepared.simulated, lambda _qubit: (error, error))
    return plan.transpiled or aer.transpile(prepared.simulated, spec.noise, plan.choice.method), bits


def event_list_of(circuit: QuantumCircuit, limits: RunLimits) -> list[event_graph.Event]:
    """Return the events of a circuit.

    Raises:
        LimitExceededError: there are more than ``max_events``.
    """
    event_list = events.extract(circuit)
    limits.check("max_events", len(event_list), "the circuit has {} events")
    return event_list


def prepare(spec: ExecutionSpec, limits: RunLimits) -> Prepared:
    """Build or parse the circuit of a spec; raises as :func:`run`."""
    if spec.program is None:
        seed = spec.seed if spec.circuit == "random" else 0
        return _library_circuit(spec.circuit, tuple(sorted(spec.parameters.items())), seed, limits)
    loaded = loaded_circuit(spec, limits, spec.inputs)
    circuit = loaded.circuit
    if not circuit.num_qubits:
        raise InvalidProgramError("the program has no qubits, so there is nothing to run")
    if not measures(circuit):
        if spec.measure != "all":
            raise InvalidProgramError(
                'the program measures nothing, so it has no counts; add a measurement or ask "measure": "all"'
            )
        circuit.measure_all()
    source = with_constants(spec.program, spec.inputs) if spec.inputs else spec.program
    prepared = prepared_of(circuit, loaded.operations, source, loaded.language)
    return msgspec.structs.replace(prepared, notes=tuple(loaded.notes))


def loaded_circuit(
    spec: ExecutionSpec, limits: RunLimits, inputs: Mapping[str, float | ParameterExpression]
) -> Loaded:
    """Build or parse the circuit of a spec; ``inputs`` are those of its program, by name.

    Raises:
        InvalidProgramError, LimitExceededError: the program is at fault.
    """
    if spec.program is None:
        circuit = flatten(library.build(spec.circuit, dict(spec.parameters), spec.seed))
        count = OperationCount(limits, Language.OPENQASM_2)
        count.add(circuit.data)
        return Loaded(circuit, Language.OPENQASM_2, count)
    scanned = scan(spec.program, limits)
    with parse_guard(limits.parse_seconds, limits.parse_memory_mb):
        loaded = load_with_notes(spec.program, scanned.language, limits, scanned.gate_names, inputs)
    check_values(loaded.circuit, spec.program, scanned.language, limits, scanned.gate_names)
    return loaded


@lru_cache(maxsize=64)
def _library_circuit(
    name: str, parameters: tuple[tuple[str, int], ...], seed: int, limits: RunLimits
) -> Prepared:
    spec = ExecutionSpec(name, shots=1, seed=seed, parameters=dict(parameters))
    loaded = loaded_circuit(spec, limits, spec.inputs)
    program = qasm2.dumps(loaded.circuit)
    return prepared_of(loaded.circuit, loaded.operations, program, loaded.language)


def prepared_of(circuit: QuantumCircuit, count: OperationCount, program: str, language: Language) -> Prepared:
    """Return a flat circuit with what decides how it is simulated."""
    simulated = aer.without_idle_qubits(circuit)
    others = tuple(sorted(map(shown_name, count.names - _CLIFFORD_GATES)))
    is_sampled, loops = aer.is_sampled(circuit), repeats(circuit)
    shape = CircuitShape(
        simulated.num_qubits, count.total, not others, is_sampled, repeats=loops, others=others
    )
    return Prepared(circuit, simulated, program, language, shape)


def num_shown_bits(circuit: QuantumCircuit) -> int:
    """Return how many classical bits the counts of a circuit show."""
    hidden: int = sum(register.size for register in circuit.cregs if register.name == HIDDEN)
    return int(circuit.num_clbits) - hidden
