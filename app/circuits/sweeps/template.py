"""The circuit of a sweep, parsed once in a simulator process, with its inputs as parameters."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

import msgspec
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Clbit, Parameter, Qubit
from qiskit.exceptions import QiskitError

from app.circuits import aer, runner
from app.circuits.methods import LARGEST_AER_SAMPLE, CircuitShape
from app.circuits.operations import STORE, stored_bits
from app.circuits.origins import ORIGINS, Origin, origins_of
from app.circuits.program import measures
from app.circuits.program_inputs import inputs_of
from app.circuits.spec import ExecutionSpec, Method, RunLimits
from app.circuits.sweeps.problem import Observable, Problem
from app.errors import InvalidInputError, InvalidProgramError

KEPT_TEMPLATES = 8
"""How many circuits a process keeps: so many sweeps can have shards in one process without parsing again."""


class Template(NamedTuple):
    """A flat circuit without idle qubits; for observables, without its final measurements.

    Attributes:
        whole: the same circuit with all its qubits; its events are those of the sweep.
        observables: the observables of the problem, with letters only for the qubits of ``circuit``.
        plan: the method, and the cost of one circuit of a binding.
    """

    circuit: QuantumCircuit
    whole: QuantumCircuit
    observables: tuple[Observable, ...]
    plan: runner.Plan


def template_of(problem: Problem, limits: RunLimits) -> Template | None:
    """Return the circuit of a sweep; ``None`` if each binding has a circuit of its own.

    It is ``None`` in three cases:

    1. A condition, a loop or a size depends on an input.
    2. An angle is rounded or taken modulo 2 pi.
    3. The program has an error. Parsing the program of :func:`bound_to` then raises it.

    Raises:
        InvalidProgramError, LimitExceededError: a program without inputs is bad, or over a limit.
    """
    if not problem.run.is_drawn:
        problem = msgspec.structs.replace(problem, run=msgspec.structs.replace(problem.run, seed=0))
    return _template(msgspec.json.encode(problem, order="sorted"), limits)


def bound_to(problem: Problem, values: Sequence[float]) -> Problem:
    """Return the problem of one binding: a program whose inputs have values."""
    inputs = dict(zip(problem.inputs, map(float, values), strict=True))
    return msgspec.structs.replace(
        problem, run=msgspec.structs.replace(problem.run, inputs=inputs), inputs=()
    )


@lru_cache(maxsize=KEPT_TEMPLATES)
def _template(key: bytes, limits: RunLimits) -> Template | None:
    problem = msgspec.json.decode(key, type=Problem)
    run = problem.run
    if problem.inputs:
        try:
            loaded = runner.loaded_circuit(run, limits, {name: Parameter(name) for name in problem.inputs})
        except (InvalidProgramError, TypeError, ValueError, ArithmeticError, QiskitError):
            return None
        if not _are_exact(run.program):
            return None
    else:
        loaded = runner.loaded_circuit(run, limits, run.inputs)
    circuit = loaded.circuit
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
    whole = circuit
    observables: tuple[Observable, ...] = ()
    if problem.observables:
        whole = without_final_measurements(circuit)
        circuit, observables = _observed(whole, problem.observables)
    prepared = runner.prepared_of(circuit, loaded.operations, "", loaded.language)
    simulated = prepared.simulated
    if problem.observables:  # with the idle qubits of observables
        simulated = circuit
        shape = msgspec.structs.replace(prepared.shape, num_qubits=circuit.num_qubits)
        prepared = msgspec.structs.replace(prepared, simulated=circuit, shape=shape)
    return Template(simulated, whole, observables, _plan_of(prepared, run, limits))


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
    """Return the method for exact values; raises InvalidInputError if no method gives them."""
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


def _are_exact(program: str | None) -> bool:
    """Return whether no input of a program is rounded or taken modulo 2 pi."""
    return all(each.kind == "float" and each.width in (None, "64") for each in inputs_of(program or ""))


def without_final_measurements(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a flat circuit without final measurements, whose qubit and bit nothing uses afterwards.

    The state is then the one before these measurements. Measurements that conditions read stay.
    """
    kept: list[tuple[CircuitInstruction, Origin | None]] = []
    used: set[Qubit | Clbit] = set()
    origins = origins_of(circuit)
    for instruction, origin in reversed(list(zip_longest(circuit.data, origins))):
        bits = {*instruction.qubits, *instruction.clbits}
        if instruction.name == STORE:
            bits.update(stored_bits(instruction))
        if instruction.name == "measure" and not bits & used:
            continue
        if instruction.name != "barrier":
            used |= bits
        kept.append((instruction, origin))
    kept.reverse()
    rest = circuit.copy_empty_like()
    rest.data = [instruction for instruction, _ in kept]
    if origins:
        rest.metadata = {**circuit.metadata, ORIGINS: [origin for _, origin in kept]}
    return rest
