"""The operations that operators start by hand or that beat starts regularly."""

import math
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from app import audit
from app.api_keys import service as api_keys
from app.api_keys.service import Bootstrap
from app.audit import Action, Kind
from app.connections import Connections
from app.entanglement import wiring as entanglement
from app.executions import deleted, storage
from app.executions.graph_writer import GraphWriter
from app.graphstore import executions as graphs
from app.graphstore.rebuilding import Left, Rebuilt, write_marked
from app.idempotency import keys as idempotency
from app.jobs import heartbeats, repository, service
from app.jobs.service import JobServices
from app.models import JobStatus, Queue, Worker
from app.timestamps import iso8601
from app.vectors import emptying

BATCH = 1_000
"""Rows in one transaction."""

WORKER_FORGOTTEN_AFTER = timedelta(hours=1)

RETENTION_BATCH = 250
"""Rows that one message of a worker removes, in no more time than a small circuit takes."""


def bootstrap_admin(connections: Connections) -> Bootstrap | None:
    """Store ``BOOTSTRAP_ADMIN_KEY``, if it is set, as an admin's key; return what became of it."""
    settings = connections.settings
    if settings.bootstrap_admin_key is None:
        return None
    with connections.database.unit_of_work() as unit:
        return api_keys.bootstrap(unit.session, settings.api_key_pepper, settings.bootstrap_admin_key)


def remove_stale(connections: Connections) -> None:
    """Remove idempotency keys past their time, and heartbeats of workers that are long gone."""
    while True:
        with connections.database.unit_of_work() as unit:
            if idempotency.remove_old(unit.session) < idempotency.SWEEP_BATCH:
                break
    with connections.database.unit_of_work() as unit:
        heartbeats.forget_workers(unit.session, WORKER_FORGOTTEN_AFTER)


def live_workers(connections: Connections) -> list[Worker]:
    """Return the worker processes that sent a heartbeat within a lease length."""
    with connections.database.reading() as session:
        return heartbeats.live_workers(session, timedelta(seconds=connections.settings.lease_seconds))


def queues_without_worker(connections: Connections) -> list[str]:
    """Return the queues without a live worker."""
    served = {worker.queue for worker in live_workers(connections)}
    return [queue for queue in Queue if queue not in served]


def rebuild_graph(connections: Connections, *, missing_only: bool) -> Rebuilt:
    """Write the graphs of all executions to Neo4j from PostgreSQL, together with the running workers.

    With ``missing_only`` only missing graphs are written; without it all graphs are removed first.

    Raises:
        UnavailableError: Neo4j or PostgreSQL is down; the command can be run again.
    """
    if not missing_only:
        graphs.remove_all(connections.graph_store)
    make_pending = partial(storage.make_pending, limit=BATCH, also_stored=not missing_only)
    marked = connections.database.in_batches(make_pending)

    def count_left() -> Left:
        with connections.database.reading() as session:
            return storage.count_overdue(session)

    writer = GraphWriter(connections.database, connections.graph_store)
    return write_marked(marked, writer.take_up_overdue, count_left)


def mark_incomplete_counts(connections: Connections) -> int:
    """Mark the executions whose counts do not add up to their shots; return how many were marked now.

    Each batch is a short transaction, so that nobody waits for the command.
    """
    return connections.database.in_batches(partial(storage.mark_incomplete_counts, limit=BATCH))


def requeue(connections: Connections, job_id: UUID) -> UUID:
    """Notify workers again of a queued job, or run a failed one again; return the queued job's id.

    Raises:
        NotFoundError: there is no such job.
        ConflictError: the job is neither queued nor failed.
    """
    jobs = JobServices(connections)
    with connections.database.unit_of_work() as unit:
        job = service.get(unit.session, job_id)
        if job.status == JobStatus.QUEUED:
            jobs.notifier.notify(job.id, job.queue)
            return job.id
        new_id = uuid4()
        submission = service.retry_submission(unit.session, job_id)
        service.submit(unit, jobs.notifier, submission, new_id)
        return new_id


def cancel(connections: Connections, job_id: UUID) -> str:
    """Cancel a queued or a running job; return its status.

    Raises:
        NotFoundError: there is no such job.
        ConflictError: the job has succeeded or failed.
    """
    with connections.database.unit_of_work() as unit:
        return service.cancel(unit, JobServices(connections).wake_ups, job_id).status


def empty_store(connections: Connections) -> int:
    """Delete every vector with its places in entangled groups; return how many were deleted."""
    entanglement.connect()
    return emptying.empty(connections.database, max_seconds=math.inf).deleted


def purge(connections: Connections, before: datetime) -> tuple[int, int]:
    """Delete the executions stored and the jobs ended before a time; return how many of each.

    Workers remove the graphs of the executions.
    """
    executions = jobs = 0
    while True:
        batch = _purge_batch(connections, before, BATCH)
        executions, jobs = executions + batch[0], jobs + batch[1]
        if max(batch) < BATCH:
            return executions, jobs


def remove_expired(connections: Connections) -> bool:
    """Delete a batch of what is older than ``EXECUTION_RETENTION_DAYS``, if that is set.

    Returns:
        True if there may be more.
    """
    days = connections.settings.execution_retention_days
    if days is None:
        return False
    before = datetime.now(UTC) - timedelta(days=days)
    return max(_purge_batch(connections, before, RETENTION_BATCH)) >= RETENTION_BATCH


def _purge_batch(connections: Connections, before: datetime, limit: int) -> tuple[int, int]:
    with connections.database.unit_of_work() as unit:
        executions = len(deleted.mark_older_deleted(unit.session, before, limit))
        jobs = repository.remove_ended_before(unit.session, before, limit)
        if executions or jobs:
            counts = {"count": executions, "jobs": jobs, "before": iso8601(before)}
            audit.record(unit.session, Action.DELETED, Kind.EXECUTION, None, counts)
    return executions, jobs
