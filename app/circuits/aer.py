"""Circuits on Aer: transpiles them to the gates of a method, runs them, and makes counts of the outcomes.

Three things live as long as the process, since each is slow to build: the simulator, one pass manager for
each method (transpiling without a kept one takes 100 ms), and the noise models (12 ms).
"""

import os
import time
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Clbit
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.result.models import ExperimentResultData
from qiskit.transpiler import PassManager, generate_preset_pass_manager
from qiskit_aer import AerError, AerSimulator
from qiskit_aer.noise import NoiseModel

from app.circuits.bonds import in_chain_order
from app.circuits.conditions import decided, with_all_bits
from app.circuits.methods import LARGEST_AER_SAMPLE
from app.circuits.noise_model import noise_model
from app.circuits.noisy_gates import (
    gates_of,
    in_noisy_gates,
    is_delay,
    repeats,
    rewrites_bits,
    without_overwritten,
)
from app.circuits.operations import CONTROL_FLOW, HIDDEN, STORE
from app.circuits.spec import ExecutionSpec, Method, NoiseSpec, RunLimits
from app.circuits.stabilizer_sampling import sample
from app.errors import AppError, LimitExceededError


class Clock:
    """Measures the steps of a run, one after the other."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap_ms(self) -> float:
        """Return the milliseconds since the last call, or since the clock was made."""
        now = time.perf_counter()
        elapsed, self._last = now - self._last, now
        return round(elapsed * 1000, 4)


def simulator() -> AerSimulator:
    """The one simulator of the process; it uses as many threads as the starter of the process allows.

    What warmed up before the process was forked may have had another environment.
    """
    return _simulator(os.environ.get("AER_DEVICE", "CPU"), int(os.environ.get("OMP_NUM_THREADS", "1")))


@cache
def _simulator(device: str, threads: int) -> AerSimulator:
    return AerSimulator(device=device, max_parallel_threads=threads, max_parallel_experiments=1)


def simulator_seed(seed: int | Sequence[int]) -> int:
    """Return a seed for Aer, far from the seeds of neighbouring numbers; several numbers give one seed.

    Where each shot is a pass of its own, Aer gives shot k the seed s + k: runs with the seeds 5 and 6 would
    share all shots but one. 62 bits leave room for that sum in Aer's signed 64.
    """
    return int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]) >> 2


def transpile(circuit: QuantumCircuit, noise: NoiseSpec | None, method: Method) -> QuantumCircuit:
    """Return a flat circuit in gates that the method runs; under noise, in gates with one error each."""
    circuit = decided(circuit)
    if noise is not None:
        return without_overwritten(in_noisy_gates(circuit, method, noise))
    return _pass_manager(method).run(circuit)


def simulate(
    circuit: QuantumCircuit, spec: ExecutionSpec, method: Method, limits: RunLimits
) -> dict[str, int]:
    """Run a transpiled circuit and return its counts.

    Raises:
        LimitExceededError: the run needs too much memory, or gave too many different outcomes.
        AppError: the simulator failed for another reason.
    """
    model = prepare(circuit, spec)
    has_feedback = any(instruction.name in (*CONTROL_FLOW, STORE) for instruction in circuit.data)
    runs_whole = has_feedback or (model is not None and rewrites_bits(circuit))
    return run_under(model, circuit, spec, method, limits, truncates=not runs_whole)


def prepare(circuit: QuantumCircuit, spec: ExecutionSpec) -> NoiseModel | None:
    """Make the simulator of the process, and return the noise model of a transpiled circuit."""
    simulator()
    if spec.noise is None:
        return None
    return noise_model(spec.noise, gates_of(circuit), repeats=repeats(circuit))


def run_under(
    model: NoiseModel | None,
    circuit: QuantumCircuit,
    spec: ExecutionSpec,
    method: Method,
    limits: RunLimits,
    *,
    truncates: bool,
) -> dict[str, int]:
    """Run a transpiled circuit under a noise model and return its counts; raises as ``simulate``.

    ``truncates`` says whether Aer may remove operations that change no outcome. Aer fails if a condition
    reads a bit of such an operation.
    """
    draws_shots = method == "stabilizer" and circuit.num_qubits > LARGEST_AER_SAMPLE and model is None
    draws_shots = draws_shots and is_sampled(circuit)
    if method == "matrix_product_state":
        circuit = in_chain_order(circuit)
    options = {
        "shots": 1 if draws_shots else spec.shots,
        "seed_simulator": simulator_seed(spec.seed),
        "noise_model": model,
        "method": method,
        "enable_truncation": truncates,
    }
    by_value = _outcomes(circuit, options, limits)
    if draws_shots:
        (outcome,) = by_value
        by_value = sample(circuit, int(outcome, 16), spec.shots, simulator_seed(spec.seed), limits)
    counts = counts_of(circuit, by_value, spec.shots)
    limits.check("max_outcomes", len(counts), "the run gave {} different outcomes")
    characters = sum(map(len, counts))
    limits.check("max_outcome_characters", characters, "the different outcomes have {} characters together")
    return counts


def counts_of(circuit: QuantumCircuit, by_value: Mapping[str, int], shots: int) -> dict[str, int]:
    """Return counts by bit strings in Qiskit's form; each string holds each classical bit once.

    The last bit comes first, and a space stands between registers. A bit outside registers is a register of
    one; where there are no registers, there are no spaces. Bits of the register ``HIDDEN`` are not
    shown. Qiskit's own ``get_counts`` leaves out bits outside registers, and shows those of
    aliases twice.

    Args:
        by_value: the outcomes as hexadecimal numbers; bit k of a number is the circuit's classical bit k.

    Raises:
        AppError: the counts do not add up to ``shots``, or an outcome has more bits than the circuit.
    """
    if sum(by_value.values()) != shots:
        raise AppError(f"the simulator's counts are incomplete: {sum(by_value.values())} of {shots} shots")
    shown = _shown_bits(circuit)
    sizes = _register_sizes(circuit, shown)
    has_hidden = len(shown) < circuit.num_clbits
    last_first = [-1 - circuit.find_bit(bit).index for bit in reversed(shown)] if has_hidden else []
    counts: dict[str, int] = {}
    for value, number in by_value.items():
        bits = format(int(value, 16), f"0{circuit.num_clbits}b")
        if len(bits) > circuit.num_clbits:
            raise AppError("the simulator's counts have bits that the circuit has not")
        if has_hidden:
            bits = "".join([bits[place] for place in last_first])
        key = _spaced(bits, sizes)
        counts[key] = counts.get(key, 0) + int(number)
    return counts


def is_sampled(circuit: QuantumCircuit) -> bool:
    """Return whether Aer samples all shots from one final state: only measurements follow the first one."""
    has_measured = False
    for instruction in circuit.data:
        name = instruction.name
        if name in (*CONTROL_FLOW, STORE, "reset") or (has_measured and name not in ("measure", "barrier")):
            return False
        has_measured = has_measured or name == "measure"
    return True


def without_idle_qubits(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a flat circuit without barriers and idle qubits: those on which at most delays act stay 0.

    Each such qubit would double the state vector. All classical bits stay.
    """
    acting = [item for item in circuit.data if item.name != "barrier" and not is_delay(item)]
    used = {qubit for instruction in acting for qubit in instruction.qubits}
    if len(used) == circuit.num_qubits and len(acting) == len(circuit.data):
        return circuit
    kept = QuantumCircuit([qubit for qubit in circuit.qubits if qubit in used], circuit.clbits)
    for register in circuit.cregs:
        kept.add_register(register)
    for instruction in circuit.data:
        if instruction.name != "barrier" and used.issuperset(instruction.qubits):
            kept.append(instruction, copy=False)
    return kept


@cache
def _pass_manager(method: Method) -> PassManager:
    """Transpiles into the gates that the method knows. Level 0: optimising costs more time than it saves."""
    native = AerSimulator(method=method).target.operation_names
    known = get_standard_gate_name_mapping()
    basis = sorted((native & known.keys()) | CONTROL_FLOW)
    if method == "matrix_product_state":  # ``in_chain_order`` moves the qubits of gates of two
        basis = [name for name in basis if name in CONTROL_FLOW or known[name].num_qubits <= 2]
    manager = generate_preset_pass_manager(optimization_level=0, basis_gates=basis)
    manager.scheduling = None  # nothing is scheduled: it would only refuse delays in both ns and dt
    return manager


def _outcomes(circuit: QuantumCircuit, options: Mapping[str, Any], limits: RunLimits) -> dict[str, int]:
    """Return how often each outcome was seen; outcomes are hexadecimal numbers."""
    found = results_of([circuit], options, limits)[0]
    # where a condition that cannot hold was the only one to measure, nothing is measured
    counts: dict[str, int] = getattr(found, "counts", {"0x0": options["shots"]})
    return counts


def results_of(
    circuits: Sequence[QuantumCircuit], options: Mapping[str, Any], limits: RunLimits
) -> list[ExperimentResultData]:
    """Run transpiled circuits and return their results; with ``parameter_binds``, one for each binding.

    Raises:
        LimitExceededError: the run needs too much memory.
        AppError: the simulator failed for another reason.
    """
    if options.get("noise_model") is not None:
        circuits = [with_all_bits(circuit) for circuit in circuits]
    try:
        result = simulator().run(list(circuits), max_memory_mb=limits.max_memory_mb, **options).result()
    except MemoryError as error:
        raise _out_of_memory(limits) from error
    except AerError as error:
        raise AppError("the simulator could not take the circuit") from error
    if not result.success:
        status = " ".join([str(result.status), *(str(one.status) for one in result.results)])
        if "memory" in status.lower() or "bad_alloc" in status:
            raise _out_of_memory(limits)
        raise AppError("the simulation failed")
    return [one.data for one in result.results]


def _out_of_memory(limits: RunLimits) -> LimitExceededError:
    return LimitExceededError(
        f"the simulation needs more memory than the limit max_memory_mb, {limits.max_memory_mb}",
        "max_memory_mb",
    )


def _shown_bits(circuit: QuantumCircuit) -> list[Clbit]:
    """The classical bits that counts show."""
    hidden = {bit for register in circuit.cregs if register.name == HIDDEN for bit in register}
    return [bit for bit in circuit.clbits if bit not in hidden] if hidden else circuit.clbits


def _register_sizes(circuit: QuantumCircuit, shown: list[Clbit]) -> list[int]:
    """The sizes of the parts of a key, first bits first; a bit of several registers belongs to the first."""
    owners: dict[Clbit, object] = {}
    for register in circuit.cregs:
        for bit in register:
            owners.setdefault(bit, register.name)
    if not any(bit in owners for bit in shown):
        return [len(shown)]
    parts = groupby(shown, key=lambda bit: owners.get(bit, bit))
    return [len(list(bits)) for _, bits in parts]


def _spaced(bits: str, sizes: list[int]) -> str:
    """A key with a space between registers; ``sizes`` begins with the register of the last character."""
    parts, end = [], len(bits)
    for size in sizes:
        parts.append(bits[end - size : end])
        end -= size
    return " ".join(reversed(parts))
