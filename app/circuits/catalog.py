"""The names, descriptions and parameters of the library's circuits, which ``library`` builds."""

from collections.abc import Mapping

import msgspec

from app.circuits.spec import RunLimits
from app.errors import InvalidInputError

MAX_CLIFFORD_QUBITS = RunLimits().max_qubits_stabilizer
MAX_CHAIN_QUBITS = RunLimits().max_qubits_matrix_product_state
"""The most qubits of library circuits whose bond dimension is or may be small."""
MAX_QFT_QUBITS = 26
"""The most qubits of ``qft``: 364 gates on a state vector of 1 GB take 3 minutes; 28 qubits over 10."""
MAX_STATE = 2**53 - 1
"""The largest integer that every JSON reader gives back exactly (RFC 7493, 2.2)."""
MAX_GATES = 9_971
"""The limit of 9,999 operations, less the measurements of 28 qubits."""
GATE_COUNT = "gate_count"


class Parameter(msgspec.Struct, frozen=True):
    """One integer parameter.

    With ``basis_state`` the value is the number of a basis state of ``num_qubits`` qubits: it must be below
    ``2**num_qubits`` and at most ``maximum``, and a larger default becomes the largest number.
    """

    name: str
    default: int
    minimum: int
    maximum: int
    description: str
    basis_state: bool = False


class LibraryCircuit(msgspec.Struct, frozen=True):
    """One circuit of the library; ``qubits`` is their number with the default parameters."""

    name: str
    description: str
    qubits: int
    parameters: tuple[Parameter, ...] = ()


def _num_qubits(default: int, minimum: int, maximum: int) -> Parameter:
    return Parameter("num_qubits", default, minimum, maximum, "Number of qubits.")


_CIRCUITS = (
    LibraryCircuit("bell", "The entangled pair (|00⟩ + |11⟩)/√2.", 2),
    LibraryCircuit(
        "ghz",
        "The Greenberger-Horne-Zeilinger state (|0…0⟩ + |1…1⟩)/√2.",
        3,
        (_num_qubits(3, 2, MAX_CLIFFORD_QUBITS),),
    ),
    LibraryCircuit(
        "random",
        "Gates drawn at random; the seed decides which.",
        2,
        (
            Parameter(GATE_COUNT, 5, 1, MAX_GATES, "Number of gates."),
            _num_qubits(2, 1, MAX_CHAIN_QUBITS),
        ),
    ),
    LibraryCircuit(
        "w", "The W state: exactly one of the qubits is 1.", 3, (_num_qubits(3, 2, MAX_CHAIN_QUBITS),)
    ),
    LibraryCircuit(
        "qft",
        "The quantum Fourier transform of a basis state.",
        3,
        (
            _num_qubits(3, 1, MAX_QFT_QUBITS),
            Parameter(
                "state", 5, 0, 2**MAX_QFT_QUBITS - 1, "The basis state that is transformed.", basis_state=True
            ),
        ),
    ),
    LibraryCircuit(
        "grover",
        "Grover's search for one marked basis state, with the best number of rounds.",
        3,
        (
            _num_qubits(3, 2, 6),
            Parameter("marked", 5, 0, 2**6 - 1, "The basis state that is searched.", basis_state=True),
        ),
    ),
    LibraryCircuit(
        "bernstein_vazirani",
        "Finds a secret bit string with one query; one more qubit serves the oracle.",
        4,
        (
            _num_qubits(3, 1, MAX_CLIFFORD_QUBITS - 1),
            Parameter("secret", 5, 0, MAX_STATE, "The secret.", basis_state=True),
        ),
    ),
    LibraryCircuit(
        "teleportation",
        "Teleports cos(π/6)|0⟩ + sin(π/6)|1⟩ with mid-circuit measurement and classical control.",
        3,
    ),
)

CATALOG: dict[str, LibraryCircuit] = {circuit.name: circuit for circuit in _CIRCUITS}


def resolve(name: str, given: Mapping[str, int], place: tuple[str | int, ...] = ("query",)) -> dict[str, int]:
    """Return the parameters of a library circuit with defaults filled in.

    ``gate_count`` is ignored where a circuit has none (the contract sends it to all of them).

    Args:
        place: where they stood in the request, for errors.

    Raises:
        InvalidInputError: unknown parameter, or a value out of its range.
    """
    circuit = CATALOG[name]
    known = {parameter.name for parameter in circuit.parameters}
    for key in given:
        if key not in known and key != GATE_COUNT:
            raise InvalidInputError(f"the circuit {name} has no parameter {key}", (*place, key))
    resolved: dict[str, int] = {}
    for parameter in circuit.parameters:  # num_qubits stands before what depends on it
        maximum = parameter.maximum
        if parameter.basis_state:
            maximum = min(maximum, 2 ** resolved["num_qubits"] - 1)
        value = given.get(parameter.name, min(parameter.default, maximum))
        if not parameter.minimum <= value <= maximum:
            raise InvalidInputError(
                f"{parameter.name} must be between {parameter.minimum} and {maximum}",
                (*place, parameter.name),
            )
        resolved[parameter.name] = value
    return resolved
