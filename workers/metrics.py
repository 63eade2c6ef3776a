"""The port on which one worker process shows its metrics to Prometheus."""

import logging
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import Gauge, ProcessCollector, start_http_server

from app.jobs.running import RunningJobs
from app.models import Queue
from app.settings import Settings, SettingsError
from app.telemetry.metrics import REGISTRY

logger = logging.getLogger(__name__)

SLOTS = Gauge("qloom_worker_slots", "Slots of this worker process.", ["queue"], registry=REGISTRY)
RUNNING = Gauge(
    "qloom_worker_jobs", "Jobs in the slots of this worker process.", ["queue"], registry=REGISTRY
)

PORTS_OF_QUEUES = (Queue.INTERACTIVE, Queue.HEAVY, Queue.SEARCH)
"""The order of the queues from ``WORKER_METRICS_PORT`` on: one host may have a worker of each."""


class MetricsPort:
    """Serves ``/metrics`` from the start of a worker to its end; nothing if the port is 0.

    It asks for no key: it listens on loopback unless ``WORKER_METRICS_HOST`` says otherwise.
    """

    def __init__(self, settings: Settings, queue: str, slots: int, running: RunningJobs) -> None:
        self._host = settings.worker_metrics_host
        base = settings.worker_metrics_port
        self._port = base + PORTS_OF_QUEUES.index(queue) if base else 0
        self._queue = queue
        self._slots = slots
        self._running = running
        self._server: WSGIServer | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to serve.

        Raises:
            SettingsError: the port cannot be had.
        """
        if not self._port:
            return
        SLOTS.labels(self._queue).set(self._slots)
        RUNNING.labels(self._queue).set_function(lambda: len(self._running.snapshot()))
        ProcessCollector(namespace="qloom_worker", registry=REGISTRY)
        try:
            self._server, self._thread = start_http_server(self._port, self._host, REGISTRY)
        except OSError as error:
            raise SettingsError(
                f"The port {self._port} on {self._host} for metrics cannot be had ({error.strerror}): set "
                "WORKER_METRICS_PORT to another one; 0 turns it off. Each worker process of a host needs a "
                "port of its own."
            ) from error
        logger.info("Metrics are served on %s:%d", self._host, self._port)

    def stop(self) -> None:
        """End it."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
