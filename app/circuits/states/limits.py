"""The limits of the states of executions, by the names that ``GET /api/limits`` publishes."""

MAX_STATE_QUBITS = 16
"""A state vector of 1 MB; a step takes some milliseconds."""

MAX_FIDELITY_QUBITS = 10
"""A density matrix of 16 MB; above it the fidelity is estimated."""

MAX_STATE_BRANCHES = 16
"""The outcomes of measurements whose states are followed; the most probable ones, if there are more."""

MAX_STATE_AMPLITUDES = 1 << 26
"""Steps × 2^qubits: some seconds of work."""

MAX_FIDELITY_ENTRIES = 1 << 30
"""Steps × 4^qubits, of an exact fidelity: some 20 s of work."""

MAX_TOP_AMPLITUDES = 256
MAX_ASSERTIONS = 100

LIMITS = {
    "max_state_qubits": MAX_STATE_QUBITS,
    "max_fidelity_qubits": MAX_FIDELITY_QUBITS,
    "max_state_branches": MAX_STATE_BRANCHES,
    "max_state_amplitudes": MAX_STATE_AMPLITUDES,
    "max_fidelity_entries": MAX_FIDELITY_ENTRIES,
    "max_top_amplitudes": MAX_TOP_AMPLITUDES,
    "max_assertions": MAX_ASSERTIONS,
}
