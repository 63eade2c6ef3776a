"""Runs sweeps in the process of the tests, part by part, as workers do."""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.circuits.spec import ExecutionSpec, RunLimits
from app.circuits.sweeps import run
from app.circuits.sweeps.problem import Observable, Plan, Problem

HEAD = 'OPENQASM 3.0; include "stdgates.inc";\n'
CHAIN = HEAD + (
    "input float[64] a; input float[64] b; qubit[3] q; bit[3] c; ry(a) q[0]; cx q[0], q[1]; rx(b) q[1]; "
    "cx q[1], q[2]; rz(a) q[2]; ry(b) q[2]; c = measure q;"
)
FEEDBACK = HEAD + (
    "input float a; qubit[2] q; bit c; bit[2] d; ry(a) q[0]; c = measure q[0]; if (c) { x q[1]; } "
    "d = measure q;"
)
"""The second qubit is 1 with the probability sin(a/2)**2, and so is the first."""


def problem(
    program: str, inputs: Sequence[str], observables: Sequence[Observable] = (), **options: Any
) -> Problem:
    """Return a problem; ``options`` are those of the run."""
    spec = ExecutionSpec("custom", **{"shots": 1000, "seed": 7, "program": program, **options})
    return Problem(spec, tuple(inputs), tuple(observables))


def plan(asked: Problem, numbers: NDArray[np.float64]) -> Plan:
    """Plan a sweep of these bindings, of shape (bindings, inputs)."""
    first = numbers[:1].astype("<f8").tobytes()
    return run.plan(asked, len(numbers), first, RunLimits(), None, lambda _phase: None)


def part(asked: Problem, planned: Plan, index: int, numbers: NDArray[np.float64]) -> list[Any]:
    """Run one part and return its lines."""
    share = planned.part(index)
    packed = numbers[share.first : share.first + share.count].astype("<f8").tobytes()
    lines = run.run_part(asked, share, packed, RunLimits(), lambda _phase: None)
    return [msgspec.json.decode(line) for line in zlib.decompress(lines).splitlines()]


def results(asked: Problem, numbers: NDArray[np.float64]) -> list[Any]:
    """Run a sweep whose bindings are not cut; return the result of each."""
    planned = plan(asked, numbers)
    assert planned.pieces == 1
    return [line for index in range(planned.shards) for line in part(asked, planned, index, numbers)]


def estimates(asked: Problem, numbers: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the values and the standard errors of a sweep, each of shape (bindings, observables)."""
    both = np.array(results(asked, numbers))
    return both[:, 0], both[:, 1]
