"""Noisy runs next to clean ones, and the chosen simulation method next to the plain state vector."""

from functools import partial

from app.circuits.spec import ExecutionSpec, Method, NoiseSpec, RunLimits
from benchmarks import report
from benchmarks.client import timed
from benchmarks.machine import wait_for_quiet
from benchmarks.options import Options
from benchmarks.report import Goal, Times

GOAL_NOISY = 1.5
GOAL_METHOD = 5.0
SHOTS = 100_000
GATES, QUBITS = 20, 10
WARM_UP = 20


def run(options: Options) -> None:
    """Run circuits as a simulator process does, in this process."""
    report.section("noise: one simulator process, warm")
    clean = ExecutionSpec("bell", shots=1024, seed=1)
    noisy = {
        "depolarizing": ExecutionSpec("bell", shots=1024, seed=1, noise=NoiseSpec("depolarizing")),
        "thermal": ExecutionSpec("bell", shots=1024, seed=1, noise=NoiseSpec("thermal")),
    }
    for spec in (clean, *noisy.values()):
        for _ in range(WARM_UP):
            _run(spec)
    wait_for_quiet()
    clean_times: list[float] = []
    noisy_times: dict[str, list[float]] = {name: [] for name in noisy}
    for _ in range(options.repeats):
        clean_times.append(timed(partial(_run, clean))[0])
        for name, spec in noisy.items():
            noisy_times[name].append(timed(partial(_run, spec))[0])
    report.times("clean bell", Times(clean_times))
    for name, milliseconds in noisy_times.items():
        report.times(f"noisy bell, {name}", Times(milliseconds))
        report.ratio(
            f"noisy bell, {name} / clean", Times(milliseconds).p50, Times(clean_times).p50, GOAL_NOISY
        )
    _methods()


def _methods() -> None:
    wait_for_quiet()
    automatic, _ = timed(partial(_run, _ten_qubits("automatic")))
    plain, _ = timed(partial(_run, _ten_qubits("statevector")))
    name = f"{QUBITS} qubits, {GATES} gates, {SHOTS:,} noisy shots"
    report.figure(f"{name}: chosen method", automatic / 1000, "s")
    report.figure(f"{name}: state vector", plain / 1000, "s")
    times_faster = plain / automatic
    report.figure(
        "state vector / chosen method", times_faster, "×", Goal.at_least(times_faster, GOAL_METHOD, "×")
    )


def _ten_qubits(method: Method) -> ExecutionSpec:
    parameters = {"gate_count": GATES, "num_qubits": QUBITS}
    return ExecutionSpec("random", SHOTS, 1, parameters, noise=NoiseSpec("thermal"), method=method)


def _run(spec: ExecutionSpec) -> None:
    from app.circuits import runner  # qiskit is loaded only by this benchmark

    runner.run(spec, RunLimits(), None, lambda _phase: None)
