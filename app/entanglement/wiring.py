"""The part that runs the circuits of groups."""

from dataclasses import dataclass
from functools import cached_property

from app.connections import Connections
from app.entanglement import propagation, remote
from app.entanglement.remote import RemoteEntangler
from app.remote_calls.caller import RemoteCaller
from app.vectors import partners


def connect() -> None:
    """Have groups change with their members, in this process."""
    partners.connect(propagation)


@dataclass(frozen=True)
class EntanglementServices:
    """One process's part of the entanglement. Nothing connects before it is used."""

    connections: Connections

    @cached_property
    def entangler(self) -> RemoteEntangler:
        """Has the circuits of groups run by the workers of the search queue."""
        return RemoteEntangler(RemoteCaller.of(remote.CALL, self.connections))
