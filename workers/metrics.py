"""The port on which one worker process shows its metrics to Prometheus."""

import logging
from collections.abc import Callable

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


def serve_metrics(settings: Settings, queue: str, slots: int, running: RunningJobs) -> Callable[[], None]:
    """Serve ``/metrics``, unless the port is 0; return a function that stops the server.

    The route needs no key: it listens on loopback unless ``WORKER_METRICS_HOST`` says otherwise.

    Raises:
        SettingsError: the port cannot be used.
    """
    if not settings.worker_metrics_port:
        return lambda: None
    host, port = settings.worker_metrics_host, settings.worker_metrics_port + PORTS_OF_QUEUES.index(queue)
    SLOTS.labels(queue).set(slots)
    RUNNING.labels(queue).set_function(lambda: len(running.snapshot()))
    ProcessCollector(namespace="qloom_worker", registry=REGISTRY)
    try:
        server, thread = start_http_server(port, host, REGISTRY)
    except OSError as error:
        raise SettingsError(
            f"The port {port} on {host} for metrics cannot be used ({error.strerror}): set "
            "WORKER_METRICS_PORT to another one; 0 turns it off. Each worker process of a host needs a "
            "port of its own."
        ) from error
    logger.info("Metrics are served on %s:%d", host, port)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
