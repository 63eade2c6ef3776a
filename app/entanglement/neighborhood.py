"""Who is entangled with a vector over several hops: Neo4j has the groups, PostgreSQL the vectors."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.database import Database
from app.entanglement import repository, service
from app.entanglement.documents import Neighbor, Neighborhood

if TYPE_CHECKING:
    from app.graphstore.driver import GraphStore
    from app.graphstore.entanglement import GroupAround

SECONDS = 3.0
"""How long all hops together may take."""

MAX_GROUPS_A_HOP = 200
"""The strongest groups are followed from one hop to the next; 200 of 256 members each have 51,200."""


@dataclass
class _Walk:
    """The vectors that the hops have reached; ``frontier`` are those of the last hop."""

    start: str
    limit: int
    frontier: list[str] = field(default_factory=list)
    reached: dict[str, Neighbor] = field(default_factory=dict)
    seen_groups: set[str] = field(default_factory=set)
    truncated: bool = False

    def hop(self, distance: int, groups: "list[GroupAround]") -> None:
        """Go on over these groups, the strongest first, until one more than the limit is reached."""
        edge, self.frontier = set(self.frontier), []
        for group in groups:
            self.seen_groups.add(group.group_id)
            via = next((member for member in group.members if member in edge), None)
            for member in group.members if via is not None else ():
                if member == self.start or member in self.reached:
                    continue
                if len(self.reached) >= self.limit:
                    self.truncated = True
                    self.frontier = []
                    return
                found = Neighbor(member, distance, group.correlation, group.group_id, str(via))
                self.reached[member] = found
                self.frontier.append(member)


def neighborhood(
    database: Database, graph_store: "GraphStore", entity_id: str, hops: int, limit: int
) -> Neighborhood:
    """Find up to ``limit`` vectors within ``hops`` of a vector, the nearest first, then the strongest.

    Each is given once, with the strongest group by which it is reached over the fewest hops. The graph may be
    seconds behind; vectors that are deleted are left out.

    Raises:
        NotFoundError: there is no such vector.
        UnavailableError: Neo4j or PostgreSQL is down or too slow.
    """
    from app.graphstore import entanglement  # loads the driver, see ``Connections.graph_store``

    with database.reading() as session:
        service.require_vector(session, entity_id)
    walk = _Walk(entity_id, limit, [entity_id])
    deadline = time.monotonic() + SECONDS
    for distance in range(1, hops + 1):
        if not walk.frontier:
            break
        seconds = max(deadline - time.monotonic(), 0.001)
        groups = entanglement.groups_around(
            graph_store, walk.frontier, walk.seen_groups, MAX_GROUPS_A_HOP + 1, seconds
        )
        walk.truncated = walk.truncated or len(groups) > MAX_GROUPS_A_HOP
        walk.hop(distance, groups[:MAX_GROUPS_A_HOP])
    with database.reading() as session:
        there = repository.existing_vectors(session, list(walk.reached)) if walk.reached else set()
    neighbors = [each for each in walk.reached.values() if each.id in there]
    return Neighborhood(entity_id, hops, neighbors, walk.truncated)
