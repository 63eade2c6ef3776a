"""Shared by the tests of circuits: limits, a function that runs a spec, a distance of distributions."""

from collections.abc import Callable

import pytest

from app.circuits import runner
from app.circuits.result import RunResult
from app.circuits.spec import ExecutionSpec, Phase, RunLimits

Run = Callable[..., RunResult]


@pytest.fixture(scope="session")
def limits() -> RunLimits:
    """The default limits; a parser that takes long on a busy machine must not end the tests."""
    return RunLimits(parse_seconds=120.0)


@pytest.fixture(scope="session")
def run(limits: RunLimits) -> Run:
    """Run a spec given by its fields, with shots and seed filled in."""

    def run_spec(**fields: object) -> RunResult:
        values = {"circuit": "program", "shots": 1024, "seed": 7, **fields}
        result = runner.run(ExecutionSpec(**values), limits, None, _ignore)  # type: ignore[arg-type]
        assert "over_ceiling" not in result
        return result

    return run_spec


def distance(counts: dict[str, int], ideal: dict[str, float]) -> float:
    """Return the total variation distance of counts from a distribution."""
    shots = sum(counts.values())
    return sum(abs(counts.get(key, 0) / shots - ideal.get(key, 0.0)) for key in counts | ideal) / 2


def _ignore(_phase: Phase) -> None:
    """Nobody asks how far a test's run has come."""
