"""The simulation method of a circuit and its cost, estimated from counts alone."""

import msgspec

from app.circuits.spec import MEBIBYTE, ExecutionSpec, Method, RunLimits, qubit_limit
from app.errors import WHOLE_BODY, InvalidInputError

BYTES_PER_AMPLITUDE = 16

# Fitted to measurements on one core: 12 qubits with 100,000 noisy shots took 86.6 s as a state vector and
# 5.8 s as a density matrix; the circuit bell takes 70 us a shot. The unit is the update of one amplitude.
_SHOT_OVERHEAD = 16_384
"""The cost of a gate of one shot, whatever the size of the state."""
_DENSITY_MATRIX_FACTOR = 8
"""The cost of the noisy update of one entry of a density matrix."""

# In bytes:
_PASS_OVERHEAD_BYTES = 32_768
"""The least cost of a gate in one pass: 14 us even for the smallest state (69 s for 5e6 gates)."""
_SAMPLE_BYTES = 128
"""The cost of drawing one bit of one shot from a final state: 10 s for 2e7 bits on a busy core."""
_STABILIZER_SAMPLE_BYTES = 0.3
"""Aer's sample of a stabilizer state, for each qubit to the power of 3: 0.17 ms for 100 qubits."""
_MPS_WORK_BYTES = 20
"""The cost of a unit of ``Bond.gate_work``: 3 s for 5e8 units at 40 qubits and a bond dimension of 256."""
_MPS_SAMPLE_BYTES = 48
"""The cost of drawing one shot from a matrix product state, for each entry: 4 ms for 1.2e5 entries."""
_MPS_QUBIT_BYTES = 2_048
"""The cost of drawing one shot from it, for each qubit: 0.5 ms for 256 qubits with few entries."""

LARGEST_AER_SAMPLE = 64
"""Up to so many qubits, Aer draws the shots of a stabilizer state; above, ``stabilizer_sampling`` does."""
MAX_INTERACTIVE_LOG2_BOND = 6
"""Runs with a bond dimension above 2 to this go to the heavy queue: 40 qubits take 2 s for one shot."""
_ASKED_LOG2_BOND = 10
"""The largest bond dimension (log2) in the cost of a run whose method the caller chose: estimates are upper
bounds, and the caller may know that the state is simpler. The memory of a process is the final limit."""


class Bond(msgspec.Struct, frozen=True):
    """Bounds of a matrix product state (``bonds.estimate``).

    Attributes:
        log2: the bond dimension is at most 2 to this, at every cut and time.
        gate_work: the sum of bond dimension**3 over the cuts that each gate crosses.
        entries: the sum of bond dimension**2 over all cuts, at the end.
    """

    log2: int
    gate_work: float
    entries: float


class CircuitShape(msgspec.Struct, frozen=True):
    """The properties of a circuit that decide its method; ``is_sampled``: one pass gives all shots.

    Attributes:
        num_qubits: the number of qubits on which an operation acts.
        bond: bounds of its matrix product state; ``None`` if they are not needed (``needs_bond``).
        others: the names of its gates that are no Clifford gates.
        repeats: whether it has loops that depend on measurements. Errors in these need Kraus operators.
    """

    num_qubits: int
    num_operations: int
    is_clifford: bool
    is_sampled: bool
    bond: Bond | None = None
    repeats: bool = False
    others: tuple[str, ...] = ()


class Choice(msgspec.Struct, frozen=True):
    """A simulation method, and the reason for it in one sentence."""

    method: Method
    reason: str


def needs_bond(shape: CircuitShape, spec: ExecutionSpec, limits: RunLimits) -> bool:
    """Return whether the choice of the method, or its cost, needs ``shape.bond``."""
    if shape.num_qubits > limits.max_qubits_matrix_product_state:
        return False
    if spec.method != "automatic":
        return spec.method == "matrix_product_state"
    return shape.num_qubits > limits.max_qubits_statevector and not _is_stabilizer(shape, spec)


def choose_method(shape: CircuitShape, spec: ExecutionSpec, limits: RunLimits) -> Choice:
    """Return the method of the spec; for ``automatic``, the cheapest one that is exact for the noise.

    Raises:
        LimitExceededError: no method runs the circuit.
    """
    count = f"{shape.num_qubits} qubit{'s' if shape.num_qubits > 1 else ''}"
    if spec.method != "automatic":
        return Choice(spec.method, "The request asked for this method.")
    if spec.noise is not None and shape.is_sampled and _density_matrix_is_cheaper(shape, spec, limits):
        sentence = f"One pass of a density matrix of {count} costs less than {spec.shots} noisy shots."
        return Choice("density_matrix", sentence)
    if _is_stabilizer(shape, spec):
        noise = " and the noise is of Pauli errors" if spec.noise is not None else ""
        return Choice("stabilizer", f"All gates are Clifford gates{noise}.")
    why = _why_no_stabilizer(shape, spec)
    if shape.num_qubits <= limits.max_qubits_statevector:
        return Choice("statevector", f"{why}, and a state vector holds {count}.")
    _check_bond(shape, why, limits)
    bond = _bond_of(shape)
    return Choice(
        "matrix_product_state",
        f"{why}, a state vector does not hold {count}, and the bond dimension is at most 2^{bond.log2}.",
    )


def _why_no_stabilizer(shape: CircuitShape, spec: ExecutionSpec) -> str:
    if spec.device is not None:
        return "The noise of a device relaxes qubits"
    if not shape.is_clifford:
        return "Some gates are not Clifford gates"
    if spec.noise is not None and spec.noise.relaxes:
        return "The noise relaxes qubits"
    return "Errors in a loop that depends on measurements are no Pauli errors"


def _is_stabilizer(shape: CircuitShape, spec: ExecutionSpec) -> bool:
    return shape.is_clifford and (spec.noise is None or not (spec.noise.relaxes or shape.repeats))


def _bond_of(shape: CircuitShape) -> Bond:
    if shape.bond is None:
        raise ValueError("the shape has no bond")
    return shape.bond


def _check_bond(shape: CircuitShape, why: str, limits: RunLimits) -> None:
    """Refuse a circuit whose matrix product state may be too large.

    Raises:
        LimitExceededError: the message has the number of qubits, the limits, and the bond dimension.
    """
    start = (
        f"no method runs this circuit: {why[0].lower()}{why[1:]}, so the stabilizer method cannot, and a "
        f"state vector holds {limits.max_qubits_statevector} qubits (max_qubits_statevector). It uses "
    )
    limits.check("max_qubits_matrix_product_state", shape.num_qubits, start + "{}")
    sentence = (
        f"{start}{shape.num_qubits}. Fewer qubits, gates between neighbours, fewer two-qubit gates, or "
        "Clifford gates only would help. As a matrix product state it may need a bond dimension of 2^{}"
    )
    limits.check("max_log2_bond_dimension", _bond_of(shape).log2, sentence)


def _density_matrix_is_cheaper(shape: CircuitShape, spec: ExecutionSpec, limits: RunLimits) -> bool:
    if shape.num_qubits > limits.max_qubits_density_matrix:
        return False
    if memory_bytes("density_matrix", shape, spec) > limits.max_memory_mb * MEBIBYTE:
        return False
    once = _DENSITY_MATRIX_FACTOR * (1 << 2 * shape.num_qubits)
    return once <= spec.shots * (_SHOT_OVERHEAD + (1 << shape.num_qubits))


def memory_bytes(method: Method, shape: CircuitShape, spec: ExecutionSpec) -> int:
    """Return the size of the state that a method updates with each gate.

    For a matrix product state, twice its size, since each shot is drawn from a copy; and the random numbers
    of all shots, which Aer draws first.
    """
    count = shape.num_qubits
    if method == "stabilizer":
        return count * count // 2 + count  # a tableau of 2n rows of 2n + 1 bits
    if method == "density_matrix":
        return BYTES_PER_AMPLITUDE * (1 << 2 * count)
    if method == "matrix_product_state":
        entries = min(_bond_of(shape).entries, count * 4.0**_ASKED_LOG2_BOND)
        numbers = 8 * count * spec.shots if shape.is_sampled and spec.noise is None else 0
        return int(2 * 2 * BYTES_PER_AMPLITUDE * entries) + numbers
    return BYTES_PER_AMPLITUDE * (1 << count)


def is_heavy(method: Method, shape: CircuitShape, work: float, cost_ceiling: float) -> bool:
    """Return whether a run is for the heavy queue: by its cost, or by its bond dimension."""
    is_large = method == "matrix_product_state" and _bond_of(shape).log2 > MAX_INTERACTIVE_LOG2_BOND
    return is_large or work > cost_ceiling


def cost(method: Method, shape: CircuitShape, spec: ExecutionSpec) -> float:
    """Return the bytes that a run touches: state × operations × passes, and the cost of passes and samples.

    Under noise and with feedback each shot is a pass of its own. A density matrix needs one pass under noise,
    unless the circuit measures in the middle.
    """
    operations = max(shape.num_operations, 1)
    if method == "matrix_product_state":
        pass_bytes = _MPS_WORK_BYTES * _bond_of(shape).gate_work
    else:
        pass_bytes = float(memory_bytes(method, shape, spec)) * operations
    if shape.is_sampled and (spec.noise is None or method == "density_matrix"):
        return pass_bytes + spec.shots * _sample_bytes(method, shape)
    return (pass_bytes + _PASS_OVERHEAD_BYTES * operations) * spec.shots


def _sample_bytes(method: Method, shape: CircuitShape) -> float:
    """Return the cost of drawing one shot from the final state."""
    count = shape.num_qubits
    if method == "matrix_product_state":
        return _MPS_SAMPLE_BYTES * _bond_of(shape).entries + _MPS_QUBIT_BYTES * count
    if method == "stabilizer" and count <= LARGEST_AER_SAMPLE:
        return _SAMPLE_BYTES * count + _STABILIZER_SAMPLE_BYTES * count**3
    return _SAMPLE_BYTES * count


def check_fits(method: Method, shape: CircuitShape, spec: ExecutionSpec, limits: RunLimits) -> None:
    """Refuse a circuit that the method cannot run.

    Raises:
        InvalidInputError: the stabilizer method does not know a gate, or the noise.
        LimitExceededError: naming the qubit limit or ``max_memory_mb``.
    """
    if method == "stabilizer":
        # that of a library circuit may stand in the query
        location = WHOLE_BODY if spec.program is None else ("body", "method")
        if not shape.is_clifford:
            message = f"the stabilizer method runs Clifford gates only, and not {', '.join(shape.others)}"
            raise InvalidInputError(message, location)
        if spec.noise is not None and spec.noise.relaxes:
            raise InvalidInputError("the stabilizer method cannot simulate thermal noise", location)
        if spec.noise is not None and shape.repeats:
            raise InvalidInputError("the stabilizer method cannot simulate noise in 'while' loops", location)
    limits.check(qubit_limit(method), shape.num_qubits, "the circuit uses {} qubits")
    sentence = f"{shape.num_qubits} qubits by the {method} method need {{:.0f}} MB of memory"
    limits.check("max_memory_mb", memory_bytes(method, shape, spec) / MEBIBYTE, sentence)
