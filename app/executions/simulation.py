"""Running one circuit in a simulator process, and what it means when that fails."""

import signal
from collections.abc import Callable

from app.circuits.result import OverCeiling, RunResult
from app.circuits.spec import ExecutionSpec, Phase, RunLimits
from app.errors import InvalidProgramError, LimitExceededError
from app.executions import process
from app.jobs.engine import TooCostlyError
from app.jobs.running import RunningJob
from app.simulators.errors import ProcessLostError
from app.simulators.pool import Simulator

PARSER_SIGNALS = frozenset({signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV})
"""By these a parser ends its own process: its stack is too deep, its memory used up, or it has a fault."""

STEPS_OF_A_RUN = 3
"""Parse, simulate, store: progress is the part of these that is done."""


def simulate(
    simulator: Simulator,
    spec: ExecutionSpec,
    limits: RunLimits,
    cost_ceiling: float | None,
    timeout_seconds: float,
    running: RunningJob,
) -> RunResult:
    """Run one circuit.

    Raises:
        AppError: the program is bad, or over a limit.
        TooCostlyError: the simulation costs more than ``cost_ceiling``, or took longer than
            ``timeout_seconds`` where there is a ceiling.
        ProcessLostError: the process died, and the program is not to blame.
        CancelledError: the run was stopped through ``running``.
    """

    def begin(stop: Callable[[], object]) -> None:
        running.read_progress = lambda: (simulator.phase == Phase.SIMULATING) / STEPS_OF_A_RUN
        running.on_stop(stop)

    try:
        result: RunResult | OverCeiling = simulator.call(
            process.simulate,
            spec,
            limits,
            cost_ceiling,
            timeout_seconds=timeout_seconds,
            on_stop=begin,
        )
    except TimeoutError as error:
        if simulator.phase == Phase.PARSING:
            raise _parsing_took_too_long(limits) from error
        if cost_ceiling is not None:
            raise TooCostlyError(f"over {timeout_seconds:g} s") from error
        raise LimitExceededError(
            f"The simulation did not end within {timeout_seconds:g} s (max_job_seconds).", "max_job_seconds"
        ) from error
    except ProcessLostError as error:
        if spec.program is not None and error.exit_code is not None and simulator.phase == Phase.PARSING:
            if error.exit_code == -signal.SIGALRM:
                raise _parsing_took_too_long(limits) from error
            if -error.exit_code in PARSER_SIGNALS:
                raise InvalidProgramError("The program cannot be parsed: it ends the parser.") from error
        raise
    if "over_ceiling" in result:
        raise TooCostlyError(result["over_ceiling"])
    return result


def _parsing_took_too_long(limits: RunLimits) -> InvalidProgramError:
    return InvalidProgramError(
        f"The program could not be parsed within {limits.parse_seconds:g} s (parse_seconds)."
    )
