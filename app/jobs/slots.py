"""The slots of a worker: threads that each run what is next in the queue, one claim after the other."""

import logging
from threading import Event, Thread
from uuid import UUID

from app.errors import UnavailableError
from app.jobs.engine import JobEngine
from app.jobs.notifier import POLL_SECONDS, Notifications

logger = logging.getLogger(__name__)

CONTENTION_SECONDS = 0.005
"""How long a slot waits that saw jobs which others were claiming at that moment."""

FAULT_SECONDS = 1.0
"""How long a slot waits after an error that nobody foresaw: it must go on, and not fill the logs."""


class Slots:
    """Runs the jobs of an engine in so many threads, from ``start`` to ``stop``."""

    def __init__(self, engine: JobEngine, notifications: Notifications, number: int) -> None:
        self._engine = engine
        self._notifications = notifications
        self._stopping = Event()
        self._threads = [
            Thread(target=self._loop, name=f"slot-{each}", daemon=True) for each in range(1, number + 1)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads, and wait until what they run has ended."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            told = self._notifications.wait()
            if self._engine.running.is_draining:
                if told is not None:
                    self._engine.notifier.notify(told, self._engine.queue)
                self._stopping.wait(POLL_SECONDS)
                continue
            try:
                self._run_all([] if told is None else [told])
            except UnavailableError as error:
                logger.warning("Jobs wait: %s", error.message)
                self._stopping.wait(POLL_SECONDS)
            except Exception:
                logger.exception("A slot met a fault")
                self._stopping.wait(FAULT_SECONDS)

    def _run_all(self, told: list[UUID]) -> None:
        """Run jobs until none is seen waiting."""
        claim = self._engine.run_next(told)
        while claim.are_more and not self._stopping.is_set():
            if not claim.jobs:
                self._stopping.wait(CONTENTION_SECONDS)
            claim = self._engine.run_next()
