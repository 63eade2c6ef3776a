"""Makes the part of a process that estimates circuits."""

from dataclasses import dataclass
from functools import cached_property

from app.connections import Connections
from app.estimates import remote
from app.estimates.remote import RemoteEstimator
from app.remote_calls.caller import RemoteCaller


@dataclass(frozen=True)
class EstimateServices:
    """One process's part of the estimates. Nothing connects before it is used."""

    connections: Connections

    @cached_property
    def estimator(self) -> RemoteEstimator:
        """Has circuits estimated by the workers of the search queue."""
        waiting = self.connections.settings.max_waiting_queries
        return RemoteEstimator(RemoteCaller.of(remote.CALL, self.connections, waiting))
