"""The inside of a simulator process: how it starts, and the one function that it is asked to run.

This module may be imported by the worker (it names the functions to call); qiskit is loaded only where they
run, through :mod:`app.circuits.runner`.
"""

import ctypes
import logging
import os
import resource
import signal
import traceback
from collections.abc import Callable
from ctypes import c_byte
from dataclasses import dataclass
from functools import wraps
from time import perf_counter
from typing import ParamSpec, TypeVar

from app.errors import AppError
from app.sandbox import process as sandbox
from app.telemetry import logs

logger = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

PR_SET_PDEATHSIG = 1
"""linux/prctl.h: the signal that a process gets when its parent dies."""

_phase: c_byte | None = None


def initialize(
    phase: c_byte, memory_bytes: int, niceness: int, log_format: logs.LogFormat, log_level: str
) -> None:
    """Prepare a fresh process: logs, limits, signals, the sandbox, and a clean and a noisy run to warm it up.

    The sandbox comes before the first thread (those of OpenMP), since threads inherit it but do not get it
    later. A GPU's driver opens devices as it goes, so with one the sandbox leaves files as they are.

    SIGTERM goes back to its default, or each kill would wait 3 s for Python; SIGINT belongs to the worker.
    There is no RLIMIT_CPU: it would add up over the jobs of a warm process.
    """
    global _phase
    _phase = phase
    logs.configure(log_format, log_level)
    logging.getLogger("qiskit").setLevel(logging.WARNING)  # it logs each pass of the transpiler
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    os.nice(niceness)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    from app.circuits import runner  # qiskit stays out of the worker process

    sandbox.enter(files_stay_open=os.environ.get("AER_DEVICE", "CPU") != "CPU")
    runner.warm_up()


def answer() -> None:
    """Do nothing: whoever gets the answer knows that the process is warm."""


@dataclass(frozen=True)
class WarmUp:
    """What warms a process up beyond the two bells that each runs first.

    Attributes:
        function, args: the first call of each process; by default one that does nothing.
        modules: what the forkserver loads before it forks, beside the runner of circuits.
    """

    function: Callable[..., object] = answer
    args: tuple[object, ...] = ()
    modules: tuple[str, ...] = ()


def carry_out(
    request_id: str | None,
    function: Callable[Arguments, Answer],
    *args: Arguments.args,
    **named: Arguments.kwargs,
) -> Answer:
    """Call one of the functions that run here; what it logs names the request that asked for it."""
    with logs.bound_contextvars(request_id=request_id):
        started = perf_counter()
        result = function(*args, **named)
        logger.info("%s took %.1f ms", function.__name__, (perf_counter() - started) * 1_000)
        return result


def with_plain_errors(function: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Let a function that runs here raise only what the worker can read.

    An ``AppError`` passes; anything else becomes a RuntimeError with its trace: an exception of Qiskit's or
    Aer's own would make the worker import them.
    """

    @wraps(function)
    def guarded(*args: Arguments.args, **named: Arguments.kwargs) -> Answer:
        try:
            return function(*args, **named)
        except AppError:
            raise
        except Exception as error:
            raise RuntimeError(traceback.format_exc()) from error

    return guarded


def enter_phase(phase: int) -> None:
    """Tell the worker what the called function does now (``Simulator.phase``)."""
    if _phase is not None:
        _phase.value = phase


def _die_with_parent() -> None:
    """Die when the forkserver dies, which dies with its worker: also in the middle of a simulation."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
