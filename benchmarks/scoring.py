"""Quantum scoring in a simulator process: the time of the circuits, and of the call of the process."""

import multiprocessing
import os
from functools import partial

import pebble

from app.search.quantum import process
from app.search.quantum.problem import ScoringProblem, ScoringResult
from benchmarks import report
from benchmarks.client import timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times

GOAL_MS = 20.0
"""Of 64 candidates of 768 dimensions."""
GOAL_WALK_MS = 60.0
SHOTS = 4_096
WARM_UP = 5


def run(options: Options) -> None:
    """Score pools one after the other in one process of one thread, as a worker has them scored."""
    report.section("scoring: one simulator process, warm, one thread")
    problems: list[tuple[str, ScoringProblem, float | None]] = [
        ("64 × 128", _problem(64, 128), None),
        ("64 × 768", _problem(64, 768), GOAL_MS),
        ("64 × 768 in a context", _problem(64, 768, weights=[0.5] * 64), GOAL_MS),
        (f"64 × 768, {SHOTS:,} shots", _problem(64, 768, shots=SHOTS), None),
        ("256 × 768", _problem(256, 768), None),
        ("64 × 128 and the walk", _problem(64, 128, tunneling=True), None),
        ("256 × 128 and the walk", _problem(256, 128, tunneling=True), GOAL_WALK_MS),
        ("64 × 128, explained", _problem(64, 128, explain=True), None),
    ]
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with pebble.ProcessPool(max_workers=1, context=multiprocessing.get_context("spawn")) as pool:
        for _, problem, _ in problems:
            for _ in range(WARM_UP):
                _score(pool, problem)
        wait_for_quiet()
        for name, problem, goal in problems:
            measured = [timed(partial(_score, pool, problem)) for _ in range(options.repeats)]
            inside = Times([result.time_ms for _, result in measured])
            report.times(name, inside, None if goal is None else Goal.at_most(inside.p50, goal, "ms"))
            report.times("  there and back", Times([milliseconds for milliseconds, _ in measured]))


def _problem(count: int, dimension: int, **options: object) -> ScoringProblem:
    import numpy as np  # loaded only by this benchmark

    vectors = np.random.default_rng(1).normal(size=(count + 1, dimension)).astype(">f4")
    return ScoringProblem(
        dimension=dimension,
        query=vectors[0].tobytes(),
        candidates=vectors[1:].tobytes(),
        **options,  # type: ignore[arg-type]
    )


def _score(pool: pebble.ProcessPool, problem: ScoringProblem) -> ScoringResult:
    results: list[ScoringResult] = pool.schedule(process.score, args=([problem],)).result()
    return results[0]
