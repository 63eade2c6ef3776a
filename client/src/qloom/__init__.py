"""The Python client of Qloom: circuits with their event graphs, and vectors.

>>> from qloom import Qloom
>>> client = Qloom()
>>> print(client.executions.run("bell").counts.histogram())  # doctest: +SKIP
"""

from qloom.arrays import to_arrays
from qloom.client import AsyncQloom, Qloom
from qloom.errors import (
    APIError,
    ConflictError,
    ConnectionLostError,
    ForbiddenError,
    IncompatibleVersionError,
    InvalidInputError,
    JobCancelledError,
    JobFailedError,
    NotFoundError,
    Problem,
    QloomError,
    RateLimitedError,
    ServerError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UnexpectedAnswerError,
    WaitTimeoutError,
)
from qloom.filters import F, Filter
from qloom.histogram import Counts
from qloom.models.comparisons import Comparison
from qloom.models.executions import Execution, ExecutionSummary
from qloom.models.graphs import Graph
from qloom.models.jobs import Job
from qloom.models.queries import QueryAnswer, QueryResult
from qloom.models.vectors import Vector
from qloom.operations import Page
from qloom.resources.webhooks import WebhookSignatureError
from qloom.resources.webhooks import verify as verify_webhook
from qloom.version import VERSION as __version__

__all__ = [
    "APIError",
    "AsyncQloom",
    "Comparison",
    "ConflictError",
    "ConnectionLostError",
    "Counts",
    "Execution",
    "ExecutionSummary",
    "F",
    "Filter",
    "ForbiddenError",
    "Graph",
    "IncompatibleVersionError",
    "InvalidInputError",
    "Job",
    "JobCancelledError",
    "JobFailedError",
    "NotFoundError",
    "Page",
    "Problem",
    "Qloom",
    "QloomError",
    "QueryAnswer",
    "QueryResult",
    "RateLimitedError",
    "ServerError",
    "TooLargeError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnexpectedAnswerError",
    "Vector",
    "WaitTimeoutError",
    "WebhookSignatureError",
    "__version__",
    "to_arrays",
    "verify_webhook",
]
