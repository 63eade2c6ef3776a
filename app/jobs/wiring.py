"""The parts of the job engine that whoever submits jobs or waits for them needs."""

from dataclasses import dataclass
from functools import cached_property

from app.connections import Connections
from app.jobs.notifier import JobNotifier
from app.jobs.wakeups import WakeUps
from app.redis.clients import blocking_client


@dataclass(frozen=True)
class JobServices:
    """One process's way to the workers and back. Nothing connects before it is used."""

    connections: Connections

    @cached_property
    def notifier(self) -> JobNotifier:
        """Tells workers of queued jobs."""
        return JobNotifier(self.connections.redis, self.connections.settings.redis_key_prefix)

    @cached_property
    def wake_ups(self) -> WakeUps:
        """Wakes those who wait for the end of a job."""
        settings = self.connections.settings
        return WakeUps(self.connections.redis, blocking_client(settings.redis_url), settings.redis_key_prefix)
