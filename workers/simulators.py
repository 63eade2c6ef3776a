"""The simulator processes of one worker: warm, limited, killable, one per slot."""

import logging
import multiprocessing
import os
import signal
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from concurrent.futures import TimeoutError as DeadlineError
from contextlib import contextmanager
from threading import Semaphore, Thread
from typing import Any

import pebble
from pebble import ProcessExpired

from app.circuits import simulator_process
from app.circuits.result import OverCeiling, RunResult
from app.circuits.spec import ExecutionSpec, Phase, RunLimits
from app.entanglement import process as entangling_process
from app.entanglement.problem import EntanglingAnswer, EntanglingProblem
from app.errors import InvalidProgramError, LimitExceededError
from app.jobs.engine import ProcessLostError, TooCostlyError
from app.jobs.running import RunningJob
from app.observability import logs
from app.observability.logs import current_request_id
from app.observability.metrics import SIMULATORS_KILLED, SIMULATORS_REPLACED
from app.sandbox import process as sandbox
from app.search.desk import OnStop
from app.search.quantum import process as scoring_process
from app.search.quantum.problem import ScoringAnswer, ScoringProblem
from app.settings import SettingsError

logger = logging.getLogger(__name__)

STEPS_OF_A_RUN = 3
"""Parse, simulate, store: progress is the part of these that is done."""

START_SECONDS = 60.0
"""How long a process may take to import Qiskit and to warm up: 2 s here, more on a cold or a busy machine."""

SCORING_TAKE_SECONDS = 10.0
"""How long a process may take to begin to score: it is warm, or its successor is being started (2 s); a query
waits behind it."""

ONE = struct.pack("!f", 1.0)
WARM_UP = ScoringProblem(dimension=1, query=ONE, candidates=ONE + ONE, tunneling=True)
"""What loads all that scoring needs into a process."""

CONTEXT = multiprocessing.get_context("forkserver")
# The forkserver, and with it each simulator process, begins with an environment that holds no secret. What is
# set here is the interpreter of all children that multiprocessing executes.
os.environ["SANDBOX_PYTHON"] = sys.executable
CONTEXT.set_executable(str(sandbox.PYTHON))


class Simulator:
    """One warm process that runs one circuit at a time.

    It has a pebble pool of its own: in a shared pool, a process that is killed between two jobs or while
    it writes takes its neighbours with it.
    """

    def __init__(self, limits: RunLimits, memory_bytes: int, jobs_per_process: int, niceness: int) -> None:
        self._limits = limits
        self._jobs_per_process = jobs_per_process
        self._phase = CONTEXT.RawValue("b", 0)
        log_format, log_level = logs.format_of(os.environ), os.environ.get("LOG_LEVEL", "INFO")
        self._initargs = (self._phase, memory_bytes, niceness, log_format, log_level)
        self._pool = self._new_pool()

    def run(
        self, spec: ExecutionSpec, cost_ceiling: float | None, timeout_seconds: float, running: RunningJob
    ) -> RunResult:
        """Run one circuit.

        Raises:
            AppError: the program is bad, or over a limit.
            TooCostlyError: the simulation costs more than ``cost_ceiling``, or took longer than
                ``timeout_seconds`` where there is a ceiling.
            ProcessLostError: the process died, and the program is not to blame.
            CancelledError: the run was stopped through ``running``.
        """
        self._phase.value = 0
        running.read_progress = self._progress
        future = self._schedule(timeout_seconds, simulator_process.simulate, spec, self._limits, cost_ceiling)
        running.on_stop(future.cancel)
        try:
            result: RunResult | OverCeiling = self._result_of(future, timeout_seconds)
        except DeadlineError as error:
            raise self._out_of_time(timeout_seconds, cost_ceiling) from error
        except ProcessExpired as error:
            raise self._process_died(spec, error) from error
        if "over_ceiling" in result:
            raise TooCostlyError(result["over_ceiling"])
        return result

    def score(
        self, problems: list[ScoringProblem], timeout_seconds: float, on_stop: OnStop
    ) -> list[ScoringAnswer]:
        """Score pools of candidates; ``on_stop`` is told how to stop it.

        Raises:
            AppError: a pool cannot be scored.
            TimeoutError: it took longer than ``timeout_seconds``; the process was killed.
            ProcessLostError: the process died.
            CancelledError: it was stopped.
        """
        future = self._schedule(timeout_seconds, scoring_process.score, problems)
        on_stop(future.cancel)
        try:
            answers: list[ScoringAnswer] = self._result_of(future, timeout_seconds, SCORING_TAKE_SECONDS)
        except ProcessExpired as error:
            raise ProcessLostError(f"exit code {error.exitcode}") from error
        return answers

    def entangle(self, problem: EntanglingProblem, timeout_seconds: float) -> EntanglingAnswer:
        """Run the circuit of a group.

        Raises:
            AppError: the simulator failed.
            TimeoutError: it took longer than ``timeout_seconds``; the process was killed.
            ProcessLostError: the process died.
        """
        future = self._schedule(timeout_seconds, entangling_process.entangle, problem)
        try:
            answer: EntanglingAnswer = self._result_of(future, timeout_seconds)
        except ProcessExpired as error:
            raise ProcessLostError(f"exit code {error.exitcode}") from error
        return answer

    def start(self, scores: bool = False) -> "Future[Any]":
        """Start the process, for scoring if it ``scores``; the future is done when it is warm."""
        if scores:
            return self._pool.schedule(scoring_process.score, args=([WARM_UP],))
        return self._pool.schedule(simulator_process.answer)

    def stop(self) -> None:
        """End the process."""
        _end(self._pool)

    def _schedule(self, timeout_seconds: float, function: Callable[..., Any], *args: object) -> "Future[Any]":
        if not self._pool.active:
            self._replace_pool()
        task = (current_request_id(), function, *args)
        return self._pool.schedule(simulator_process.carry_out, args=task, timeout=timeout_seconds)

    def _result_of(
        self, future: "Future[Any]", timeout_seconds: float, take_seconds: float = START_SECONDS
    ) -> Any:
        try:
            # pebble's own timeout starts when the process takes the job: one that hangs before never would
            return future.result(timeout_seconds + take_seconds)
        except DeadlineError as error:
            if future.done():
                SIMULATORS_KILLED.labels("deadline").inc()
                raise
            self._replace_pool()
            raise ProcessLostError("it does not answer") from error
        except CancelledError:
            SIMULATORS_KILLED.labels("cancelled").inc()
            raise
        except ProcessExpired:
            SIMULATORS_KILLED.labels("died").inc()
            raise
        except BrokenExecutor as error:
            self._replace_pool()
            raise ProcessLostError(str(error)) from error

    def _new_pool(self) -> "pebble.ProcessPool":
        return pebble.ProcessPool(
            max_workers=1,
            max_tasks=self._jobs_per_process,
            initializer=simulator_process.initialize,
            initargs=self._initargs,
            context=CONTEXT,
        )

    def _replace_pool(self) -> None:
        logger.warning("A simulator process was lost outside a job; it is replaced")
        SIMULATORS_REPLACED.inc()
        # nobody waits for the end: a pool whose process died while it wrote cannot be joined
        Thread(target=_end, args=(self._pool,), name="end-simulator", daemon=True).start()
        self._pool = self._new_pool()

    def _progress(self) -> float:
        done = 1 if self._phase.value == Phase.SIMULATING else 0
        return done / STEPS_OF_A_RUN

    def _was_parsing(self) -> bool:
        return bool(self._phase.value == Phase.PARSING)

    def _out_of_time(self, seconds: float, cost_ceiling: float | None) -> Exception:
        if self._was_parsing():
            return self._parsing_took_too_long()
        if cost_ceiling is not None:
            return TooCostlyError(f"over {seconds:g} s")
        return LimitExceededError(
            f"The simulation did not end within {seconds:g} s (max_job_seconds).", "max_job_seconds"
        )

    def _parsing_took_too_long(self) -> InvalidProgramError:
        return InvalidProgramError(
            f"The program could not be parsed within {self._limits.parse_seconds:g} s (parse_seconds)."
        )

    def _process_died(self, spec: ExecutionSpec, error: ProcessExpired) -> Exception:
        if spec.program is None or not self._was_parsing():
            return ProcessLostError(f"exit code {error.exitcode}")
        if error.exitcode == -signal.SIGALRM:
            return self._parsing_took_too_long()
        return InvalidProgramError("The program cannot be parsed: it ends the parser.")


class SimulatorBench:
    """The simulators of one worker process, lent to its slots; the warmest is lent first.

    Args:
        jobs_per_process: after which a process is replaced; 0 for never.
        scores: whether they are mostly to score candidates, and are warmed up for that.
    """

    def __init__(
        self,
        size: int,
        limits: RunLimits,
        memory_bytes: int,
        jobs_per_process: int,
        niceness: int = 0,
        scores: bool = False,
    ) -> None:
        _start_children_without_our_main_module()
        preloaded = [simulator_process.__name__, "app.circuits.runner"]
        CONTEXT.set_forkserver_preload([*preloaded, *(["app.search.quantum.scoring"] if scores else [])])
        self._scores = scores
        self._simulators = [Simulator(limits, memory_bytes, jobs_per_process, niceness) for _ in range(size)]
        self._idle = deque(self._simulators)
        self._idle_count = Semaphore(size)

    def start(self) -> None:
        """Start all processes and wait until they are warm.

        Raises:
            SettingsError: they do not start. A worker without simulators would fail every job that it gets.
        """
        sandbox.warn_of_what_is_missing()
        for started in [simulator.start(self._scores) for simulator in self._simulators]:
            try:
                started.result(START_SECONDS)
            except (BrokenExecutor, ProcessExpired, DeadlineError) as error:
                raise SettingsError(
                    f"The simulator processes do not start ({error or 'no answer'}); the lines above say "
                    "why. A SIMULATOR_MEMORY_BYTES that is too small is one reason."
                ) from error

    @contextmanager
    def lend(self) -> Iterator[Simulator]:
        """One simulator, for a block; one that failed may be starting anew, and is lent last."""
        self._idle_count.acquire()
        simulator = self._idle.pop()
        try:
            yield simulator
        except BaseException:
            self._idle.appendleft(simulator)
            raise
        else:
            self._idle.append(simulator)
        finally:
            self._idle_count.release()

    def stop(self) -> None:
        """End all simulator processes."""
        for simulator in self._simulators:
            simulator.stop()


def _end(pool: "pebble.ProcessPool") -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble annotates all but this
    pool.join()


def _start_children_without_our_main_module() -> None:
    """Keep multiprocessing from importing Celery's command line into every simulator process.

    A spawned child imports its parent's ``__main__`` so that functions of scripts can be unpickled; ours
    are all in modules. Without a spec and a file there is nothing to import
    (``multiprocessing.spawn.get_preparation_data``).
    """
    main = sys.modules["__main__"]
    main.__spec__ = None
    main.__file__ = None
