"""The health of Qloom: all servers are asked at once, within a bound; workers show by their heartbeats."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import UNSET
from redis.exceptions import RedisError

from app.connections import Connections
from app.errors import AppError
from app.graphstore.ping import ping
from app.models import Queue
from app.observability import repository
from app.observability.repository import NOT_SERVED, QueueService
from app.observability.schemas import Components, Health, Status
from app.telemetry.probes import Probe
from app.timestamps import iso8601
from app.webhooks.deliveries import SENDING_QUEUES

VERSIONS = Path(__file__).resolve().parent.parent.parent / "migrations" / "versions"
HEAD = max(path.name[:4] for path in VERSIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))
"""The newest migration of this code: files begin with their revision. Loading Alembic would take 10 MB."""

HEALTH_SECONDS = 0.5
"""A server that takes longer is not healthy. The key is looked up next; both together stay below 1 s."""


@dataclass(frozen=True)
class DatabaseState:
    """The schema's revision, who serves the queues, and whether a webhook is enabled."""

    revision: str | None = None
    queues: Mapping[str, QueueService] = field(default_factory=dict)
    has_webhooks: bool = False

    @property
    def is_current(self) -> bool:
        """Return whether the schema is this code's or newer, as it is while webs are replaced one by one."""
        return self.revision is not None and self.revision >= HEAD


def health(connections: Connections) -> Health:
    """Ask every server; however many hang, this takes ``HEALTH_SECONDS`` at most."""
    probes: dict[str, Probe] = {
        "postgres": lambda: ask_database(connections),
        "redis": lambda: ask_redis(connections),
    }
    if (url := connections.settings.neo4j_url) is not None:
        probes["graph"] = lambda: ping(url, HEALTH_SECONDS)
    found = connections.prober.ask(probes, HEALTH_SECONDS)
    database = found.get("postgres")
    state = database if isinstance(database, DatabaseState) else None
    queues = {} if state is None else state.queues
    served: dict[str, QueueService] = {queue: queues.get(queue, NOT_SERVED) for queue in Queue}
    has_redis = found.get("redis") is True
    components = Components(
        classical_backend=_up(state is not None and state.is_current),
        quantum_backend=_served(served, (Queue.SEARCH, Queue.INTERACTIVE), can_be_reached=has_redis),
        cache=_up(has_redis),
        postgres=_up(state is not None),
        workers=_served(served, tuple(Queue), can_be_reached=True),
    )
    if "graph" in probes:
        components.graph = _up(found.get("graph") is True)
    if state is not None and state.has_webhooks:
        components.webhooks = _up(any(served[queue].workers for queue in SENDING_QUEUES))
    return Health(_overall(components), components, served, iso8601(datetime.now(UTC)))


def is_ready(connections: Connections) -> bool:
    """Return whether this web can serve: PostgreSQL answers, and its schema is up to date."""
    database = connections.prober.ask({"postgres": lambda: ask_database(connections)}).get("postgres")
    return isinstance(database, DatabaseState) and database.is_current


def ask_database(connections: Connections) -> DatabaseState | None:
    """Return the state of PostgreSQL; ``None`` if it does not answer."""
    seen_within = timedelta(seconds=connections.settings.lease_seconds)
    try:
        with connections.database.reading() as session:
            state = DatabaseState(repository.revision(session))
            if not state.is_current:
                return state
            return DatabaseState(
                state.revision,
                repository.queues_served(session, seen_within),
                repository.has_webhooks(session),
            )
    except AppError:
        return None


def ask_redis(connections: Connections) -> bool:
    """Return whether Redis answers."""
    try:
        return bool(connections.redis.ping())
    except RedisError:
        return False


def _overall(components: Components) -> Status:
    if components.classical_backend == Status.UNHEALTHY:
        return Status.UNHEALTHY  # nothing can be served
    is_healthy = set(msgspec.structs.asdict(components).values()) <= {Status.HEALTHY, UNSET}
    return Status.HEALTHY if is_healthy else Status.DEGRADED


def _up(is_up: bool) -> Status:
    return Status.HEALTHY if is_up else Status.UNHEALTHY


def _served(queues: Mapping[str, QueueService], needed: tuple[Queue, ...], *, can_be_reached: bool) -> Status:
    served = [queues[queue].workers > 0 for queue in needed]
    if not can_be_reached or not any(served):
        return Status.UNHEALTHY
    return Status.HEALTHY if all(served) else Status.DEGRADED
