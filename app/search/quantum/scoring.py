"""Scores pools of candidates by circuits: the interference circuit, and the walk where it is asked for."""

from collections.abc import Sequence
from time import perf_counter

from app.errors import InvalidInputError
from app.search.quantum.circuit_run import describe
from app.search.quantum.interference import overlaps, prepare
from app.search.quantum.problem import ScoringProblem, ScoringResult
from app.search.quantum.states import unit_vectors
from app.search.quantum.walk import walk


def score(problems: Sequence[ScoringProblem]) -> list[ScoringResult]:
    """Score each problem, in their order.

    Raises:
        InvalidInputError: a problem's parts do not fit together, or a vector is no quantum state.
    """
    return [_score(problem) for problem in problems]


def _score(problem: ScoringProblem) -> ScoringResult:
    started = perf_counter()
    query = unit_vectors(problem.query, problem.dimension)
    candidates = unit_vectors(problem.candidates, problem.dimension)
    _check(problem, len(query), len(candidates))
    found = overlaps(query, candidates, problem.weights, problem.shots, problem.seed)
    num_qubits, circuits, places = found.num_qubits, found.circuits, None
    if problem.tunneling:
        walked = walk(candidates, found.scores, problem.shots, problem.seed)
        num_qubits, circuits = max(num_qubits, walked.num_qubits), circuits + walked.circuits
        places = walked.probabilities.tolist()
    time_ms = round((perf_counter() - started) * 1_000, 4)
    explanation = None
    if problem.explain:
        first = next(prepare(query, candidates, problem.weights))
        explanation = describe(first, found.circuits, problem.shots, problem.seed)
    return ScoringResult(
        scores=found.scores.tolist(),
        walk=places,
        num_qubits=num_qubits,
        circuits=circuits,
        time_ms=time_ms,
        unseen=found.unseen,
        explanation=explanation,
    )


def _check(problem: ScoringProblem, queries: int, candidates: int) -> None:
    if queries != 1:
        raise InvalidInputError(f"one query vector of dimension {problem.dimension} is needed, got {queries}")
    if candidates == 0:
        raise InvalidInputError("there is no candidate to score")
    if problem.weights is None:
        return
    if len(problem.weights) != candidates:
        raise InvalidInputError(f"{len(problem.weights)} weights do not fit {candidates} candidates")
    if not all(0 <= weight <= 1 for weight in problem.weights):
        raise InvalidInputError("a context's weight must be between 0 and 1")
