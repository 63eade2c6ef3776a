"""The limits of the states of executions, by the names that ``GET /api/limits`` publishes."""

from app.circuits.states.questions import AboutDiagram, Asked
from app.errors import LimitExceededError

ON_THE_RUN = ("path", "execution_id")
"""The location in errors about the execution."""

MAX_STATE_QUBITS = 16
"""The most qubits of a state: a state vector takes 1 MB, and a step some milliseconds."""

MAX_FIDELITY_QUBITS = 10
"""The most qubits of an exact fidelity: a density matrix takes 16 MB. Above, the fidelity is estimated."""

MAX_STATE_BRANCHES = 16
"""How many outcomes of measurements are followed; the most probable ones, if there are more."""

MAX_STATE_AMPLITUDES = 1 << 26
"""The most amplitudes, steps × 2^qubits: some seconds of work."""

MAX_FIDELITY_ENTRIES = 1 << 30
"""The most entries of density matrices, steps × 4^qubits, for an exact fidelity: some 20 s of work."""

MAX_TOP_AMPLITUDES = 256
MAX_ASSERTIONS = 100

MAX_DIAGRAM_QUBITS = 64
MAX_DIAGRAM_STEPS = 1_000

LIMITS: dict[str, object] = {
    "max_state_qubits": MAX_STATE_QUBITS,
    "max_fidelity_qubits": MAX_FIDELITY_QUBITS,
    "max_state_branches": MAX_STATE_BRANCHES,
    "max_state_amplitudes": MAX_STATE_AMPLITUDES,
    "max_fidelity_entries": MAX_FIDELITY_ENTRIES,
    "max_top_amplitudes": MAX_TOP_AMPLITUDES,
    "max_assertions": MAX_ASSERTIONS,
    "max_diagram_qubits": MAX_DIAGRAM_QUBITS,
    "max_diagram_steps": MAX_DIAGRAM_STEPS,
}


def check_size(question: Asked, num_qubits: int, num_steps: int) -> None:
    """Refuse a question about a circuit that is too large for it.

    Raises:
        LimitExceededError: naming the limit.
    """
    if isinstance(question, AboutDiagram):
        _refuse_over("max_diagram_qubits", MAX_DIAGRAM_QUBITS, num_qubits, "{} qubits")
        _refuse_over("max_diagram_steps", MAX_DIAGRAM_STEPS, num_steps, "{} steps")
        if question.color == "none":
            return
    _refuse_over("max_state_qubits", MAX_STATE_QUBITS, num_qubits, "{} qubits")
    sentence = f"{num_steps} steps of {num_qubits} qubits have {{}} amplitudes"
    _refuse_over("max_state_amplitudes", MAX_STATE_AMPLITUDES, num_steps << num_qubits, sentence)
    if question.needs_noise and num_qubits <= MAX_FIDELITY_QUBITS:
        sentence = f"the density matrices of {num_steps} steps of {num_qubits} qubits have {{}} entries"
        _refuse_over("max_fidelity_entries", MAX_FIDELITY_ENTRIES, num_steps << 2 * num_qubits, sentence)


def _refuse_over(name: str, limit: int, number: int, sentence: str) -> None:
    if number > limit:
        message = f"{sentence.format(number)}; the limit {name} is {limit}"
        raise LimitExceededError(message, name, ON_THE_RUN)
