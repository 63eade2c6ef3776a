"""The inside of a simulator process: how it starts, and how it runs a circuit.

The worker imports this module too, to name the functions that are called. They load qiskit only where they
run.
"""

import logging
import os
import resource
import signal
import traceback
from collections.abc import Callable, Sequence
from ctypes import c_byte
from dataclasses import dataclass
from functools import wraps
from time import perf_counter
from typing import ParamSpec, TypeVar, cast

from app.circuits.result import OverCeiling, RunResult
from app.circuits.spec import ExecutionSpec, RunLimits
from app.errors import AppError
from app.sandbox import process as sandbox
from app.sandbox.libc import die_with_parent
from app.telemetry import logs

logger = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

TOGETHER_SECONDS = 0.25
"""After so long no further circuit of several is begun: who waits for one waits for the others too."""

_phase: c_byte | None = None


def initialize(
    phase: c_byte, memory_bytes: int, niceness: int, log_format: logs.LogFormat, log_level: str
) -> None:
    """Prepare a fresh process: logs, limits, signals, the sandbox, and a clean and a noisy run to warm it up.

    1. The sandbox comes before the first thread (those of OpenMP): threads inherit it, but do not get it
       later.
    2. With a GPU the sandbox does not restrict files, since the driver opens devices during a run.
    3. SIGTERM gets its default back, or each kill would wait 3 s for Python. SIGINT belongs to the worker.
    4. There is no RLIMIT_CPU: it would add up over the jobs of a warm process.
    """
    global _phase
    _phase = phase
    logs.configure(log_format, log_level)
    logging.getLogger("qiskit").setLevel(logging.WARNING)  # it logs each pass of the transpiler
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()  # the forkserver, which dies with its worker, even in the middle of a simulation
    os.nice(niceness)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    from app.circuits import runner  # qiskit stays out of the worker process

    sandbox.enter(files_stay_open=os.environ.get("AER_DEVICE", "CPU") != "CPU")
    runner.warm_up()


def do_nothing() -> None:
    """Return at once: the caller then knows that the process is warm."""


@dataclass(frozen=True)
class WarmUp:
    """The calls that warm a process up, in addition to the two circuits that each process runs first.

    Attributes:
        function, args: the first call of each process; by default a call that does nothing.
        modules: what the forkserver loads before it forks, beside the runner of circuits.
    """

    function: Callable[..., object] = do_nothing
    args: tuple[object, ...] = ()
    modules: tuple[str, ...] = ()


def carry_out(
    request_id: str | None,
    function: Callable[Arguments, Result],
    *args: Arguments.args,
    **named: Arguments.kwargs,
) -> Result:
    """Call a function in this process; its log lines carry the id of the request that asked for it."""
    with logs.bound_contextvars(request_id=request_id):
        started = perf_counter()
        result = function(*args, **named)
        logger.info("%s took %.1f ms", function.__name__, (perf_counter() - started) * 1_000)
        return result


def with_plain_errors(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a function that runs here raise only errors that the worker can unpickle.

    An ``AppError`` passes. Anything else becomes a RuntimeError with its trace: to unpickle an exception of
    Qiskit or Aer, the worker would have to import them.
    """

    @wraps(function)
    def guarded(*args: Arguments.args, **named: Arguments.kwargs) -> Result:
        try:
            return function(*args, **named)
        except AppError:
            raise
        except Exception as error:
            raise RuntimeError(traceback.format_exc()) from error

    return guarded


def enter_phase(phase: int) -> None:
    """Tell the worker which phase the called function is in (``Simulator.phase``)."""
    if _phase is not None:
        _phase.value = phase


@with_plain_errors
def run_circuit(
    spec: ExecutionSpec, limits: RunLimits, cost_ceiling: float | None
) -> RunResult | OverCeiling:
    """Run one circuit; see :func:`app.circuits.runner.run`.

    Raises:
        AppError: as ``run``.
        RuntimeError: with the trace, for anything else.
    """
    from app.circuits import runner  # qiskit stays out of the worker process

    return runner.run(spec, limits, cost_ceiling, enter_phase)


@with_plain_errors
def run_circuits(
    specs: Sequence[ExecutionSpec], limits: RunLimits, cost_ceiling: float
) -> list[RunResult | AppError | None]:
    """Run small circuits one after the other.

    Returns:
        For each its result, the error for which its spec is to blame, or ``None`` if it is to be run alone:
        it costs more than the ceiling, met a fault, or its turn would have come after ``TOGETHER_SECONDS``.
    """
    from app.circuits import runner  # qiskit stays out of the worker process

    ends_at = perf_counter() + TOGETHER_SECONDS
    results: list[RunResult | AppError | None] = []
    for spec in specs:
        result: RunResult | OverCeiling | AppError | None = None
        if perf_counter() < ends_at:
            try:
                result = runner.run(spec, limits, cost_ceiling, enter_phase)
            except AppError as error:
                result = error
            except Exception:
                logger.exception("A circuit is run again alone")
        is_over = isinstance(result, dict) and "over_ceiling" in result
        results.append(None if is_over else cast("RunResult | AppError | None", result))
    return results
