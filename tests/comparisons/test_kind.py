"""The worker's side of a comparison, with a simulator that answers at once."""

from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from app.circuits.result import RunResult
from app.circuits.spec import DeviceNoise, ExecutionSpec, NoiseSpec, Phase, RunLimits
from app.comparisons.kind import CompareKind
from app.database import Database
from app.errors import LimitExceededError
from app.executions.kind import RunBounds
from app.jobs.claiming import ClaimedJob
from app.jobs.running import CancelReason, RunningJob
from app.simulators.errors import ProcessLostError

SPEC = ExecutionSpec("bell", shots=10, seed=3, noise=NoiseSpec())
AWAY = Database("postgresql+psycopg://127.0.0.1:1/none")
"""Nothing listens on port 1."""


@dataclass
class Simulator:
    """Notes what it is asked; ``on_run`` may do what a test needs."""

    asked: list[tuple[ExecutionSpec, float | None, float]] = field(default_factory=list)
    on_run: Any = None

    phase = Phase.PARSING

    def call(
        self,
        function: Any,
        spec: ExecutionSpec,
        limits: RunLimits,
        cost_ceiling: float | None,
        timeout_seconds: float,
        on_stop: Any,
    ) -> RunResult:
        """Answer with the name of the circuit."""
        self.asked.append((spec, cost_ceiling, timeout_seconds))
        stops: list[str] = []
        on_stop(lambda: stops.append("stopped"))
        if stops:
            raise CancelledError
        self.phase = Phase.SIMULATING
        if self.on_run is not None:
            self.on_run()
        return {"circuit_name": spec.circuit_name}  # type: ignore[typeddict-item]


class Pool:
    """Has one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    @contextmanager
    def acquire(self) -> Iterator[Simulator]:
        """The simulator."""
        yield self._simulator


def claimed(queue: str = "interactive") -> ClaimedJob:
    """A comparison in a slot."""
    return ClaimedJob(uuid4(), "compare", queue, msgspec.to_builtins(SPEC), [], None, 1, 3, uuid4())


def kind(simulator: Simulator) -> CompareKind:
    """The kind under test."""
    bounds = RunBounds(cost_ceiling=7.0, interactive_seconds=60.0, seconds=60.0, limits=RunLimits())
    return CompareKind(Pool(simulator), None, bounds, AWAY)  # type: ignore[arg-type]


def test_the_clean_run_comes_first_and_both_have_one_seed() -> None:
    simulator, job = Simulator(), claimed()
    results = kind(simulator).run(job, RunningJob(job))
    assert [each["circuit_name"] for each in results] == ["bell", "bell_noisy_depolarizing_medium"]
    (clean, ceiling, first_timeout), (noisy, _, second_timeout) = simulator.asked
    assert (clean.seed, noisy.seed, ceiling) == (3, 3, 7.0)
    assert second_timeout <= first_timeout <= 60.0


def test_on_the_heavy_queue_there_is_no_ceiling() -> None:
    simulator, job = Simulator(), claimed("heavy")
    kind(simulator).run(job, RunningJob(job))
    assert [ceiling for _, ceiling, _ in simulator.asked] == [None, None]


def test_progress_never_goes_back() -> None:
    job = claimed()
    running = RunningJob(job)
    seen: list[float] = []
    simulator = Simulator(on_run=lambda: seen.append(running.read_progress()))
    kind(simulator).run(job, running)
    assert seen == pytest.approx([1 / 6, 4 / 6])


def test_a_stop_between_the_runs_stops_the_second() -> None:
    job = claimed()
    running = RunningJob(job)

    simulator = Simulator(on_run=lambda: running.stop(CancelReason.ASKED))
    with pytest.raises(CancelledError):
        kind(simulator).run(job, running)
    assert len(simulator.asked) == 2


def test_out_of_time_names_the_time_of_both_runs() -> None:
    def run_out_of_time() -> None:
        raise LimitExceededError(
            "The simulation did not end within 1 s (max_job_seconds).", "max_job_seconds"
        )

    job = claimed()
    with pytest.raises(LimitExceededError, match=r"two simulations did not end within 60 s"):
        kind(Simulator(on_run=run_out_of_time)).run(job, RunningJob(job))


def test_other_limits_are_passed_on_as_they_are() -> None:
    def need_too_much() -> None:
        raise LimitExceededError("too much memory", "max_memory_mb")

    job = claimed()
    with pytest.raises(LimitExceededError, match="too much memory"):
        kind(Simulator(on_run=need_too_much)).run(job, RunningJob(job))


def test_a_job_whose_calibration_cannot_be_read_now_is_tried_again() -> None:
    device = NoiseSpec("device", "device", device=DeviceNoise("own", calibration="unknown"))
    spec = msgspec.structs.replace(SPEC, noise=device)
    job = replace(claimed(), spec=msgspec.to_builtins(spec))
    with pytest.raises(ProcessLostError):
        kind(Simulator()).run(job, RunningJob(job))
