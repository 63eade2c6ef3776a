"""Event graphs: what depended on what in a run."""

from datetime import datetime
from typing import Any, Literal

from qloom.calls import Call, as_text, as_type, get, path, query, send_json
from qloom.models.graphs import Cone, CriticalPath, Graph, PatternSearch
from qloom.operations import D, Resource, operation

Source = Literal["postgres", "neo4j"]


def _graph(execution_id: str) -> str:
    return path("api", "executions", execution_id, "graph")


class Graphs(Resource[D]):
    """Event graphs of executions."""

    @operation
    def get(self, execution_id: str, *, source: Source | None = None) -> Call[Graph]:
        """Read the event graph of one execution, from PostgreSQL or, if asked, from Neo4j."""
        return get(_graph(execution_id), Graph, source=source)

    @operation
    def export(
        self,
        execution_id: str,
        format: Literal["graphml", "dot", "cytoscape"],
        *,
        source: Source | None = None,
    ) -> Call[str]:
        """Read the event graph as GraphML, as DOT, or as Cytoscape.js elements (a JSON text)."""
        return Call("GET", _graph(execution_id), as_text, query(format=format, source=source))

    @operation
    def cone(
        self, execution_id: str, event_id: int, *, direction: Literal["past", "future"] = "past"
    ) -> Call[Cone]:
        """Read what can have influenced an event, or what it can influence."""
        return get(f"{_graph(execution_id)}/cone", Cone, event_id=event_id, direction=direction)

    @operation
    def critical_path(self, execution_id: str) -> Call[CriticalPath]:
        """Read the depth, one longest chain of events, and how long each qubit is idle, in layers."""
        return get(f"{_graph(execution_id)}/critical-path", CriticalPath)

    @operation
    def search(
        self,
        nodes: list[dict[str, Any]],
        edges: list[dict[str, Any]] | None = None,
        *,
        circuit_name: str | None = None,
        is_noisy: bool | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int | None = None,
        timeout_ms: int | None = None,
    ) -> Call[PatternSearch]:
        """Find executions whose event graph holds a pattern of gates and dependencies, in Neo4j.

        Args:
            nodes: ``[{"id": "a", "gate": "H"}, {"id": "b", "gate": "CX"}]``, up to 8.
            edges: ``[{"source": "a", "target": "b"}]``, up to 12.
            timeout_ms: how long to look; what was found by then is answered.
        """
        body = {
            "nodes": nodes,
            "edges": edges,
            "circuit_name": circuit_name,
            "is_noisy": is_noisy,
            "created_after": created_after,
            "created_before": created_before,
            "limit": limit,
            "timeout_ms": timeout_ms,
        }
        return send_json("POST", "/api/graph/search", as_type(PatternSearch), body)
