"""Entangled groups, and the cleanup of states."""

from collections.abc import Sequence

from qloom.calls import Call, Repeat, as_type, delete, get, path, send_json, texts
from qloom.models.entanglement import Decoherence, Group, GroupDeleted, Neighborhood, Partner, Partners
from qloom.operations import D, Page, Resource, operation
from qloom.reading import read
from qloom.resources.jobs import get_page


class Entanglement(Resource[D]):
    """Groups of vectors that move together."""

    @operation
    def create_group(
        self,
        group_id: str,
        entity_ids: Sequence[str],
        correlation_strength: float = 0.8,
        *,
        idempotency_key: str | None = None,
    ) -> Call[Group]:
        """Entangle 2 to 256 vectors: a circuit prepares their GHZ state with the given correlation.

        Args:
            correlation_strength: above 0, at most 1: how much of a member's change its partners take on.
        """
        body = {
            "group_id": group_id,
            "entity_ids": texts("entity_ids", entity_ids),
            "correlation_strength": correlation_strength,
        }
        return send_json(
            "POST", "/v2/entanglement/groups", as_type(Group), body, repeat=Repeat.KEYED, key=idempotency_key
        )

    @operation
    def groups(self, *, page: int = 1, size: int = 50) -> Call[Page[Group]]:
        """List the groups, newest first, without their members."""
        return get_page("/v2/entanglement/groups", Group, "results", page=page, size=size)

    @operation
    def group(self, group_id: str) -> Call[Group]:
        """Read one group with its members."""
        return get(path("v2", "entanglement", "groups", group_id), Group)

    @operation
    def delete_group(self, group_id: str) -> Call[GroupDeleted]:
        """Delete one group; its vectors stay as they are."""
        return delete(path("v2", "entanglement", "groups", group_id), as_type(GroupDeleted))

    @operation
    def partners(self, entity_id: str) -> Call[list[Partner]]:
        """Read the vectors that are entangled with one, the strongest first."""
        where = path("v2", "entanglement", "partners", entity_id)
        return Call("GET", where, lambda answer: read(Partners, answer.json()).partners)

    @operation
    def neighborhood(self, entity_id: str, *, hops: int = 1, limit: int | None = None) -> Call[Neighborhood]:
        """Read the vectors that are entangled with one over up to three hops, from Neo4j."""
        return get(
            path("v2", "entanglement", "neighborhood", entity_id), Neighborhood, hops=hops, limit=limit
        )

    @operation
    def apply_decoherence(self, *, idempotency_key: str | None = None) -> Call[Decoherence]:
        """Remove the states of vectors that are no longer coherent; their vectors stay."""
        return send_json(
            "POST",
            "/v2/maintenance/decoherence",
            as_type(Decoherence),
            repeat=Repeat.KEYED,
            key=idempotency_key,
        )
