"""The problem and the result of a scoring circuit: plain structs that are sent between processes."""

import msgspec


class ScoringProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A pool of candidates to be scored against one query.

    Attributes:
        dimension: of the query and of each candidate.
        query: ``dimension`` big-endian float32 numbers, not normalised.
        candidates: those of the candidates, one after the other, in the order of the scores.
        weights: of each candidate, the weight w (0 to 1) of the asked context in its superposition; ``None``
            where no context was asked, as if each were 1.
        shots: how many shots estimate the scores, and each time of the walk; ``None`` for exact
            probabilities.
        seed: of the sampled outcomes, not negative.
        tunneling: whether a quantum walk on the pool's neighbour graph is run too.
        explain: whether the (first) interference circuit is described, and run once more with measurements.
    """

    dimension: int
    query: bytes
    candidates: bytes
    weights: list[float] | None = None
    shots: int | None = None
    seed: int = 0
    tunneling: bool = False
    explain: bool = False


class ScoringResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of the circuits.

    Attributes:
        scores: Re⟨q|ψ_i⟩ = √w_i·cos(q, v_i) of each candidate, exact or estimated from shots (0 for one that
            no shot found).
        walk: where the walk is found, a probability for each candidate (they sum to 1); ``None`` without
            tunneling.
        num_qubits: of the widest circuit.
        circuits: how many circuits were run; the explained one not counted again.
        time_ms: building and running them, in the simulator process; without the explanation.
        unseen: how many candidates no shot of the interference circuits found; 0 without shots.
        explanation: the circuit as an execution, where it was asked for.
    """

    scores: list[float]
    walk: list[float] | None
    num_qubits: int
    circuits: int
    time_ms: float
    unseen: int = 0
    explanation: "CircuitRun | None" = None


class CircuitRun(msgspec.Struct, frozen=True, kw_only=True):
    """A scoring circuit as a run that can be stored as an execution and looked at under ``/api/executions``.

    Times are milliseconds; ``events`` is the JSON array that ``app.circuits.events`` makes, ``program`` is
    OpenQASM with comments on its registers, ``depth`` that of the circuit with its measurements.
    """

    num_qubits: int
    num_clbits: int
    num_gates: int
    num_events: int
    depth: int
    language: str
    program: str
    shots: int
    seed: int
    method: str
    counts: dict[str, int]
    versions: dict[str, str]
    events: bytes
    simulation_time_ms: float
    transpile_time_ms: float
    event_extraction_time_ms: float
    in_memory_graph_time_ms: float
