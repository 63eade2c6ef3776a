"""The circuit of a sweep, parsed once in a simulator process, with its inputs as parameters."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Clbit, Qubit

from app.circuits import aer, library, runner
from app.circuits.methods import LARGEST_AER_SAMPLE, CircuitShape
from app.circuits.operations import OperationCount
from app.circuits.parse_guard import parse_guard
from app.circuits.program import check_values, flatten, load, measures
from app.circuits.program_scan import scan
from app.circuits.spec import ExecutionSpec, Language, Method, RunLimits
from app.circuits.sweeps.problem import Observable, Problem
from app.errors import InvalidInputError, InvalidProgramError

KEPT_TEMPLATES = 8
"""Circuits that a process keeps: of as many sweeps whose shards it runs in turn."""


class Template(NamedTuple):
    """A flat circuit without idle qubits; for observables, without its final measurements.

    Attributes:
        observables: those of the problem, with letters for the circuit's qubits alone.
        plan: the method, and the cost of one circuit of a binding.
    """

    circuit: QuantumCircuit
    observables: tuple[Observable, ...]
    plan: runner.Plan


def template_of(problem: Problem, limits: RunLimits) -> Template:
    """Return the circuit of a sweep.

    Raises:
        InvalidProgramError, LimitExceededError: the program is bad, or over a limit.
        InvalidInputError: its inputs are not those of the bindings.
    """
    run = problem.run
    if run.program is not None or run.circuit != "random":  # else the seed decides the circuit
        problem = msgspec.structs.replace(problem, run=msgspec.structs.replace(run, seed=0))
    template = _template(msgspec.json.encode(problem, order="sorted"), limits)
    names = {parameter.name for parameter in template.circuit.parameters}
    if missing := sorted(names - set(problem.inputs)):
        raise InvalidInputError(f"the bindings lack {', '.join(missing)}", ("body", "bindings"))
    return template


@lru_cache(maxsize=KEPT_TEMPLATES)
def _template(key: bytes, limits: RunLimits) -> Template:
    problem = msgspec.json.decode(key, type=Problem)
    run = problem.run
    circuit, count = _loaded(run, limits)
    if not circuit.num_qubits:
        raise InvalidProgramError("the program has no qubits, so there is nothing to run")
    _check_observables(problem, circuit)
    if not problem.observables and not measures(circuit):
        if run.measure != "all":
            raise InvalidProgramError(
                "the program measures nothing, so it has no counts; add a measurement, ask "
                '"measure": "all", or name observables'
            )
        circuit.measure_all()
    observables: tuple[Observable, ...] = ()
    if problem.observables:
        circuit, observables = _observed(without_final_measurements(circuit), problem.observables)
    prepared = runner.prepared_of(circuit, count, "", Language.OPENQASM_3)
    simulated = prepared.simulated
    if problem.observables:  # with the idle qubits of observables
        simulated = circuit
        shape = msgspec.structs.replace(prepared.shape, num_qubits=circuit.num_qubits)
        prepared = msgspec.structs.replace(prepared, simulated=circuit, shape=shape)
    return Template(simulated, observables, _plan_of(prepared, run, limits))


def _plan_of(prepared: runner.Prepared, run: ExecutionSpec, limits: RunLimits) -> runner.Plan:
    """Choose the method and check that it fits; raises as ``template_of``."""
    if not run.shots:
        run = msgspec.structs.replace(run, method=_exact_method(prepared.shape, run))
    plan = runner.plan_of(prepared, run, limits)
    if plan.choice.method == "stabilizer" and plan.shape.num_qubits > LARGEST_AER_SAMPLE:
        raise InvalidInputError(
            f"a sweep by the stabilizer method has {LARGEST_AER_SAMPLE} qubits at most; the circuit uses "
            f"{plan.shape.num_qubits}"
        )
    return plan


def _exact_method(shape: CircuitShape, run: ExecutionSpec) -> Method:
    """Return the method for exact values, which is asked for; raise where there is none."""
    if not shape.is_sampled:
        raise InvalidInputError(
            "exact values (shots: 0) need a circuit without reset and without measurements in the middle; "
            "give shots or a precision",
            ("body", "shots"),
        )
    if run.noise is None:
        return run.method
    if run.method not in ("automatic", "density_matrix"):
        raise InvalidInputError(
            "exact values (shots: 0) under noise need the method density_matrix or automatic",
            ("body", "method"),
        )
    return "density_matrix"


def _check_observables(problem: Problem, circuit: QuantumCircuit) -> None:
    for number, observable in enumerate(problem.observables):
        for label in observable:
            if len(label) != circuit.num_qubits:
                raise InvalidInputError(
                    f"the Pauli string {label[:100]} has {len(label)} letters; the circuit has "
                    f"{circuit.num_qubits} qubits",
                    ("body", "observables", number),
                )


def _observed(
    circuit: QuantumCircuit, observables: Sequence[Observable]
) -> tuple[QuantumCircuit, tuple[Observable, ...]]:
    """Return a circuit without the qubits that neither a gate nor an observable acts on.

    The observables lose the same letters, which are all I.
    """
    used = set(aer.without_idle_qubits(circuit).qubits)
    letters = [label[::-1] for observable in observables for label in observable]
    places = [
        place
        for place, qubit in enumerate(circuit.qubits)
        if qubit in used or any(label[place] != "I" for label in letters)
    ] or [0]
    kept = QuantumCircuit([circuit.qubits[place] for place in places], circuit.clbits)
    for register in circuit.cregs:
        kept.add_register(register)
    for instruction in circuit.data:
        if instruction.name != "barrier" and set(kept.qubits).issuperset(instruction.qubits):
            kept.append(instruction, copy=False)
    reduced = [
        {"".join(label[-1 - place] for place in reversed(places)): value for label, value in each.items()}
        for each in observables
    ]
    return kept, tuple(reduced)


def _loaded(run: ExecutionSpec, limits: RunLimits) -> tuple[QuantumCircuit, OperationCount]:
    if run.program is None:
        circuit = flatten(library.build(run.circuit, dict(run.parameters), run.seed))
        count = OperationCount(limits, Language.OPENQASM_2)
        count.add(circuit.data)
        return circuit, count
    scanned = scan(run.program, limits)
    with parse_guard(limits.parse_seconds, limits.parse_memory_mb):
        circuit, count = load(run.program, scanned.language, limits, scanned.gate_names)
    check_values(circuit, run.program, scanned.language, limits, scanned.gate_names)
    return circuit, count


def without_final_measurements(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a flat circuit without the measurements after which nothing acts on the qubit or reads the bit.

    So the state is the one before those measurements; others, whose outcomes conditions read, stay.
    """
    kept: list[CircuitInstruction] = []
    used: set[Qubit | Clbit] = set()
    for instruction in reversed(circuit.data):
        bits = {*instruction.qubits, *instruction.clbits}
        if instruction.name == "measure" and not bits & used:
            continue
        if instruction.name != "barrier":
            used |= bits
        kept.append(instruction)
    rest = circuit.copy_empty_like()
    rest.data = kept[::-1]
    return rest
