"""Asks the servers whether they answer: all at once, within a bound, and each only once at a time."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from threading import Lock, Thread

logger = logging.getLogger(__name__)

PROBE_SECONDS = 0.8
"""A server that takes longer counts as down; the response to the caller stays below a second."""

Probe = Callable[[], object]
"""Asks one server and returns the result; an error is logged and means that there is no result."""


class Prober:
    """Runs each probe in its own thread (greenlet, under gevent), and does not wait for one that hangs.

    While a probe hangs, all who ask the same wait for that one: a server that hangs costs one connection,
    however many ask.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[str, Future[object]] = {}

    def ask(self, probes: Mapping[str, Probe], seconds: float = PROBE_SECONDS) -> dict[str, object]:
        """Return the result of each probe; those without one in time are missing."""
        futures = {name: self._start(name, probe) for name, probe in probes.items()}
        wait(futures.values(), seconds)
        return {
            name: future.result()
            for name, future in futures.items()
            if future.done() and future.exception() is None
        }

    def _start(self, name: str, probe: Probe) -> Future[object]:
        with self._lock:
            running = self._running.get(name)
            if running is not None:
                return running
            future = self._running[name] = Future()
        Thread(target=self._run, args=(name, probe, future), name=f"probe-{name}", daemon=True).start()
        return future

    def _run(self, name: str, probe: Probe, future: Future[object]) -> None:
        try:
            result = probe()
        except Exception as error:
            logger.exception("The probe of %s failed", name)
            self._forget(name)
            future.set_exception(error)
        else:
            self._forget(name)
            future.set_result(result)

    def _forget(self, name: str) -> None:
        with self._lock:
            del self._running[name]
