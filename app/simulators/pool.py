"""The simulator processes of one worker, one for each slot: warm, limited and killable."""

import logging
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from concurrent.futures import TimeoutError as DeadlineError
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Semaphore, Thread
from typing import Any, TypeVar

import pebble
from pebble import ProcessExpired

from app import shared_memory
from app.sandbox import process as sandbox
from app.settings import SettingsError
from app.simulators import hosted, process
from app.simulators.errors import ProcessLostError
from app.simulators.process import WarmUp
from app.telemetry import logs
from app.telemetry.logs import current_request_id
from app.telemetry.metrics import SIMULATORS_KILLED, SIMULATORS_REPLACED

logger = logging.getLogger(__name__)

START_SECONDS = 60.0
"""How long a process may take to import Qiskit and to warm up: 2 s here, more on a cold or a busy machine."""

SEMAPHORES = "qloom-"
"""What the names of semaphores begin with: those of a killed worker stay in shared memory."""

Result = TypeVar("Result")

NO_WARM_UP = WarmUp()

OnStop = Callable[[Callable[[], object]], object]


CONTEXT = multiprocessing.get_context("forkserver")
# SANDBOX_PYTHON starts the forkserver, and so each simulator process, with an environment that holds no
# secret. It is the interpreter of all children that multiprocessing executes.
os.environ["SANDBOX_PYTHON"] = sys.executable
CONTEXT.set_executable(str(sandbox.PYTHON))


class Simulator:
    """One warm process that runs one circuit at a time.

    It has a pebble pool of its own. In a shared pool, a process that is killed between two jobs or while it
    writes ends the other processes too.
    """

    def __init__(self, memory_bytes: int, jobs_per_process: int, niceness: int) -> None:
        self._jobs_per_process = jobs_per_process
        self._phase = CONTEXT.RawValue("b", 0)
        log_format, log_level = logs.format_of(os.environ), os.environ.get("LOG_LEVEL", "INFO")
        self._initargs = (self._phase, memory_bytes, niceness, log_format, log_level)
        self._pool = self._new_pool()

    def call(
        self,
        function: Callable[..., Result],
        *args: object,
        timeout_seconds: float,
        on_stop: OnStop | None = None,
        take_seconds: float | None = None,
    ) -> Result:
        """Call a function of a module in the process, and wait for what it returns.

        Args:
            on_stop: is called with a function that stops the call, so that another thread can stop it.
            take_seconds: how long the process may take to begin, before it is replaced; by default
                ``START_SECONDS``.

        Raises:
            AppError: raised by the function.
            TimeoutError: it took longer than ``timeout_seconds``; the process was killed.
            ProcessLostError: the process died, or did not begin.
            CancelledError: the call was stopped.
        """
        self._phase.value = 0
        future = self._schedule(timeout_seconds, function, *args)
        if on_stop is not None:
            on_stop(future.cancel)
        take_seconds = START_SECONDS if take_seconds is None else take_seconds
        result: Result = self._result_of(future, timeout_seconds, take_seconds)
        return result

    @property
    def phase(self) -> int:
        """The phase that the called function has entered last (``process.enter_phase``); 0 at first."""
        return int(self._phase.value)

    def start(self, warm_up: WarmUp = NO_WARM_UP) -> "Future[Any]":
        """Start the process; the future is done when it is warm."""
        return self._pool.schedule(warm_up.function, args=warm_up.args)

    def stop(self) -> None:
        """End the process."""
        _end(self._pool)

    def _schedule(self, timeout_seconds: float, function: Callable[..., Any], *args: object) -> "Future[Any]":
        if not self._pool.active:
            self._replace_pool()
        task = (current_request_id(), function, *args)
        return self._pool.schedule(process.carry_out, args=task, timeout=timeout_seconds)

    def _result_of(self, future: "Future[Any]", timeout_seconds: float, take_seconds: float) -> Any:
        try:
            # pebble's own timeout starts when the process takes the job, so it does not bound a hang before
            # that
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
        except ProcessExpired as error:
            SIMULATORS_KILLED.labels("died").inc()
            raise ProcessLostError(f"exit code {error.exitcode}", error.exitcode) from error
        except BrokenExecutor as error:
            self._replace_pool()
            raise ProcessLostError(str(error)) from error

    def _new_pool(self) -> "pebble.ProcessPool":
        return pebble.ProcessPool(
            max_workers=1,
            max_tasks=self._jobs_per_process,
            initializer=process.initialize,
            initargs=self._initargs,
            context=CONTEXT,
        )

    def _replace_pool(self) -> None:
        logger.warning("A simulator process was lost outside a job; it is replaced")
        SIMULATORS_REPLACED.inc()
        # in a thread, since a pool whose process died while it wrote cannot be joined
        Thread(target=_end, args=(self._pool,), name="end-simulator", daemon=True).start()
        self._pool = self._new_pool()


class SimulatorPool:
    """The simulators of one worker process, used by its slots in turns; the one used last is taken first.

    Args:
        jobs_per_process: after so many jobs a process is replaced; 0 for never.
        warm_up: loads what the work of the simulators needs.
    """

    def __init__(
        self,
        size: int,
        memory_bytes: int,
        jobs_per_process: int,
        niceness: int = 0,
        warm_up: WarmUp = NO_WARM_UP,
    ) -> None:
        _start_children_without_our_main_module()
        _name_semaphores_after_process()
        CONTEXT.set_forkserver_preload(preloaded(warm_up.modules))
        if data_dir := os.environ.get("QLOOM_DATA_DIR"):
            hosted.use_host(Path(data_dir))
        self._warm_up = warm_up
        self._simulators = [Simulator(memory_bytes, jobs_per_process, niceness) for _ in range(size)]
        self._idle = deque(self._simulators)
        self._idle_count = Semaphore(size)

    def start(self) -> None:
        """Start all processes and wait until they are warm.

        Raises:
            SettingsError: they do not start. A worker without simulators would fail every job.
        """
        sandbox.warn_of_what_is_missing()
        for started in [simulator.start(self._warm_up) for simulator in self._simulators]:
            try:
                started.result(START_SECONDS)
            except (BrokenExecutor, ProcessExpired, DeadlineError) as error:
                raise SettingsError(
                    f"The simulator processes do not start ({error or 'no answer'}); the lines above say "
                    "why. A SIMULATOR_MEMORY_BYTES that is too small is one reason."
                ) from error

    @contextmanager
    def acquire(self) -> Iterator[Simulator]:
        """Yield a simulator for the length of the block; one whose block failed is taken last."""
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


def preloaded(modules: Iterable[str]) -> list[str]:
    """Return what a forkserver loads before it forks; ``modules`` are those of the warm-up."""
    return [
        process.__name__,
        pebble.ProcessPool.__module__,
        "multiprocessing.sharedctypes",
        "app.circuits.runner",
        "app.circuits.sweeps.run",
        *modules,
        "app.simulators.shared",
    ]


def _end(pool: "pebble.ProcessPool") -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # pebble annotates all but this
    pool.join()


def _name_semaphores_after_process() -> None:
    """Let the names of this process's semaphores tell its id, and remove those of workers that have ended."""
    config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    config["semprefix"] = f"/{SEMAPHORES}{os.getpid()}"
    for file in shared_memory.left_behind(shared_memory.FOLDER, f"sem.{SEMAPHORES}"):
        with suppress(FileNotFoundError, PermissionError):  # another worker removed it, or owns it
            file.unlink()


def _start_children_without_our_main_module() -> None:
    """Keep multiprocessing from importing Celery's command line into every simulator process.

    A spawned child imports its parent's ``__main__``, so that functions of scripts can be unpickled; our
    functions are all in modules. Without a spec and a file nothing is imported
    (``multiprocessing.spawn.get_preparation_data``).
    """
    main = sys.modules["__main__"]
    main.__spec__ = None
    main.__file__ = None
