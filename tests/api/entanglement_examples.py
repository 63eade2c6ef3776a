"""The examples of entanglement, of decoherence and of the audit trail."""

from collections.abc import Iterator

from tests.api.calls import Call
from tests.stack import Stack, wait_until

IDS = ["doc_1", "doc_2", "doc_3"]
GROUP = {"group_id": "related_docs", "entity_ids": IDS, "correlation_strength": 0.85}
"""The contract's."""


def calls(stack: Stack) -> Iterator[Call]:
    """Requests about a group of three documents, which are stored."""
    base = "/v2/entanglement"
    group, entity = {"group_id": "related_docs"}, {"entity_id": "doc_1"}
    yield Call("POST", f"{base}/groups", 201, body=GROUP)
    wait_until(lambda: _stands_in_the_graph(stack), what="the group in the graph")
    yield Call("GET", f"{base}/groups", query={"page": 1, "size": 2})
    yield Call("GET", f"{base}/groups/{{group_id}}", path_values=group)
    yield Call("GET", f"{base}/partners/{{entity_id}}", path_values=entity)
    yield Call(
        "GET", f"{base}/neighborhood/{{entity_id}}", path_values=entity, query={"hops": 2, "limit": 10}
    )
    yield Call("DELETE", f"{base}/groups/{{group_id}}", path_values=group)
    yield Call("POST", "/v2/maintenance/decoherence")
    yield Call("GET", "/v2/audit", query={"kind": "entanglement_group", "size": 2})


def _stands_in_the_graph(stack: Stack) -> bool:
    read = stack.get("/v2/entanglement/groups/related_docs", headers=stack.admin_headers)
    return bool(read.json()["graph_status"] == "stored")
