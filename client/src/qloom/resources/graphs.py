"""Event graphs: which event of a run depends on which."""

from datetime import datetime
from typing import Any, Literal

from qloom.calls import Call, as_text, as_type, get, path, query, send_json
from qloom.models.graphs import Cone, CriticalPath, Graph, PatternSearch
from qloom.operations import D, Resource, operation
from qloom.references import CircuitOfRun, ExecutionLike, execution_id

Source = Literal["postgres", "neo4j"]


def _graph(execution: ExecutionLike) -> str:
    return path("api", "executions", execution_id(execution), "graph")


class Graphs(Resource[D]):
    """Event graphs of executions."""

    @operation
    def get(
        self,
        execution: ExecutionLike,
        *,
        circuit: CircuitOfRun | None = None,
        source: Source | None = None,
    ) -> Call[Graph]:
        """Read the event graph of one execution.

        Args:
            circuit: ``"transpiled"``: the graph of what ran on a device; its qubits are the device's.
            source: ``"neo4j"``: read it from there, and not from PostgreSQL.
        """
        return get(_graph(execution), Graph, circuit=circuit, source=source)

    @operation
    def export(
        self,
        execution: ExecutionLike,
        format: Literal["graphml", "dot", "cytoscape"],
        *,
        circuit: CircuitOfRun | None = None,
        source: Source | None = None,
    ) -> Call[str]:
        """Read the event graph as GraphML, as DOT, or as Cytoscape.js elements (a JSON text)."""
        params = query(format=format, circuit=circuit, source=source)
        return Call("GET", _graph(execution), as_text, params)

    @operation
    def cone(
        self,
        execution: ExecutionLike,
        event_id: int,
        *,
        direction: Literal["past", "future"] = "past",
        circuit: CircuitOfRun | None = None,
    ) -> Call[Cone]:
        """Read what can have influenced an event, or what it can influence."""
        where = f"{_graph(execution)}/cone"
        return get(where, Cone, event_id=event_id, direction=direction, circuit=circuit)

    @operation
    def critical_path(
        self, execution: ExecutionLike, *, circuit: CircuitOfRun | None = None
    ) -> Call[CriticalPath]:
        """Read the depth, one longest chain of events, and how long each qubit is idle, in layers."""
        return get(f"{_graph(execution)}/critical-path", CriticalPath, circuit=circuit)

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
            timeout_ms: how long to search; the answer has the executions that were found in this time.
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
