"""Measures the precision of tunneling on scikit-learn's digits, beside other methods.

For each query the pool is its nearest digits by cosine; precision is the share of the query's own digit among
the first of the ranked pool. Heat diffusion and personalised PageRank run on the walk's own graph from the
walk's own start, so that what differs is the dynamics alone. The constants of all three were chosen on the
queries that stand before ``FIRST_QUERY`` in the shuffled set; those after it are measured.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import report
from benchmarks.options import Options
from benchmarks.report import Goal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FIRST_QUERY, QUERIES = 150, 500
POOLS = ((256, 100), (64, 25))
"""The size of a pool and how many of it are looked at."""
GOAL_POOL = 256
GOAL_GAIN_POINTS = 8.0
HEAT_TIME = 8.0
DAMPING = 0.85


class Pool(NamedTuple):
    """A query, its nearest others (all of length 1), their cosines, and which of them show its digit."""

    query: "Array"
    candidates: "Array"
    cosines: "Array"
    is_right: "NDArray[np.bool_]"


Ranking = Callable[[Pool], "Array"]
"""The values that rank a pool, the best first."""


def run(_options: Options) -> None:
    """Rank every query's pool by each means."""
    for size, looked_at in POOLS:
        report.section(f"digits: the nearest {looked_at} from a pool of {size}, {QUERIES} queries")
        pools = _pools(size)
        classical = _precision(pools, lambda pool: pool.cosines, looked_at)
        tunneling = _precision(pools, _walk, looked_at)
        report.figure("precision: classical order (cosine)", classical, "%")
        report.figure("precision: tunneling (quantum walk)", tunneling, "%")
        gain = tunneling - classical
        goal = Goal.at_least(gain, GOAL_GAIN_POINTS, "points") if size == GOAL_POOL else None
        report.figure("tunneling − classical", gain, "points", goal)
        heat = _precision(pools, _heat, looked_at)
        report.figure(f"precision: heat diffusion, time {HEAT_TIME:g}", heat, "%")
        pagerank = _precision(pools, _pagerank, looked_at)
        report.figure(f"precision: personalised PageRank, damping {DAMPING:g}", pagerank, "%")


def _pools(size: int) -> list[Pool]:
    import numpy as np  # loaded only by this benchmark, as is scikit-learn
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]  # it ships no types

    pixels, labels = load_digits(return_X_y=True)
    vectors = pixels / np.linalg.norm(pixels, axis=1, keepdims=True)
    shuffled = np.random.default_rng(0).permutation(len(vectors))
    pools = []
    for query in shuffled[FIRST_QUERY : FIRST_QUERY + QUERIES]:
        cosines = vectors @ vectors[query]
        cosines[query] = -np.inf
        nearest = np.argsort(-cosines, kind="stable")[:size]
        is_right = labels[nearest] == labels[query]
        pools.append(Pool(vectors[query], vectors[nearest], cosines[nearest], is_right))
    return pools


def _precision(pools: list[Pool], ranking: Ranking, looked_at: int) -> float:
    """Percent."""
    import numpy as np

    first = [np.argsort(-ranking(pool), kind="stable")[:looked_at] for pool in pools]
    right = [pool.is_right[order] for pool, order in zip(pools, first, strict=True)]
    return 100 * float(np.mean(right))


def _walk(pool: Pool) -> "Array":
    """Score the pool as a query with tunneling does, from the interference circuit's scores."""
    import numpy as np

    from app.search.quantum.problem import ScoringProblem
    from app.search.quantum.scoring import score

    problem = ScoringProblem(
        dimension=len(pool.query),
        query=pool.query.astype(">f4").tobytes(),
        candidates=pool.candidates.astype(">f4").tobytes(),
        tunneling=True,
    )
    (result,) = score([problem])
    return np.array(result.walk)


def _heat(pool: Pool) -> "Array":
    """exp(−Lt) applied to the start."""
    import numpy as np

    from app.search.quantum.walk import laplacian, neighbour_graph, start_state

    rates, modes = np.linalg.eigh(laplacian(neighbour_graph(pool.candidates)))
    heat: Array = modes @ (np.exp(-HEAT_TIME * rates) * (modes.T @ start_state(pool.cosines)))
    return heat


def _pagerank(pool: Pool) -> "Array":
    """A random walk that begins again in the start."""
    import numpy as np

    from app.search.quantum.walk import neighbour_graph, start_state

    graph = neighbour_graph(pool.candidates)
    steps = graph / graph.sum(axis=0)
    return np.linalg.solve(np.eye(len(steps)) - DAMPING * steps, start_state(pool.cosines))
