"""Asks the servers whether they answer: all at once, within a bound, and never twice at the same time."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from threading import Lock, Thread

logger = logging.getLogger(__name__)

PROBE_SECONDS = 0.8
"""What has not answered by then counts as down; the whole answer stays under a second."""

Probe = Callable[[], object]
"""Asks one server; what it returns is the answer, what it raises is logged and means that there is none."""


class Prober:
    """Runs probes in threads (greenlets, under gevent) of their own; one that hangs is left behind.

    While a probe hangs, others who ask the same wait for that one: a server that hangs costs one connection,
    however often it is asked for.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[str, Future[object]] = {}

    def ask(self, probes: Mapping[str, Probe], seconds: float = PROBE_SECONDS) -> dict[str, object]:
        """What each probe returned; those without an answer in time are missing."""
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
            answer = probe()
        except Exception as error:
            logger.exception("The probe of %s failed", name)
            self._forget(name)
            future.set_exception(error)
        else:
            self._forget(name)
            future.set_result(answer)

    def _forget(self, name: str) -> None:
        with self._lock:
            del self._running[name]
