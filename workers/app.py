"""The Celery application of the workers; beat and Flower use ``base``."""

import logging
import os
from collections.abc import Callable
from threading import Thread
from typing import Any

from celery.signals import (
    worker_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)

from app.settings import SettingsError
from workers.base import celery
from workers.metrics import serve_metrics
from workers.runtime import WorkerRuntime

logger = logging.getLogger(__name__)

__all__ = ["celery"]

celery.conf.include = ["workers.housekeeping"]


class RuntimeHolder:
    """Keeps the one runtime of a worker process."""

    def __init__(self) -> None:
        self._runtime: WorkerRuntime | None = None
        self._stop_metrics: Callable[[], None] = lambda: None

    def start(self, worker: Any) -> None:
        """Make the runtime of this Celery worker and start it."""
        queue = ",".join(worker.app.amqp.queues.consume_from)
        slots = worker.concurrency
        self._runtime = WorkerRuntime.from_env(worker.app, worker.hostname, queue, slots, os.environ)
        settings = self._runtime.connections.settings
        self._stop_metrics = serve_metrics(settings, queue, slots, self._runtime.engine.running)
        self._runtime.start()

    def stop(self) -> None:
        """Stop the runtime."""
        self.current.stop()
        self._stop_metrics()

    @property
    def current(self) -> WorkerRuntime:
        """The runtime of this process.

        Raises:
            RuntimeError: this process is no worker.
        """
        if self._runtime is None:
            raise RuntimeError("this process is no worker")
        return self._runtime


runtime = RuntimeHolder()


@worker_init.connect
def start_runtime(sender: Any, **_: Any) -> None:
    """Start the parts of a worker process outside its slots, before it takes its first message.

    Celery only logs an error that a receiver raises. Such a worker would take every message and run no job,
    so the error becomes SystemExit, which ends the worker.
    """
    try:
        runtime.start(sender)
    except SettingsError as error:
        raise SystemExit(f"The worker cannot start: {error}") from error
    except Exception as error:
        logger.exception("The worker cannot start")
        raise SystemExit(1) from error


@worker_ready.connect
def begin(**_: Any) -> None:
    """Take messages and jobs from now on."""
    runtime.current.begin()


@worker_shutting_down.connect
def drain(**_: Any) -> None:
    """On SIGTERM claim no more jobs and hand long ones back; Celery itself would wait for them for ever."""
    Thread(target=runtime.current.drain, name="drain").start()


@worker_shutdown.connect
def stop_runtime(**_: Any) -> None:
    """Stop the threads and the simulator processes, once the slots are empty."""
    runtime.stop()
