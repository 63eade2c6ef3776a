"""The metrics for Prometheus: what the web's processes counted, and the state of PostgreSQL and Redis.

The state is read while the scrape waits, by one process: a gauge that each process kept would be wrong in all
but one of them. Every web gives the same figures of the whole deployment.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.connections import Connections
from app.errors import AppError
from app.jobs.service import JobServices
from app.models import Queue
from app.observability import repository
from app.observability.repository import NOT_SERVED, QueueBacklog, QueueService
from app.telemetry.metrics import REGISTRY
from app.telemetry.multiprocess import MULTIPROCESS_DIR

__all__ = ["CONTENT_TYPE_LATEST", "exposition"]


class DatabaseFigures(NamedTuple):
    served: Mapping[str, QueueService]
    waiting: Mapping[str, QueueBacklog]
    pending_graphs: int


def exposition(jobs: JobServices) -> bytes:
    """Return all metrics of the web in Prometheus' text format; what cannot be read now is missing."""
    registry = CollectorRegistry()
    registry.register(StateCollector(jobs))
    if MULTIPROCESS_DIR in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library annotates all but this
    else:
        registry.register(REGISTRY)
    return generate_latest(registry)


class StateCollector(Collector):
    """Reads the state of the servers at the moment of a scrape."""

    def __init__(self, jobs: JobServices) -> None:
        self._jobs = jobs

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing, so that registering reads nothing."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Ask PostgreSQL and Redis at the same time and within a bound."""
        found = self._jobs.connections.prober.ask(
            {
                "figures": lambda: _ask_database(self._jobs.connections),
                "queues": lambda: _ask_redis(self._jobs),
            }
        )
        figures, lengths = found.get("figures"), found.get("queues")
        up = GaugeMetricFamily("qloom_up", "Whether a server answers this web.", labels=["server"])
        up.add_metric(["postgres"], float(figures is not None))
        up.add_metric(["redis"], float(lengths is not None))
        yield up
        if isinstance(figures, DatabaseFigures):
            yield from _of_workers(figures.served)
            yield from _of_queues(figures.waiting)
            yield GaugeMetricFamily(
                "qloom_pending_graphs",
                "Event graphs still to be written to Neo4j or removed there, counted up to 100,000.",
                figures.pending_graphs,
            )
        if isinstance(lengths, dict):
            yield _by_queue("qloom_queue_messages", "Notifications of jobs that wait in Redis.", lengths)


def _of_workers(served: Mapping[str, QueueService]) -> Iterator[GaugeMetricFamily]:
    for name, text in (
        ("workers", "Live worker processes, by their heartbeats."),
        ("slots", "Slots of the live workers."),
        ("slots_in_use", "Slots of the live workers that are taken."),
    ):
        values = {queue: getattr(served.get(queue, NOT_SERVED), name) for queue in Queue}
        yield _by_queue(f"qloom_queue_{name}", text, values)


def _of_queues(waiting: Mapping[str, QueueBacklog]) -> Iterator[GaugeMetricFamily]:
    for metric, name, text in (
        ("qloom_queue_jobs", "jobs", "Accepted jobs that no worker has claimed yet."),
        ("qloom_queue_wait_seconds", "oldest_seconds", "How long the job that waits longest has waited."),
    ):
        values = {queue: getattr(waiting.get(queue, QueueBacklog()), name) for queue in Queue}
        yield _by_queue(metric, text, values)


def _by_queue(name: str, text: str, values: Mapping[Queue, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["queue"])
    for queue, value in values.items():
        family.add_metric([queue], value)
    return family


def _ask_database(connections: Connections) -> DatabaseFigures | None:
    seen_within = timedelta(seconds=connections.settings.lease_seconds)
    try:
        with connections.database.reading() as session:
            return DatabaseFigures(
                repository.queues_served(session, seen_within),
                repository.waiting_jobs(session),
                repository.pending_graphs(session),
            )
    except AppError:
        return None


def _ask_redis(jobs: JobServices) -> dict[str, int] | None:
    try:
        return jobs.notifier.lengths()
    except AppError:
        return None
