"""The metrics that processes count themselves, with all labels that they can have.

Labels come from what this code knows (route templates, kinds, outcomes), never from what a caller sends. The
processes of one web count together, in a folder that ``gunicorn.conf.py`` chooses before this is imported
(https://prometheus.github.io/client_python/multiprocess/). Each worker counts for itself.
"""

from enum import StrEnum
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.telemetry import figure_files

figure_files.use()
REGISTRY = CollectorRegistry()

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN = "unknown"
"""The label of other methods and routes: what callers invent must not become a time series."""

REQUEST_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
JOB_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 150.0, 600.0)

HTTP_REQUESTS = Counter(
    "qloom_http_requests", "Answered requests.", ["method", "route", "status"], registry=REGISTRY
)
HTTP_SECONDS = Histogram(
    "qloom_http_request_seconds",
    "From a request's arrival to the headers of the response, with waits that the caller asked for.",
    ["method", "route"],
    buckets=REQUEST_BUCKETS,
    registry=REGISTRY,
)
QUERIES = Counter(
    "qloom_queries",
    "Vector queries, by whether a circuit scored a result and whether the answer came from the cache.",
    ["quantum", "cache"],
    registry=REGISTRY,
)
QUERY_SECONDS = Histogram(
    "qloom_query_seconds", "Time of vector queries.", buckets=REQUEST_BUCKETS, registry=REGISTRY
)
DECOHERED_CANDIDATES = Counter(
    "qloom_decohered_candidates", "Candidates of queries whose state had lost coherence.", registry=REGISTRY
)
JOB_SECONDS = Histogram(
    "qloom_job_seconds",
    "Time of jobs in a worker's slot, by kind and outcome.",
    ["kind", "outcome"],
    buckets=JOB_BUCKETS,
    registry=REGISTRY,
)
SIMULATORS_KILLED = Counter(
    "qloom_simulator_processes_killed",
    "Simulator processes that were killed or died while they worked.",
    ["reason"],
    registry=REGISTRY,
)
SIMULATORS_REPLACED = Counter(
    "qloom_simulator_processes_replaced",
    "Simulator processes that were lost outside a job, and replaced with their pool.",
    registry=REGISTRY,
)
DATABASE_IN_USE = Gauge(
    "qloom_database_connections_in_use",
    "Connections to PostgreSQL that are in use at this moment.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
DATABASE_MAX = Gauge(
    "qloom_database_connections_max",
    "Connections to PostgreSQL that may be in use at once.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)


def count_request(method: str, rule: str | None, status: int, seconds: float, *, is_stream: bool) -> None:
    """Count one answered request; how long a stream lasts is not the time of a request."""
    known = method if method in METHODS else UNKNOWN
    route = rule or UNKNOWN
    _requests(known, route, str(status)).inc()
    if not is_stream:
        _request_seconds(known, route).observe(seconds)


# Looking a time series up takes as long as counting in it.
_requests = cache(HTTP_REQUESTS.labels)
_request_seconds = cache(HTTP_SECONDS.labels)


class JobOutcome(StrEnum):
    """How a job left its slot."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SPLIT = "split"
    """It is done in shards, which are jobs of their own."""
    MOVED = "moved"
    """It takes too long for this queue and was moved to the heavy one."""
    HANDED_BACK = "handed_back"
    """The worker stops, and another one will run it."""
    PROCESS_LOST = "process_lost"
    """Its simulator process died; the job is tried again, or fails as ``worker_lost``."""
    CLAIM_LOST = "claim_lost"
    """Another worker claimed it meanwhile, or PostgreSQL stayed away."""
