"""The regular tasks, which beat starts."""

from datetime import timedelta

from app import operations
from app.audit import service as audit
from app.coherence import service as coherence
from app.vectors.imports import uploads
from app.webhooks import service as webhooks
from workers.app import runtime
from workers.base import (
    AUDIT_RETENTION,
    DECOHERENCE,
    HOUSEKEEPING,
    OPTIONS,
    RETENTION,
    WEBHOOK_RETENTION,
    celery,
)


@celery.task(name=HOUSEKEEPING)
def clean_up() -> None:
    """Remove expired idempotency keys, heartbeats of workers that ended long ago, and abandoned uploads."""
    connections = runtime.current.connections
    operations.remove_stale(connections)
    uploads.remove_abandoned(connections.database)


@celery.task(name=RETENTION)
def remove_expired() -> None:
    """Remove a batch of rows that are older than the retention; send a message for the next batch, if any."""
    if operations.remove_expired(runtime.current.connections):
        celery.send_task(RETENTION, **OPTIONS)


@celery.task(name=WEBHOOK_RETENTION)
def remove_old_events() -> None:
    """Remove a batch of events past their retention, and send a message for the next batch, if any."""
    connections = runtime.current.connections
    kept = timedelta(days=connections.settings.webhook_retention_days)
    if webhooks.remove_old(connections.database, kept):
        celery.send_task(WEBHOOK_RETENTION, **OPTIONS)


@celery.task(name=AUDIT_RETENTION)
def remove_old_audit_entries() -> None:
    """Remove entries of the audit trail past their retention."""
    connections = runtime.current.connections
    audit.remove_expired(connections.database, connections.settings.audit_retention_days)


@celery.task(name=DECOHERENCE)
def decohere() -> None:
    """Remove the states of vectors that are no longer coherent."""
    coherence.clean_up(runtime.current.connections.database)
