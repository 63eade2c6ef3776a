"""Pools of candidates for the tests of scoring, and what their scores must be."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.search.quantum.problem import ScoringProblem

Array = NDArray[np.float64]


def pool(count: int, dimension: int, seed: int = 0) -> tuple[Array, Array]:
    """Return a query and candidates, their numbers of both signs and of any length."""
    generator = np.random.default_rng(seed)
    vectors = generator.normal(scale=5.0, size=(count + 1, dimension))
    vectors *= generator.uniform(0.01, 100.0, size=(count + 1, 1))
    return vectors[0], vectors[1:]


def problem(
    query: Array, candidates: Array, weights: Sequence[float] | None = None, **options: object
) -> ScoringProblem:
    """Return the problem as the web sends it: big-endian float32."""
    return ScoringProblem(
        dimension=len(query),
        query=query.astype(">f4").tobytes(),
        candidates=candidates.astype(">f4").tobytes(),
        weights=None if weights is None else list(weights),
        **options,  # type: ignore[arg-type]
    )


def closed_form(query: Array, candidates: Array, weights: Sequence[float] | None = None) -> Array:
    """Return √w·cos(q, v) of the float32 numbers, in double precision."""
    q = query.astype(np.float32).astype(np.float64)
    v = candidates.astype(np.float32).astype(np.float64)
    cosines = v @ q / (np.linalg.norm(q) * np.linalg.norm(v, axis=1))
    return np.asarray(cosines if weights is None else np.sqrt(weights) * cosines)
