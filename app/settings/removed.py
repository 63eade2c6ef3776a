"""Settings of earlier versions that are not read any more, and what holds in their place."""

import logging
from collections.abc import Mapping

logger = logging.getLogger(__name__)

REMOVED = {
    "DECOHERENCE_MINUTES": "the states of decohered vectors are removed every 10 minutes",
    "FAILED_KEYS_PER_MINUTE": "an address may show one wrong key for 50 requests of RATE_LIMIT_PER_MINUTE",
    "GRAPH_WAIT_SECONDS": "a response waits 5 s for its event graph",
    "IDEMPOTENCY_HOURS": "first responses are kept for 24 hours",
    "LEASE_TICK_SECONDS": "leases are extended eight times in LEASE_SECONDS",
    "MAX_ATTEMPTS": "a job may lose 3 processes",
    "MAX_IMPORT_BYTES": "a file of vectors may have 16 times MAX_BODY_BYTES",
    "MAX_OPERATIONS": "a program may have 9,999 operations",
    "MAX_OPERATIONS_QASM3": "a program in OpenQASM 3 may have 4,000 operations",
    "MAX_OUTCOMES": "a run may have 65,536 different outcomes",
    "MAX_PARSE_SECONDS": "a program may be parsed for 5 s",
    "MAX_PROGRAM_BYTES": "a program may have 262,144 bytes",
    "MAX_QUBITS_DENSITY_MATRIX": "a density matrix may have half of MAX_QUBITS_STATEVECTOR",
    "MAX_SHOTS": "a run may have 1,000,000 shots",
    "MAX_STREAMS": "a web process may have half as many WebSockets as MAX_WAITING_REQUESTS",
    "MAX_WAITING_QUERIES": "vector queries have a fiftieth of MAX_QUEUED_JOBS",
    "MAX_WAITING_REQUESTS_PER_KEY": "one caller may hold half of MAX_WAITING_REQUESTS",
    "NEO4J_TIMEOUT_SECONDS": "a small transaction of Neo4j may take 1 s",
    "QUERY_CACHE_SECONDS": "the results of a query are kept for 300 s",
    "RING_AGAIN_SECONDS": "free workers look for queued jobs every second",
    "SIMULATOR_JOBS_PER_PROCESS": "a simulator process is replaced after 1,000 jobs",
    "STREAM_PATIENCE_SECONDS": "a WebSocket client that is silent for 20 s is disconnected",
    "SYNC_WAIT_SECONDS": "a request waits half of MAX_WAIT_SECONDS for its job",
    "WEBHOOK_CONCURRENCY": "a worker process makes 16 attempts at once",
    "WEBHOOK_POLL_SECONDS": "workers look for new events every second",
    "WEBHOOK_RETRY_SCALE": "the pauses between attempts are fixed",
    "WEBHOOK_TIMEOUT_SECONDS": "an attempt may take 10 s",
    "WORKER_HEAVY_METRICS_PORT": "workers of the queue heavy use WORKER_METRICS_PORT + 1",
    "WORKER_SEARCH_METRICS_PORT": "workers of the queue search use WORKER_METRICS_PORT + 2",
}


def removed_lines(environ: Mapping[str, str]) -> list[str]:
    """Return a line for each removed setting that is still set: its name, and what holds now."""
    return [f"{name} is no setting any more: {now}" for name, now in REMOVED.items() if environ.get(name)]


def warn_of_removed(environ: Mapping[str, str]) -> None:
    """Log a warning for each removed setting that is still set."""
    for line in removed_lines(environ):
        logger.warning(line)
