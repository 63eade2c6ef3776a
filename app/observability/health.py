"""How Qloom is: each server is asked at once and within a bound, the workers by their heartbeats."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from redis.exceptions import RedisError

from app.connections import Connections
from app.errors import AppError
from app.graphstore.ping import ping
from app.models import Queue
from app.observability import repository
from app.observability.repository import QueueService
from app.telemetry.probes import Probe

VERSIONS = Path(__file__).resolve().parent.parent.parent / "migrations" / "versions"
HEAD = max(path.name[:4] for path in VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))
"""The newest migration of this code: files begin with their revision. Alembic itself would weigh 10 MB."""

HEALTH_SECONDS = 0.5
"""What has not answered by then is not healthy. The key is looked up next; the whole stays below 1 s."""


class Status(StrEnum):
    """How a component is: well, there in part, or not there."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True)
class DatabaseState:
    """What PostgreSQL says: the schema's revision, and who serves the queues."""

    revision: str | None = None
    queues: Mapping[str, QueueService] = field(default_factory=dict)

    @property
    def is_current(self) -> bool:
        """Whether the schema is this code's, or a newer one, as it is while webs are replaced one by one."""
        return self.revision is not None and self.revision >= HEAD


@dataclass(frozen=True)
class Health:
    """The components by name, and the whole."""

    components: Mapping[str, Status]
    queues: Mapping[str, QueueService]

    @property
    def status(self) -> Status:
        """Unhealthy if nothing can be served (PostgreSQL); degraded if any component is not healthy."""
        if self.components["classical_backend"] is Status.UNHEALTHY:
            return Status.UNHEALTHY
        if all(status is Status.HEALTHY for status in self.components.values()):
            return Status.HEALTHY
        return Status.DEGRADED


def health(connections: Connections) -> Health:
    """Ask everything; a part that hangs costs ``HEALTH_SECONDS``, however many do."""
    probes: dict[str, Probe] = {
        "postgres": lambda: ask_database(connections),
        "redis": lambda: ask_redis(connections),
    }
    if (url := connections.settings.neo4j_url) is not None:
        probes["graph"] = lambda: ping(url, HEALTH_SECONDS)
    answers = connections.prober.ask(probes, HEALTH_SECONDS)
    database = answers.get("postgres")
    state = database if isinstance(database, DatabaseState) else None
    queues = {} if state is None else state.queues
    served: dict[str, QueueService] = {queue: queues.get(queue, QueueService()) for queue in Queue}
    has_redis = answers.get("redis") is True
    components = {
        "classical_backend": _up(state is not None and state.is_current),
        "quantum_backend": _served(served, (Queue.SEARCH, Queue.INTERACTIVE), can_be_reached=has_redis),
        "cache": _up(has_redis),
        "postgres": _up(state is not None),
        "workers": _served(served, tuple(Queue), can_be_reached=True),
    }
    if "graph" in probes:
        components["graph"] = _up(answers.get("graph") is True)
    return Health(components, served)


def is_ready(connections: Connections) -> bool:
    """Whether this web can serve: PostgreSQL answers, and its schema is up to date."""
    answers = connections.prober.ask({"postgres": lambda: ask_database(connections)})
    database = answers.get("postgres")
    return isinstance(database, DatabaseState) and database.is_current


def ask_database(connections: Connections) -> DatabaseState | None:
    """What PostgreSQL says; ``None`` if it does not answer."""
    seen_within = timedelta(seconds=connections.settings.lease_seconds)
    try:
        with connections.database.reading() as session:
            state = DatabaseState(repository.revision(session))
            if not state.is_current:
                return state
            return DatabaseState(state.revision, repository.queues_served(session, seen_within))
    except AppError:
        return None


def ask_redis(connections: Connections) -> bool:
    """Whether Redis answers."""
    try:
        return bool(connections.redis.ping())
    except RedisError:
        return False


def _up(answers: bool) -> Status:
    return Status.HEALTHY if answers else Status.UNHEALTHY


def _served(queues: Mapping[str, QueueService], needed: tuple[Queue, ...], *, can_be_reached: bool) -> Status:
    served = [queues[queue].workers > 0 for queue in needed]
    if not can_be_reached or not any(served):
        return Status.UNHEALTHY
    return Status.HEALTHY if all(served) else Status.DEGRADED
