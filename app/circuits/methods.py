"""The simulation method of a circuit and its cost, estimated from counts alone."""

import msgspec

from app.circuits.spec import MEBIBYTE, ExecutionSpec, Method, RunLimits, qubit_limit
from app.errors import InvalidInputError

BYTES_PER_AMPLITUDE = 16

# Fitted to measurements on one core: 12 qubits with 100,000 noisy shots took 86.6 s as a state vector and
# 5.8 s as a density matrix; a bell takes 70 us a shot. The unit is the update of one amplitude.
_SHOT_OVERHEAD = 16_384
"""The cost of a gate of one shot, whatever the size of the state."""
_DENSITY_MATRIX_FACTOR = 8
"""The cost of the noisy update of one entry of a density matrix."""

# In bytes:
_PASS_OVERHEAD_BYTES = 32_768
"""A gate of one pass costs 14 us however small its state: 69 s for 5e6 of them."""
_SAMPLE_BYTES = 128
"""Drawing one bit of one shot from a final state: 10 s for 2e7 of them on a busy core."""
_MPS_MODEL_QUBITS = 20
"""Bond dimensions cannot be foreseen: the state counts as a state vector of at most so many qubits."""


class CircuitShape(msgspec.Struct, frozen=True):
    """The properties that decide; ``is_sampled`` says that one pass gives the counts of all shots."""

    num_qubits: int
    num_operations: int
    is_clifford: bool
    is_sampled: bool


def choose_method(shape: CircuitShape, spec: ExecutionSpec, limits: RunLimits) -> Method:
    """Return the method of the spec; for ``automatic``, the cheapest one that is exact for the noise."""
    if spec.method != "automatic":
        return spec.method
    pauli_noise = spec.noise is None or not spec.noise.relaxes
    if spec.noise is not None and shape.is_sampled and _density_matrix_is_cheaper(shape, spec, limits):
        return "density_matrix"
    return "stabilizer" if shape.is_clifford and pauli_noise else "statevector"


def _density_matrix_is_cheaper(shape: CircuitShape, spec: ExecutionSpec, limits: RunLimits) -> bool:
    if shape.num_qubits > limits.max_qubits_density_matrix:
        return False
    if memory_bytes("density_matrix", shape.num_qubits) > limits.max_memory_mb * MEBIBYTE:
        return False
    once = _DENSITY_MATRIX_FACTOR * (1 << 2 * shape.num_qubits)
    return once <= spec.shots * (_SHOT_OVERHEAD + (1 << shape.num_qubits))


def memory_bytes(method: Method, num_qubits: int) -> int:
    """Return the size of the state that a method updates with each gate."""
    if method == "stabilizer":
        return num_qubits * num_qubits // 2 + num_qubits  # a tableau of 2n rows of 2n + 1 bits
    if method == "density_matrix":
        return BYTES_PER_AMPLITUDE * (1 << 2 * num_qubits)
    if method == "matrix_product_state":
        return BYTES_PER_AMPLITUDE * (1 << min(num_qubits, _MPS_MODEL_QUBITS))
    return BYTES_PER_AMPLITUDE * (1 << num_qubits)


def cost(method: Method, shape: CircuitShape, spec: ExecutionSpec) -> float:
    """Return the bytes that a run touches: state × operations × passes, and the cost of passes and samples.

    Under noise and with feedback each shot is a pass of its own. A density matrix needs one pass under noise,
    unless the circuit measures in the middle.
    """
    operations = max(shape.num_operations, 1)
    state_bytes = float(memory_bytes(method, shape.num_qubits))
    if shape.is_sampled and (spec.noise is None or method == "density_matrix"):
        return state_bytes * operations + _SAMPLE_BYTES * shape.num_qubits * spec.shots
    return (state_bytes + _PASS_OVERHEAD_BYTES) * operations * spec.shots


def check_fits(method: Method, shape: CircuitShape, spec: ExecutionSpec, limits: RunLimits) -> None:
    """Refuse a circuit that the method cannot run.

    Raises:
        InvalidInputError: the stabilizer method does not know a gate, or the noise.
        LimitExceededError: naming the qubit limit or ``max_memory_mb``.
    """
    if method == "stabilizer":
        location = ("body", "method")
        if not shape.is_clifford:
            raise InvalidInputError("the stabilizer method runs circuits of Clifford gates only", location)
        if spec.noise is not None and spec.noise.relaxes:
            raise InvalidInputError("the stabilizer method knows no thermal noise", location)
    limits.check(qubit_limit(method), shape.num_qubits, "the circuit has {} qubits")
    sentence = f"{shape.num_qubits} qubits by the {method} method need {{:.0f}} MB of memory"
    limits.check("max_memory_mb", memory_bytes(method, shape.num_qubits) / MEBIBYTE, sentence)
